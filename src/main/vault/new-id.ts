import { bug, randomBytes } from '../base/index.ts'
import { type Id, idFromBytes } from '../contract/ids.ts'

/** A new id: 16 random bytes. */
export function newId<T extends Id<string>>(): T {
  return idFromBytes<T>(randomBytes(16)) ?? bug('16 bytes are no id')
}
