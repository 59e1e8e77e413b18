import type { CheckoutState } from '../../main/contract/ipc/job-nouns.ts'
import { count, counted, some } from './format.ts'

const items = (n: number): string => counted(n, 'item', 'items')
const named = (n: number, only: string | undefined): string => (only === undefined ? items(n) : `“${only}”`)

const COPY_STATES: Readonly<Record<CheckoutState, string>> = {
  same: 'Not changed',
  saving: 'Taking in a save…',
  saved: 'Last save is in the vault',
  gone: 'The copy was moved or removed',
  refused: 'A save could not be taken in',
}

/** Words of the Files screen and what is done to files. */
export const files = {
  screen: 'Files',
  list: 'Files and folders',
  tree: 'Folders',
  showTree: 'Show folder tree',
  hideTree: 'Hide folder tree',
  path: 'Path',
  name: 'Name',
  size: 'Size',
  modified: 'Modified',
  place: 'Folder',
  waiting: 'Loading…',
  folderSize: '–',

  add: 'Add files…',
  addMenu: 'Other ways to add',
  addFolder: 'Add a folder…',
  addAndRemove: 'Add files and remove the originals…',
  newFolder: 'New folder',
  open: 'Open',
  preview: 'Preview',
  export: 'Export…',
  checkout: 'Open a copy…',
  rename: 'Rename…',
  bin: 'Move to bin',
  showInFolder: 'Show in its folder',
  details: 'Details',
  menu: 'What can be done with it',
  move: 'Move to…',
  moveTitle: (n: number, only: string | undefined) => `Move ${named(n, only)}`,
  moveInto: (place: string) => `To: ${place}`,
  moveHere: 'Move here',
  folderAbove: 'The folder above',
  noFoldersHere: 'No folders in here.',

  emptyTitle: 'This folder is empty',
  emptyVaultTitle: 'Your vault is ready',
  empty: 'Drop files or folders anywhere in this window. They are encrypted as they come in.',
  noneFoundTitle: 'Nothing found',
  noneFound: (text: string) => `No name contains “${text}”.`,
  foundCount: (n: number, more: boolean) =>
    more ? `More than ${items(n)} found: type more to narrow it down` : `${items(n)} found`,
  searchScreen: 'Search',

  dropTitle: (place: string) => `Drop to add to ${place}`,
  dropBody: 'Encrypted as they come in. Your originals stay where they are.',
  dropReadOnly: 'Nothing can be added: the vault is read-only now.',
  nothingDropped: 'Nothing that was dropped is a file or folder on this computer.',

  conflictMark: 'Changed in two places',
  conflictTitle: 'Two devices changed this file at once',
  conflictBody: 'Both are kept. Look at each under Versions, and make one of them the current version.',

  chosen: (n: number) => `${items(n)} selected`,
  total: (n: number) => items(n),
  totalSize: 'Size together',
  nothingChosenTitle: 'Nothing selected',
  nothingChosen: 'Select a file to see its details and versions.',
  kind: 'Kind',
  folderKind: 'Folder',
  fileKind: (ending: string) => (ending === '' ? 'File' : `${ending.toUpperCase()} file`),
  presence: 'Contents',
  presences: {
    here: 'On this computer',
    'not-on-this-device': 'In your cloud only: fetched when opened',
    missing: 'Its contents are missing',
    folder: '–',
  } as const,
  versions: 'Versions',
  versionNow: 'Current',
  versionOther: 'Also current',
  versionFrom: (when: string) => `added ${when}`,
  versionMenu: (when: string) => `What can be done with the version of ${when}`,
  previewVersion: 'Preview this version',
  makeCurrent: 'Make this the current version',
  madeCurrent: 'That version is the current one now. The others are kept.',
  exportVersion: 'Export this version…',
  purgeVersion: 'Remove this version for ever…',
  closeDetails: 'Hide details',

  envelope: 'How this file is locked',
  envelopeBody:
    'Read from the file itself. It holds no key: the locked copy of its own key can be opened by the keys below only.',
  suite: 'Algorithms',
  frames: 'Pieces',
  framesValue: (n: number | null, each: string) =>
    n === null ? 'in one piece' : `${count(n)} of up to ${each}`,
  messageBytes: 'Encrypted size',
  messageId: 'Message id',
  edks: 'Locked key copies',
  context: 'Bound to',
  openedBy: 'Opened by',
  keyVersion: (label: string, version: number, state: string) =>
    `${label}, version ${version}${state === 'active' ? '' : ` (${state})`}`,

  previewTitle: (name: string) => `Preview of ${name}`,
  previewBusy: 'Checking and decrypting…',
  noPreviewTitle: 'No preview of this file',
  noPreview: 'Images, text and PDF up to 64 MiB are shown here. Export it or open a copy to use it.',
  previewNote: 'Shown from memory. No plain copy is on the disk.',

  newFolderTitle: 'New folder',
  newFolderIn: (place: string) => `In ${place}`,
  create: 'Create',
  renameTitle: 'Rename',
  renameVerb: 'Rename',
  nameField: 'Name',
  nameEmpty: 'Type a name.',
  nameSlash: 'A name can’t contain “/”.',

  copies: 'Plain copies open for editing',
  copiesBody:
    'Each save becomes a new version. The copy itself is not encrypted: put it back when you are done.',
  copyState: (state: CheckoutState) => COPY_STATES[state],
  copyShow: 'Show',
  copyIn: 'Put back and remove the copy',
  copyForget: 'Stop watching',
  copyForgetTitle: (name: string) => `Stop watching “${name}”?`,
  copyForgetBody: 'The plain copy stays where it is, unencrypted. Later saves no longer come into the vault.',
  copyOpened: (name: string, place: string) => `“${name}” is in ${place}. Each save becomes a new version.`,

  binned: (n: number, only: string | undefined) => `Moved ${named(n, only)} to the bin.`,
  moved: (n: number, only: string | undefined, place: string) => `Moved ${named(n, only)} to ${place}.`,
  renamed: 'Renamed.',
  restored: (paths: readonly string[]) => `Put back ${some(paths)}.`,
  purged: (fileCount: number, folderCount: number) =>
    `Removed for ever: ${counted(fileCount, 'file', 'files')}${folderCount > 0 ? `, ${counted(folderCount, 'folder', 'folders')}` : ''}.`,

  binScreen: 'Bin',
  binAbout: 'What was moved to the bin stays encrypted in the vault until you remove it for ever.',
  binEmptyTitle: 'The bin is empty',
  binEmpty: 'What you move to the bin can be put back from here.',
  restore: 'Put back',
  purge: 'Remove for ever…',
  emptyBin: 'Empty the bin…',
  binList: 'In the bin',
} as const
