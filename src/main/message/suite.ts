import { fail } from '../base/index.ts'

/**
 * Algorithm suites (docs/format.md §1.1). Both commit to their key; all others are refused as unsupported,
 * which is not the same as damaged.
 */
export type Suite = { readonly id: number; readonly signed: boolean; readonly name: string }

const COMMITTING: readonly Suite[] = [
  { id: 0x0478, signed: false, name: 'AES-256-GCM, HKDF-SHA512, key commitment' },
  { id: 0x0578, signed: true, name: 'AES-256-GCM, HKDF-SHA512, key commitment, ECDSA P-384' },
]

/** The suite that Strongroom writes. */
export const WRITTEN_SUITE: Suite = {
  id: 0x0478,
  signed: false,
  name: 'AES-256-GCM, HKDF-SHA512, key commitment',
}

export const VERSION_1 = 0x01
export const VERSION_2 = 0x02

/** The suite numbered `id` @throws MESSAGE_UNSUPPORTED any suite without key commitment */
export function suiteOf(id: number): Suite {
  const suite = COMMITTING.find((known) => known.id === id)
  if (suite !== undefined) return suite
  const number = id.toString(16).padStart(4, '0')
  return fail(
    'MESSAGE_UNSUPPORTED',
    `This message uses algorithm suite 0x${number}, which does not commit to its key or is not known here.`,
    { suite: `0x${number}` },
  )
}
