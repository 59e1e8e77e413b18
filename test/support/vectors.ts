/**
 * Other people's test vectors (data only): messages of every AWS Encryption SDK, Wycheproof, and so on.
 * They lie outside the checkout, in the folder that STRONGROOM_VECTORS names, else in `../shared/vectors`
 * beside it. Where the folder is absent its suites are skipped, and their titles say so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it } from 'vitest'

const { STRONGROOM_VECTORS } = process.env
/** Where the vectors are looked for. */
export const VECTORS_ROOT = resolve(
  STRONGROOM_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'),
)

/** A message of another SDK and what must come of it. */
export type EsdkEntry = {
  readonly id: string
  readonly file: string
  /** Four hex digits. */
  readonly suite: string
  readonly keyring:
    | {
        readonly type: 'raw-aes'
        readonly namespace: string
        readonly name: string
        readonly keyHex: string
      }
    | { readonly type: 'data-key'; readonly dataKeyHex: string }
  readonly requiredContext?: Readonly<Record<string, string>>
  readonly plaintextSha256?: string
  readonly plaintextBytes?: number
  readonly expectError?: 'unsupported' | 'no-usable-key' | 'commitment' | 'authentication'
  readonly unframed?: boolean
}

export type Op =
  | { readonly flip: readonly [byte: number, bit: number] }
  | { readonly truncate: number }
  | { readonly appendHex: string }

/** Changes to one message of the manifest, each of which must make it unreadable. */
export type DerivedNegatives = {
  readonly base: string
  readonly kind: 'bit flip' | 'truncation' | 'trailing bytes'
  readonly ops: readonly Op[]
}

/** Bytes are base64; `frames`, `footer` and `content-encryption-key` are missing from some. */
export type KnownAnswer = {
  readonly comment: string
  readonly status: boolean
  readonly ciphertext: string
  readonly header: string
  readonly frames?: readonly string[]
  readonly footer?: string
  readonly commitment: string
  readonly 'content-encryption-key'?: string
  readonly 'decrypted-dek': string
  readonly 'message-id': string
  readonly 'encryption-context': Readonly<Record<string, string>>
  readonly 'plaintext-frames'?: readonly string[]
}

export type WycheproofCase = {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid'
}
export type AeadCase = WycheproofCase & Readonly<Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>>
export type HkdfCase = WycheproofCase &
  Readonly<Record<'ikm' | 'salt' | 'info' | 'okm', string>> & { readonly size: number }
export type EcdsaCase = WycheproofCase & Readonly<Record<'msg' | 'sig', string>>

type Groups<Group, Case> = readonly (Group & { readonly tests: readonly Case[] })[]

/** The folder of vectors, read when asked. */
export class Vectors {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  manifest(): readonly EsdkEntry[] {
    return this.#json('esdk/manifest.json')
  }

  message(entry: EsdkEntry): Buffer {
    return readFileSync(join(this.#root, 'esdk', entry.file))
  }

  derivedNegatives(): readonly DerivedNegatives[] {
    return this.#json('esdk/derived-negatives.json')
  }

  knownAnswers(): readonly KnownAnswer[] {
    const file: { readonly tests: readonly KnownAnswer[] } = this.#json('esdk/commitment-known-answers.json')
    return file.tests
  }

  aesGcm(): Groups<Readonly<Record<'keySize' | 'ivSize' | 'tagSize', number>>, AeadCase> {
    return this.#wycheproof('aes_gcm_test')
  }

  hkdfSha512(): Groups<object, HkdfCase> {
    return this.#wycheproof('hkdf_sha512_test')
  }

  ecdsaP384(): Groups<{ readonly publicKey: { readonly uncompressed: string } }, EcdsaCase> {
    return this.#wycheproof('ecdsa_secp384r1_sha384_test')
  }

  #wycheproof<Group, Case>(name: string): Groups<Group, Case> {
    const file: { readonly testGroups: Groups<Group, Case> } = this.#json(`wycheproof/${name}.json`)
    return file.testGroups
  }

  #json<T>(path: string): T {
    return JSON.parse(readFileSync(join(this.#root, path), 'utf8'))
  }
}

/** A suite over the vectors; skipped, saying where they were looked for, when they are not there. */
export function describeWithVectors(title: string, suite: (vectors: Vectors) => void): void {
  if (existsSync(join(VECTORS_ROOT, 'esdk/manifest.json'))) {
    describe(title, () => suite(new Vectors(VECTORS_ROOT)))
  } else {
    const why = `SKIPPED: no test vectors at ${VECTORS_ROOT}; set STRONGROOM_VECTORS`
    console.warn(`${title}: ${why}`)
    describe.skip(`${title} — ${why}`, () => {
      it('needs the public test vectors', () => {})
    })
  }
}
