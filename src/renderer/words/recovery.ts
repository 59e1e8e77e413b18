import { count } from './format.ts'

const list = new Intl.ListFormat(undefined, { type: 'conjunction' })

/** Words of recovery codes: making one, confirming it, testing it. */
export const recovery = {
  title: 'Your recovery code',
  shown:
    'The code is in a window of its own. It opens this vault should this computer or its keychain be lost: print it or save it, and keep it away from this computer.',
  once: 'It is shown this once. Strongroom keeps no copy.',
  showWindow: 'Show the code again',
  print: 'Print…',
  save: 'Save to a file…',
  savedAt: (place: string) => `Saved to ${place}.`,
  askGroups: (groups: readonly number[]) =>
    `To be sure that you have it, type groups ${list.format(groups.map(count))} of it.`,
  group: (group: number) => `Group ${count(group)}`,
  wrongGroups: 'That is not what the code says. Look at the numbers beside its groups.',
  emptyGroup: 'Type both groups.',
  confirm: 'Confirm',
  later: 'Not now',
  laterNote:
    'You can use the vault without. Until the code is confirmed, originals can’t be removed after adding.',
  cancel: 'Don’t make one',
  preparing: 'Making the code…',

  testTitle: 'Test the recovery code',
  testAbout: 'Opens a few of your files with the code alone, as on the day you need it. Nothing is changed.',
  typed: 'Type it',
  fromFile: 'From a file',
  code: 'Recovery code',
  codeHint: '14 groups of four letters and digits. Spaces and dashes don’t matter.',
  chooseFile: 'Choose the file…',
  chosenFile: (name: string) => `File: ${name}`,
  test: 'Test the code',
  codeEmpty: 'Type the code, or choose the file it was saved in.',
} as const
