import { bug } from '../base/index.ts'
import { type Id, idFromBytes } from '../contract/ids.ts'
import { type Hash, hashFromBytes } from '../journal/index.ts'

/** An id from a column that holds nothing else. */
export function readId<T extends Id<string>>(bytes: Uint8Array): T {
  return idFromBytes<T>(bytes) ?? bug('a column without an id')
}

/** A hash from a column that holds nothing else. */
export function readHash(bytes: Uint8Array): Hash {
  return hashFromBytes(bytes) ?? bug('a column without a hash')
}
