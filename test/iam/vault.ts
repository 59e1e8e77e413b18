import { parseId, type VaultId } from '../../src/main/contract/ids.ts'

const id = parseId<VaultId>('00112233445566778899aabbccddeeff')
if (id === undefined) throw new Error('not an id')
/** The vault of these tests. */
export const VAULT = id
