export { CONTEXT, FILE_KEYS } from './add-work.ts'
export { strictly, vaultReadOptions } from './get-work.ts'
export {
  Job,
  type JobKey,
  type JobOptions,
  type OnGroup,
  type Prepare,
  type Prepared,
  type Settled,
} from './pool.ts'
export {
  type AddedFile,
  type ExistsRule,
  type LocalRecipient,
  MASTER_KEYS,
  METADATA_KEYS,
  type Outcome,
  type PlainError,
  plainError,
  type Task,
  vaultError,
  type Work,
  type WrappedByKms,
} from './protocol.ts'
export { DATA_KEYS, newSealContext } from './seal-work.ts'
export { isSealedName, NAME_KEY } from './sealed-name.ts'
export { runWork, type WorkPort } from './work.ts'
