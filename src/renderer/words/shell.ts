import type { VaultFacts, WayName } from '../../main/contract/ipc/vault-nouns.ts'
import { counted, date } from './format.ts'

const WAYS: Readonly<Record<WayName, string>> = {
  keychain: 'this computer’s keychain',
  passphrase: 'your passphrase',
  recovery: 'the recovery code',
  kms: 'AWS KMS',
}

/** Words of the frame around the screens: header, sidebar, banners, palette. */
export const shell = {
  unlocked: 'Unlocked',
  readOnlyBadge: 'Read-only',
  search: 'Search names',
  clearSearch: 'Clear the search',
  lock: 'Lock',
  more: 'More',
  sections: 'Sections',
  header: 'Vault',
  notices: 'Notices',
  main: 'Content',
  jobsRegion: 'Jobs',
  switchVault: 'Close vault',
  vaultMenu: 'Vault',
  nav: {
    files: 'Files',
    bin: 'Bin',
    jobs: 'Jobs',
    keys: 'Keys',
    health: 'Health',
    settings: 'Settings',
  },
  needsYou: 'needs you',
  running: (n: number) => `${counted(n, 'job', 'jobs')} running`,
  binned: (n: number) => counted(n, 'item', 'items'),
  findings: (n: number) => counted(n, 'finding', 'findings'),

  stage: 'What this window is for',
  stagePreview: 'Preview. Vaults made here are thrown away when the window closes. Put nothing real in.',
  stageTest: 'Test run. Vaults made here are thrown away.',

  readOnly: 'Nothing can be written to this vault now',
  rolledBack: 'This vault is older than what this computer has seen',
  rolledBackBody:
    'Someone may have put back old files, or a sync is unfinished. You can read; nothing is written until this is settled.',
  damagedJournal: 'Part of the vault’s record is damaged',
  damagedJournalBody: 'You can go on reading. Health says what is damaged and what helps.',
  seeHealth: 'See Health',
  waiting: (n: number) => `Waiting for changes from ${counted(n, 'other device', 'other devices')}`,
  waitingBody: 'They are still on their way: your sync brings them.',
  noWayBack: 'Only this computer opens this vault',
  noWayBackBody:
    'If its keychain is lost, so are the files. Make a recovery code, and keep it somewhere safe.',
  makeCode: 'Make a recovery code',
  untested: 'Your recovery code isn’t confirmed yet',
  untestedBody: 'Test it once: until it has opened something, nobody knows that it can.',
  testCode: 'Test it',
  goToKeys: 'Go to Keys',
  checkouts: (n: number) => `${counted(n, 'plain copy is', 'plain copies are')} open for editing`,
  dismiss: 'Dismiss',

  firstUse: 'First time on this computer',
  firstUseBody: (fingerprint: string) =>
    `Its fingerprint is ${fingerprint}. If somebody shared it with you, compare it with theirs.`,
  moved: 'This vault was moved',
  movedBody: (from: string) => `It was at ${from} before.`,
  copied: 'This is a copy',
  copiedBody: (from: string) => `Another copy is at ${from}. Each goes its own way from now on.`,
  cloned: 'This computer’s identity in the vault was copied',
  clonedBody: 'Another computer wrote under it. This one has a new identity now; nothing is lost.',
  indexEmptied: 'The list of files was made anew',
  indexEmptiedBody: 'Nothing is lost: it was read from the vault again.',
  kmsKey: 'A KMS key that is new to this computer',
  kmsKeyBody: (arn: string) =>
    `Files of this vault may be locked with ${arn}. From now on this computer asks AWS for it.`,
  openedBy: (way: WayName) => `Opened with ${WAYS[way]}`,
  keychainKept: 'This computer’s keychain has the key again: next time one click opens it.',
  kmsNoKeychain: 'Each file that you open asks AWS for its key.',
  keychainOff: 'The keychain is off for this vault on this computer.',
  keychainNotKept: 'The keychain did not take the key',
  passedOver: (name: string) => `A key file was left out: ${name}`,

  palette: 'Type what you want to do',
  paletteNone: 'Nothing of that name can be done here.',
  shortcuts: 'Keyboard shortcuts',
  inLists: 'In lists',
  listKeys: [
    ['Move', 'Up', 'Down'],
    ['Select more', 'Shift+Up', 'Shift+Down'],
    ['Open', 'Enter'],
    ['Menu of the row', 'Shift+F10'],
    ['First and last', 'Home', 'End'],
  ] as readonly (readonly [string, ...string[]])[],
  typeAhead: 'Letters go to the next name that begins with them. Esc goes one step back.',

  crashed: 'This part of the window stopped',
  crashedBody: 'Your files are not touched by that. Try again, or lock the vault and open it anew.',

  title: (facts: VaultFacts | undefined) => (facts ? `${facts.name} – Strongroom` : 'Strongroom'),
  since: (ms: number) => `since ${date(ms)}`,
} as const
