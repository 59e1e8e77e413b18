import { ago, count, counted, date, size } from './format.ts'

const fileVersions = (n: number): string => counted(n, 'file version', 'file versions')

/** Words of the Keys screen; those of its dialogs are in key-acts.ts. */
export const keys = {
  screen: 'Keys',
  about: 'What opens this vault, and what opens its files.',
  ways: 'Ways in',
  waysAbout: 'Any one of these opens the vault. Keep at least two that can’t be lost together.',
  keychain: 'This computer’s keychain',
  keychainOn: 'Opens with one click while you are signed in here.',
  keychainOff: 'Not used on this computer. Open the vault with its passphrase and tick “Remember” to use it.',
  passphrase: 'Passphrase',
  passphraseOn: 'Opens the vault on any computer.',
  passphraseOff: 'This vault has none.',
  recovery: 'Recovery code',
  recoveryNone: 'There is none. Should the other ways be lost, so are the files.',
  recoveryOne: (at: number, of: number) => (of === 1 ? 'Recovery code' : `Recovery code ${count(at)}`),
  tested: (ms: number) => `Tested ${ago(ms)}: it opens the vault.`,
  testAgain: (ms: number) => `Last tested ${ago(ms)}. Test it again: twice a year is a good habit.`,
  typedBack: 'Confirmed when it was made. Test it once to be sure that it opens your files.',
  untested: 'Not confirmed yet: nobody knows whether you have it.',
  on: 'On',
  off: 'Off',
  confirmed: 'Confirmed',
  needsTest: 'Needs a test',
  test: 'Test…',
  remove: 'Take away…',
  removePassphrase: 'Take the passphrase away…',
  removeRecovery: (at: number, of: number) =>
    of === 1 ? 'Take the recovery code away…' : `Take recovery code ${count(at)} away…`,
  removed: 'It no longer opens the vault.',
  addPassphrase: 'Add a passphrase…',
  addAnotherPassphrase: 'Add another passphrase…',
  create: 'Make a recovery code…',
  createAnother: 'Make another code…',
  createTitle: 'Make a recovery code?',
  createBody:
    'A long code is shown in a window of its own, this once. It opens the vault by itself: print it or save it, and keep it away from this computer.',
  createVerb: 'Make the code',
  created: 'The recovery code is ready.',
  preparing: 'Making the code…',

  keysTitle: 'Keys of the files',
  keysAbout: 'Each file has a key of its own; these keys lock and unlock those.',
  opens: (n: number) => `Opens ${fileVersions(n)}`,
  opensNow: fileVersions,
  states: { active: 'Active', retired: 'Retired', disabled: 'Disabled', destroyed: 'Destroyed' } as const,
  columns: { version: 'Version', state: 'State', created: 'Made', opens: 'Opens', acts: 'Actions' },
  providers: { local: 'In this vault', kms: 'AWS KMS' } as const,
  recipient: 'Used for new files',
  notRecipient: 'Not used for new files',
  versionMenu: (version: number) => `What can be done with version ${count(version)}`,
  rotated: (ms: number) => `Newest version made ${ago(ms)}, on ${date(ms)}.`,
  rotate: 'Rotate…',
  impact: 'What needs it…',
  disable: 'Disable…',
  enable: 'Enable…',
  destroy: 'Destroy…',
  rewrap: (n: number) => `Rewrap ${count(n)}`,
  rewrapLabel: (n: number, version: number) => `Rewrap ${fileVersions(n)} of version ${count(version)}`,
  rewrapAll: (n: number) => `Rewrap all ${count(n)}`,
  reencrypt: 'Re-encrypt…',

  fingerprint: 'Fingerprint of the vault',
  fingerprintAbout:
    'The same on every device that has this vault. Compare it when you open the vault elsewhere.',
  copy: 'Copy',
  copied: 'Copied.',
} as const

/** Words of what is done to keys: what happens, and what does not. */
export const keyActs = {
  rotateTitle: (label: string) => `Rotate “${label}”?`,
  rotateBody: (next: number) => `New files use version ${count(next)}. Old ones still open.`,
  rotateMore: (files: number, next: number) =>
    files === 0
      ? 'Someone who holds the old key and old copies can still open those: re-encrypt for that.'
      : `Rewrap then moves ${fileVersions(files)} to version ${count(next)}. Someone who holds the old key and old copies can still open those: re-encrypt for that.`,
  rotatePassphrase: 'Passphrase of this vault',
  rotatePassphraseHint: 'So that it opens the new version, too.',
  rotateDrop: 'Take the passphrase away instead',
  rotateDropHint: 'Then it no longer opens this vault; the other ways in stay.',
  rotateVerb: 'Rotate',
  rotated: (version: number) => `New files use version ${count(version)} now.`,

  impactTitle: (name: string) => `What needs ${name}`,
  impactNone: 'Nothing: without it every file in this vault still opens.',
  impactSome: (versions: number, files: number, bytes: number) =>
    `Without it ${fileVersions(versions)} of ${counted(files, 'file', 'files')} could never be opened again (${size(bytes)}).`,
  impactShown: (n: number) => `${fileVersions(n)} shown now`,
  impactOlder: (n: number) => `${counted(n, 'older version', 'older versions')}`,
  impactBin: (n: number) => `${fileVersions(n)} in the bin`,
  impactMore: (n: number) => `and ${counted(n, 'more file', 'more files')}`,
  impactNote: 'Encrypted files outside the vault, and backups of it, are not counted.',
  impactFiles: 'Files that need it',

  disableTitle: (name: string) => `Disable ${name}?`,
  disableBody: (onlyIt: number) =>
    onlyIt === 0
      ? 'Nothing needs it now. It stays here and can be enabled again at any time.'
      : `${fileVersions(onlyIt)} can’t be opened until it is enabled again. Nothing is removed.`,
  disableVerb: 'Disable',
  enableTitle: (name: string) => `Enable ${name}?`,
  enableBody: 'It opens what it locks again. New files keep using the active version.',
  enableVerb: 'Enable',
  isRule: 'This is a rule of this vault. It guards against mistakes, not against someone who has the key.',

  destroyTitle: (name: string) => `Destroy ${name} for ever?`,
  destroyBody:
    'No file in this vault needs it. Copies of the vault in backups may: those can never be opened with it again.',
  destroyType: (name: string) => `Type ${name} to go on`,
  destroyVerb: 'Destroy…',
  destroyed: (name: string) => `${name} is destroyed.`,
  destroyWrong: (name: string) => `That is not ${name}.`,
  deviceGone: 'That device is gone for good…',
  deviceTold: 'It is not waited for any more. You can destroy the version now.',

  reencryptTitle: 'Give every file a new key?',
  reencryptBody: (files: number) =>
    `Each file’s contents are encrypted anew as a new version. That reads and writes all of them, and takes their size once more on the disk until you remove the older versions. The vault has ${counted(files, 'item', 'items')}.`,
  reencryptMore:
    'Whoever kept an old key opens nothing of the new versions. Older versions stay as they are.',
  reencryptVerb: 'Re-encrypt all files',

  passphraseTitle: 'Add a passphrase',
  passphraseBody: 'It opens this vault on any computer. Those that do already still do.',
  passphraseVerb: 'Add it',
  passphraseAdded: 'The vault opens by this passphrase, too.',
} as const
