import { fail, hex, sha256 } from '../base/index.ts'
import type { LocalStore } from '../files/index.ts'
import type { Pins } from '../index/index.ts'
import { type Hash, parseHash } from '../journal/index.ts'
import { type KeyFile, parseKeyFileName, VAULT_FILE } from '../keys/index.ts'

/** One byte more than any of them may have: a longer one is refused by its reader. */
const READ_BYTES = 64 * 1024 + 1

/** vault.json and the files under keys/, by name, as they stand. Names that are none of ours are left unread. */
export async function readKeyFiles(store: LocalStore): Promise<ReadonlyMap<string, Uint8Array>> {
  const listed = [await store.stat(VAULT_FILE), ...(await store.list('keys/'))]
  const files = new Map<string, Uint8Array>()
  for (const file of listed) {
    if (file === undefined || parseKeyFileName(file.name) === undefined) continue
    files.set(file.name, await readKeyFile(store, file.name))
  }
  return files
}

/** One of them. */
export async function readKeyFile(store: LocalStore, name: string): Promise<Uint8Array> {
  return await store.read(name, { offset: 0, length: READ_BYTES })
}

export function hashOfBytes(bytes: Uint8Array): Hash {
  return parseHash(hex(sha256(bytes))) ?? fail('BUG', 'a SHA-256 that is no hash')
}

/**
 * The files against what is believed of them (docs/format.md §5, 2). A removed one that came back is left out.
 *
 * @returns `missing`: pinned copies and recovery points that are gone, which only matter if one is needed
 * @throws KEYS_FILE_DAMAGED a pinned one differs · KEYS_FILE_MISSING one is gone that is always needed
 */
export function demandPinned(
  files: ReadonlyMap<string, Uint8Array>,
  pins: Pins['files'],
): { readonly files: readonly KeyFile[]; readonly missing: readonly string[] } {
  const missing: string[] = []
  for (const [name, hash] of pins) {
    if (hash === null) continue
    const bytes = files.get(name)
    if (bytes === undefined) {
      if (isAlwaysNeeded(name)) failMissing(name)
      missing.push(name)
    } else if (hashOfBytes(bytes) !== hash) failDiffers(name)
  }
  const kept = [...files].filter(([name]) => pins.get(name) !== null)
  return {
    files: kept.map(([name, bytes]) => ({ name, bytes, pinned: pins.has(name) })),
    missing,
  }
}

/** Copies open the vault for one way each; what is left opens it without the facts of its keys at no time. */
function isAlwaysNeeded(name: string): boolean {
  const kind = parseKeyFileName(name)?.kind
  return kind === 'vault' || kind === 'version' || kind === 'metadata'
}

export function failMissing(name: string): never {
  return fail('KEYS_FILE_MISSING', `${name} is gone; this vault had it when it was last opened here.`, {
    name,
  })
}

export function failDiffers(name: string): never {
  return fail(
    'KEYS_FILE_DAMAGED',
    `${name} is not what it was: its SHA-256 differs from what this vault pinned. The vault was left closed.`,
    { name },
  )
}
