export { CONTEXT, FILE_KEYS } from './add-work.ts'
export { strictly, vaultReadOptions } from './get-work.ts'
export { Job, type JobKey, type JobOptions, type OnGroup, type Settled } from './pool.ts'
export {
  type AddedFile,
  type ExistsRule,
  type LocalRecipient,
  MASTER_KEYS,
  METADATA_KEYS,
  type Outcome,
  type PlainError,
  type Task,
  vaultError,
  type Work,
} from './protocol.ts'
export { isSealedName, NAME_KEY } from './sealed-name.ts'
export { runWork, type WorkPort } from './work.ts'
