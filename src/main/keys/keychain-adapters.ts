/**
 * The two libraries that reach the system's keychain, behind one shape. What they throw becomes a value here
 * and nowhere else: their texts differ by library, system and state.
 */
export type KeychainAdapter = {
  readonly library: string
  /** The libraries don't find each other's entries on Linux, so each has a service name of its own. */
  readonly service: string
  get(account: string): Promise<Got>
  /** undefined: written. Overwrites: the caller looks first. */
  set(account: string, password: string): Promise<Trouble | undefined>
  /** Whether there was an entry. */
  delete(account: string): Promise<Trouble | boolean>
}

export type Got =
  | { readonly kind: 'found'; readonly password: string }
  | { readonly kind: 'absent' }
  /** An entry that is no text, so none of ours. */
  | { readonly kind: 'unreadable' }
  | Trouble

/** `locked`: it is there, but could not be unlocked. `unavailable`: there is no keychain to talk to. */
export type Trouble = { readonly kind: 'locked' | 'unavailable'; readonly cause: unknown }

export const KEYTAR_SERVICE = 'Strongroom'
export const KEYRING_SERVICE = 'Strongroom Vault'

/**
 * `no result found` and `Object does not exist at path …/login`: a Secret Service whose login keyring can't be
 * opened or made without asking somebody. The others: prompt dismissed, or nobody there to be asked.
 */
const LOCKED =
  /locked|unlock|prompt|dismissed|no result found|does not exist at path|interaction is not allowed|cancel/i
const NO_TEXT = /not valid utf-?8/i

/**
 * The adapters that load here, in the order of preference; none where no library does. On Linux keytar comes second:
 * of an entry of its own in a locked keyring nobody could say that it is locked and not lost.
 */
export async function loadAdapters(): Promise<readonly KeychainAdapter[]> {
  const both = [keytarAdapter(), keyringAdapter(KEYRING_SERVICE)]
  const loaded = await Promise.all(process.platform === 'linux' ? both.reverse() : both)
  return loaded.filter((adapter) => adapter !== undefined)
}

/**
 * `keytar`. On Linux it answers null for an entry in a locked keyring, as if there were none: callers must
 * not take its "absent" for "lost".
 */
export async function keytarAdapter(): Promise<KeychainAdapter | undefined> {
  try {
    const { default: keytar } = await import('keytar')
    return {
      library: 'keytar',
      service: KEYTAR_SERVICE,
      get: (account) => gotten(() => keytar.getPassword(KEYTAR_SERVICE, account)),
      set: (account, password) => done(() => keytar.setPassword(KEYTAR_SERVICE, account, password)),
      delete: (account) => attempt(() => keytar.deletePassword(KEYTAR_SERVICE, account)),
    }
  } catch {
    // Not installed, or its binary does not load (no libsecret): then there is the other one.
    return undefined
  }
}

/**
 * `@napi-rs/keyring`. Its keytar-like functions take no options and fall back to the kernel's keyring, which
 * forgets everything at the next start: a vault's key would be lost. So its entries are used, pinned to the
 * Secret Service on Linux.
 *
 * @param service the service name of its entries
 */
export async function keyringAdapter(service: string): Promise<KeychainAdapter | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    const entry = (account: string) =>
      new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
    return {
      library: '@napi-rs/keyring',
      service,
      get: (account) => gotten(() => entry(account).getPassword()),
      set: (account, password) => done(() => entry(account).setPassword(password)),
      delete: (account) => attempt(() => entry(account).deletePassword()),
    }
  } catch {
    return undefined
  }
}

async function gotten(read: () => Promise<string | null>): Promise<Got> {
  const password = await attempt(read)
  if (password === null) return { kind: 'absent' }
  if (typeof password === 'string') return { kind: 'found', password }
  return NO_TEXT.test(String(password.cause)) ? { kind: 'unreadable' } : password
}

async function done(write: () => Promise<void>): Promise<Trouble | undefined> {
  return (await attempt(write)) ?? undefined
}

/** Runs a call of a library; what it throws, at once or later, comes as a value. */
async function attempt<T>(call: () => Promise<T>): Promise<T | Trouble> {
  try {
    return await call()
  } catch (cause) {
    return { kind: LOCKED.test(String(cause)) ? 'locked' : 'unavailable', cause }
  }
}
