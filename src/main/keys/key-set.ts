import { fail, VaultError } from '../base/index.ts'
import type { KeyVersionId, RecoveryKeyId } from '../contract/ids.ts'
import { type KeyCopy, parseKeyCopy } from './key-copies.ts'
import { parseKeyFileName, VAULT_FILE } from './key-file-names.ts'
import { parseMetadataFile, type UnverifiedMetadataFile } from './metadata-file.ts'
import { parseRecoveryFile, type RecoveryFile } from './recovery-file.ts'
import { parseVaultFile, type UnverifiedVaultFile } from './vault-file.ts'
import { parseVersionFile, type VersionFile } from './version-file.ts'

/** A file of the vault, read whole. */
export type KeyFile = {
  /** From the vault's folder, with `/`. */
  readonly name: string
  readonly bytes: Uint8Array
  /** These very bytes are known: their hash is in the anchors or in an op `file`. */
  readonly pinned: boolean
}

/** What was wrong with a file that nobody vouched for: it was passed over (docs/format.md §3, §5). */
export type Note = { readonly name: string; readonly error: VaultError }

/**
 * What is wrong with files, and what it means: with a pinned file everything stops; any other may be a
 * stranger's, so it is noted and the next one tried.
 */
export class Findings {
  readonly #pinned: ReadonlySet<string>
  readonly #notes = new Map<string, VaultError>()
  readonly #final = new WeakSet<VaultError>()

  constructor(pinned: ReadonlySet<string>) {
    this.#pinned = pinned
  }

  get notes(): readonly Note[] {
    return [...this.#notes].map(([name, error]) => ({ name, error }))
  }

  isPinned(name: string): boolean {
    return this.#pinned.has(name)
  }

  /**
   * Runs what depends on the file `name`.
   *
   * @returns undefined if the file was refused, and noted
   * @throws what `run` throws, if the file is pinned or the error is no VaultError
   */
  trying<T>(name: string, run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      return this.#weigh(name, error)
    }
  }

  /** `trying` for what takes time. */
  async tryingLong<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run()
    } catch (error) {
      return this.#weigh(name, error)
    }
  }

  #weigh(name: string, error: unknown): undefined {
    // Already weighed for the pinned file that it is about: not a fault of this one.
    if (!(error instanceof VaultError) || error.code === 'BUG' || this.#final.has(error)) throw error
    if (this.#pinned.has(name)) {
      this.#final.add(error)
      throw error
    }
    if (!this.#notes.has(name)) this.#notes.set(name, error)
  }
}

/** vault.json and the files under keys/, parsed; pinned ones first, metadata the newest first. */
export type KeySet = {
  readonly vaultFile: UnverifiedVaultFile
  readonly versions: ReadonlyMap<KeyVersionId, VersionFile>
  readonly recoveries: ReadonlyMap<RecoveryKeyId, RecoveryFile>
  readonly copies: readonly KeyCopy[]
  readonly metadata: readonly UnverifiedMetadataFile[]
  readonly findings: Findings
}

/**
 * Parses the files that hold a vault's keys. Nothing in them is believed yet.
 *
 * @param files vault.json and all under keys/ that parseKeyFileName knows; others are left out unread
 * @throws KEYS_FILE_MISSING no vault.json
 * @throws KEYS_FILE_DAMAGED · VAULT_UNSUPPORTED · KDF_BOUNDS · KEY_RECORD_DAMAGED vault.json or a pinned file
 */
export function readKeySet(files: readonly KeyFile[]): KeySet {
  const findings = new Findings(new Set(files.filter(({ pinned }) => pinned).map(({ name }) => name)))
  const versions = new Map<KeyVersionId, VersionFile>()
  const recoveries = new Map<RecoveryKeyId, RecoveryFile>()
  const copies: KeyCopy[] = []
  const metadata: UnverifiedMetadataFile[] = []
  let vaultFile: UnverifiedVaultFile | undefined
  for (const { name, bytes } of [...files].sort(pinnedFirst)) {
    const id = parseKeyFileName(name)
    if (id?.kind === 'vault') vaultFile = parseVaultFile(bytes)
    findings.trying(name, () => {
      if (id?.kind === 'version') versions.set(id.keyVersionId, parseVersionFile(id.keyVersionId, bytes))
      if (id?.kind === 'recovery')
        recoveries.set(id.recoveryKeyId, parseRecoveryFile(id.recoveryKeyId, bytes))
      if (id?.kind === 'copy') copies.push(parseKeyCopy(id.keyVersionId, id.copyId, bytes))
      if (id?.kind === 'metadata') metadata.push(parseMetadataFile(id.n, id.deviceId, bytes))
    })
  }
  vaultFile ??= fail('KEYS_FILE_MISSING', `This folder has no ${VAULT_FILE}.`, { name: VAULT_FILE })
  return { vaultFile, versions, recoveries, copies, metadata: metadata.sort(newestFirst), findings }
}

const pinnedFirst = (a: KeyFile, b: KeyFile): number => Number(b.pinned) - Number(a.pinned)

/** By epoch, then n, downwards; the device id only makes the order the same everywhere. */
function newestFirst(a: UnverifiedMetadataFile, b: UnverifiedMetadataFile): number {
  return b.epoch - a.epoch || b.n - a.n || (a.deviceId < b.deviceId ? 1 : -1)
}
