import { bug, commit, equalBytes, fail, Secret, VaultError } from '../base/index.ts'
import { idBytes, type KeyVersionId, type VaultId } from '../contract/ids.ts'
import { type Got, type KeychainAdapter, loadAdapters, type Trouble } from './keychain-adapters.ts'
import { KEY_BYTES } from './wrapped-key.ts'

/**
 * The system's keychain: one entry for each master key (docs/format.md §2), written once.
 *
 *     account = <vault id>/<key version id>     password = base64(master key)
 *
 * Passwords are strings, which can't be zeroed: each lives for one call here, and the threat model says so.
 */
export type KeychainEntry = {
  readonly vaultId: VaultId
  readonly keyVersionId: KeyVersionId
  /** commit(master key), from the key version's file: what an entry must hold to be believed. */
  readonly commitment: Uint8Array
}

export type KeychainRead =
  | { readonly kind: 'found'; readonly masterKey: Secret }
  /** No entry; or, where only `keytar` loads, a locked keyring. */
  | { readonly kind: 'absent' }
  /** KEYCHAIN_ENTRY_WRONG · KEYCHAIN_LOCKED · KEYCHAIN_UNAVAILABLE */
  | { readonly kind: 'failed'; readonly reason: VaultError }

export class Keychain {
  readonly #adapters: readonly KeychainAdapter[]

  /** @param adapters in order of preference: reads try all, writes go to the first that takes them */
  constructor(adapters: readonly KeychainAdapter[]) {
    this.#adapters = adapters
  }

  /** Reads a master key. May make the system ask the person to unlock the keychain. */
  async read(entry: KeychainEntry): Promise<KeychainRead> {
    const seen: Got[] = []
    for (const adapter of this.#adapters) {
      const got = await adapter.get(accountOf(entry))
      const masterKey = got.kind === 'found' ? parsePassword(got.password, entry) : undefined
      if (masterKey !== undefined) return { kind: 'found', masterKey }
      seen.push(got)
    }
    const wrong = seen.some(({ kind }) => kind === 'found' || kind === 'unreadable')
    if (wrong) return { kind: 'failed', reason: entryWrong(entry) }
    // A keychain that did not answer may have the entry: only if all answered it is absent.
    const trouble = seen.find(({ kind }) => kind === 'locked') ?? seen.find(isTrouble)
    if (trouble !== undefined && isTrouble(trouble)) return { kind: 'failed', reason: asError(trouble) }
    if (seen.length === 0) return { kind: 'failed', reason: asError(NO_LIBRARY) }
    return { kind: 'absent' }
  }

  /**
   * Writes a master key, once: an entry that is there stays as it is. Reads it back.
   *
   * @throws KEYCHAIN_ENTRY_WRONG there is one with other contents; it is not touched
   * @throws KEYCHAIN_LOCKED · KEYCHAIN_UNAVAILABLE · KEYCHAIN_NOT_KEPT nothing was kept
   */
  async write(entry: KeychainEntry, masterKey: Secret): Promise<void> {
    // Also why a lost race can't lose a key: whatever two writers put here is the same key.
    if (!equalBytes(commit(masterKey, idBytes(entry.vaultId)), entry.commitment)) {
      bug('a master key that is not the one its version commits to')
    }
    const before = await this.read(entry)
    if (before.kind === 'found') return before.masterKey[Symbol.dispose]()
    if (before.kind === 'failed') throw before.reason
    const trouble = await this.#set(accountOf(entry), masterKey)
    if (trouble !== undefined) throw asError(trouble)
    const after = await this.read(entry)
    if (after.kind === 'found') return after.masterKey[Symbol.dispose]()
    fail('KEYCHAIN_NOT_KEPT', 'The keychain took the vault’s key and does not give it back.', factsOf(entry))
  }

  /**
   * Removes a master key from every adapter: for `destroy`.
   *
   * @returns whether there was one
   * @throws KEYCHAIN_LOCKED · KEYCHAIN_UNAVAILABLE it may be there still
   */
  async remove(entry: Pick<KeychainEntry, 'vaultId' | 'keyVersionId'>): Promise<boolean> {
    let removed = false
    if (this.#adapters.length === 0) throw asError(NO_LIBRARY)
    for (const adapter of this.#adapters) {
      const deleted = await adapter.delete(accountOf(entry))
      if (typeof deleted !== 'boolean') throw asError(deleted)
      removed ||= deleted
    }
    return removed
  }

  /** Gives the key to the first adapter that takes it. Locked is final: the next would only ask again. */
  async #set(account: string, masterKey: Secret): Promise<Trouble | undefined> {
    let trouble: Trouble = NO_LIBRARY
    for (const adapter of this.#adapters) {
      const failed = await adapter.set(account, writePassword(masterKey))
      if (failed === undefined) return undefined
      trouble = failed
      if (failed.kind === 'locked') break
    }
    return trouble
  }
}

/** The keychain of this system, by the libraries that load here. Never fails: its reads say what is wrong. */
export async function openKeychain(): Promise<Keychain> {
  return new Keychain(await loadAdapters())
}

const NO_LIBRARY: Trouble = { kind: 'unavailable', cause: undefined }

const accountOf = ({ vaultId, keyVersionId }: Pick<KeychainEntry, 'vaultId' | 'keyVersionId'>): string =>
  `${vaultId}/${keyVersionId}`

const factsOf = ({ vaultId, keyVersionId }: KeychainEntry) => ({ vaultId, keyVersionId })

function isTrouble(got: Got): got is Trouble {
  return got.kind === 'locked' || got.kind === 'unavailable'
}

function writePassword(masterKey: Secret): string {
  return masterKey.use((bytes) => Buffer.from(bytes.buffer).toString('base64'))
}

/** The key in a password; undefined unless it is exactly what writePassword wrote for this entry. */
function parsePassword(password: string, entry: KeychainEntry): Secret | undefined {
  // Buffer.from(text) would leave the key in a pool that nobody zeroes.
  const bytes = Buffer.alloc(KEY_BYTES)
  bytes.write(password, 'base64')
  const masterKey = Secret.take(bytes, 'master key')
  const same =
    writePassword(masterKey) === password &&
    equalBytes(commit(masterKey, idBytes(entry.vaultId)), entry.commitment)
  if (same) return masterKey
  masterKey[Symbol.dispose]()
  return undefined
}

function entryWrong(entry: KeychainEntry): VaultError {
  return new VaultError(
    'KEYCHAIN_ENTRY_WRONG',
    'The keychain’s entry for this vault does not hold the key that the vault commits to.',
    { ...factsOf(entry), account: accountOf(entry) },
  )
}

function asError({ kind, cause }: Trouble): VaultError {
  return kind === 'locked'
    ? new VaultError('KEYCHAIN_LOCKED', 'The system’s keychain is locked.', {}, cause)
    : new VaultError('KEYCHAIN_UNAVAILABLE', 'There is no system keychain to be reached here.', {}, cause)
}
