export {
  CHECKPOINT_AFTER_BYTES,
  type CheckpointDraft,
  type CheckpointFacts,
  draftCheckpoint,
} from './checkpoint-writer.ts'
export {
  type CheckpointId,
  checkpointName,
  type SegmentFile,
  segmentCopyName,
  segmentName,
} from './file-name.ts'
export { errorOf, type Finding } from './finding.ts'
export { type Hash, hashBytes, hashFromBytes, hashOf, parseHash } from './hash.ts'
export {
  type BinState,
  EMPTY_ITEM,
  type ItemOp,
  type ItemRecord,
  isPurged,
  mergeItem,
  type VersionPurge,
  type VersionRecord,
} from './item.ts'
export { type Contents, contentsOf, isBinned, isGone, kindOf } from './item-rules.ts'
export { type JournalQuery, type JournalReading, loadState, readJournal } from './journal-reader.ts'
export { type KeyRecord, mergeKey } from './key-record.ts'
export {
  advance,
  type Claim,
  type Cursor,
  coverableHeads,
  frontierOf,
  type Known,
  NOTHING_KNOWN,
  withCheckpoint,
} from './known.ts'
export type {
  Batch,
  BinOp,
  CheckpointRef,
  CloseOp,
  EpochOp,
  FileOp,
  Head,
  ItemKind,
  KeyOp,
  KmsCall,
  NoteOp,
  Op,
  OpenOp,
  PurgeOp,
  PutOp,
  RequireOp,
  SetOp,
  SetValue,
  StampedOp,
  VersionOp,
} from './op.ts'
export { cycleThrough, type Hanging, type HangingLookup, placeOf } from './place.ts'
export type { ByteRange, JournalSink, JournalSource, ListedFile } from './port.ts'
export { type ItemView, project, RECOVERED_NAME } from './projection.ts'
export { earlier, later, type Register } from './register.ts'
export {
  type JournalAccess,
  type MetadataKey,
  type MetadataKeys,
  type OpenSegment,
  openSegment,
  type Place,
  readSegment,
} from './segment-reader.ts'
export { type Group, type Seen, SegmentWriter, type WriterFacts } from './segment-writer.ts'
export { acceptOp, type KeyVersionState, keyVersionStates, SETTING } from './setting.ts'
export { foldName, type Named, nameItems, safeName } from './shown-name.ts'
export { type BatchStamp, compareStamps, LATEST_TIME, parseStamp, type Stamp, writeStamp } from './stamp.ts'
export { itemOps, keyOps, standingOps } from './standing-ops.ts'
export { isUnknownFeature, type JournalTarget, State, unknownOpFeature } from './state.ts'
export { listSegments } from './survey.ts'
export type { OwnDevice } from './verdict.ts'
