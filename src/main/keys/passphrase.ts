import {
  commit,
  equalBytes,
  fail,
  kdf,
  parseBase64,
  randomBytes,
  Secret,
  writeBase64,
} from '../base/index.ts'

/**
 * A passphrase as a key (docs/format.md §2.3):
 *
 *     k = Argon2id(NFKC UTF-8 of the passphrase, salt 16, v1.3, m KiB, t, p, 32 bytes)
 *     stored as   argon2id$v=19$m=262144,t=3,p=4$<salt, base64>
 */
export type PassphraseKdf = {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Uint8Array
}

const DEFAULT_COST = { memoryKiB: 256 * 1024, passes: 3, lanes: 4 } as const
const SALT_BYTES = 16
/** What a file may ask for. Below is too weak to be ours; above is a trap. */
const MEMORY_KIB = { min: 64 * 1024, max: 2 * 1024 * 1024 } as const
const MAX_PASSES = 16
const MAX_LANES = 16
/** `Algorithm.Argon2id` and `Version.V0x13` of @node-rs/argon2, which are const enums. */
const ARGON2ID = 2
const VERSION_19 = 1
const NAME = 'argon2id$v=19$'
const KDF_TEXT =
  /^argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,9})\$([A-Za-z0-9+/=]{1,64})$/

export function newPassphraseKdf(): PassphraseKdf {
  return { ...DEFAULT_COST, salt: randomBytes(SALT_BYTES) }
}

export function writePassphraseKdf(parameters: PassphraseKdf): string {
  const { memoryKiB, passes, lanes, salt } = parameters
  return `${NAME}m=${memoryKiB},t=${passes},p=${lanes}$${writeBase64(salt)}`
}

/** @throws KDF_BOUNDS another algorithm, or a cost that Strongroom never asks for: before any work */
export function parsePassphraseKdf(text: string): PassphraseKdf {
  const [, m, t, p, saltText] = KDF_TEXT.exec(text) ?? []
  const salt = saltText === undefined ? undefined : parseBase64(saltText)
  if (salt === undefined) {
    return fail(
      'KDF_BOUNDS',
      'This file names a way to turn a passphrase into a key that is not Argon2id as Strongroom writes it.',
    )
  }
  return demandBounds({ memoryKiB: Number(m), passes: Number(t), lanes: Number(p), salt })
}

/** @throws KDF_BOUNDS a cost or salt outside what may be read */
export function demandBounds(parameters: PassphraseKdf): PassphraseKdf {
  const { memoryKiB, passes, lanes, salt } = parameters
  const whole = [memoryKiB, passes, lanes].every(Number.isSafeInteger)
  const inBounds =
    whole &&
    memoryKiB >= MEMORY_KIB.min &&
    memoryKiB <= MEMORY_KIB.max &&
    passes >= 1 &&
    passes <= MAX_PASSES &&
    lanes >= 1 &&
    lanes <= MAX_LANES &&
    salt.length === SALT_BYTES
  if (inBounds) return parameters
  return fail(
    'KDF_BOUNDS',
    `This file asks for Argon2id with ${memoryKiB} KiB, ${passes} passes, ${lanes} lanes and a salt of ${salt.length} bytes, outside what is allowed.`,
    { memoryKiB, passes, lanes, saltBytes: salt.length },
  )
}

/**
 * Runs Argon2id, on a thread of its own pool: about half a second and 256 MiB at our own cost.
 *
 * @param passphrase NFKC UTF-8 bytes, as `passphraseSecret` makes them
 */
export async function derivePassphrase(passphrase: Secret, parameters: PassphraseKdf): Promise<Secret> {
  const { memoryKiB, passes, lanes, salt } = demandBounds(parameters)
  // Loaded when needed: most commands need no passphrase.
  const { hashRaw } = await import('@node-rs/argon2')
  const hashing = passphrase.use((bytes) =>
    hashRaw(bytes, {
      algorithm: ARGON2ID,
      version: VERSION_19,
      memoryCost: memoryKiB,
      timeCost: passes,
      parallelism: lanes,
      outputLen: 32,
      salt,
    }),
  )
  const raw = await hashing
  const own = new Uint8Array(raw)
  raw.fill(0)
  return Secret.take(own, 'passphrase key')
}

/**
 * The bytes that Argon2 takes for a passphrase: NFKC, UTF-8. Zeroes `bytes`.
 *
 * @throws PASSPHRASE_EMPTY · USAGE for bytes that aren't UTF-8
 */
export function passphraseSecret(bytes: Uint8Array<ArrayBuffer>): Secret {
  if (bytes.length === 0) fail('PASSPHRASE_EMPTY', 'The passphrase is empty.')
  try {
    // ASCII is its own NFKC form: no string, which could not be zeroed, is made of it.
    if (bytes.every((byte) => byte < 0x80)) return Secret.take(bytes.slice(), 'passphrase')
    const text = decodeUtf8(bytes).normalize('NFKC')
    const encoded = Buffer.alloc(Buffer.byteLength(text))
    encoded.write(text)
    return Secret.take(encoded, 'passphrase')
  } finally {
    bytes.fill(0)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail('USAGE', 'The passphrase is not valid UTF-8 text.')
  }
}

/** The key that seals files, and the commitment beside it (docs/format.md §2.3). */
export function sealingKey(derived: Secret, salt: Uint8Array): { key: Secret; commitment: Uint8Array } {
  return { key: kdf(derived, salt, 'strongroom/seal'), commitment: commit(derived, salt) }
}

/** Whether `derived` is the key that `commitment` was made for. */
export function commitmentHolds(derived: Secret, salt: Uint8Array, commitment: Uint8Array): boolean {
  return equalBytes(commit(derived, salt), commitment)
}
