export { errnoOf, failFs } from './errors.ts'
export { Folder } from './folder.ts'
export { LocalStore } from './local-store.ts'
export { displayText, numberedName, type SafeName, safeName } from './names.ts'
export { NewFolder } from './new-folder.ts'
export { demandWritable, ensureFolder, identityOf, realFolder } from './place.ts'
export { fileSha256, ScratchFolder } from './scratch.ts'
export { createPrivateFile, readSmallFile, readToEnd, removeFile } from './small-files.ts'
export {
  failChanged,
  floorMs,
  type NotRegular,
  removeSource,
  Source,
  type SourceFacts,
  type SourceIdentity,
} from './source.ts'
export { StagedFile } from './staged-file.ts'
export type { Store, StoredFile, Ticket } from './store.ts'
export { isTemporaryName, removeStaleTemporaries } from './temp.ts'
export { type FolderFacts, openBelow, TreeWriter } from './tree.ts'
export { parentOf, type WalkEntry, type WalkOptions, walk } from './walk.ts'
