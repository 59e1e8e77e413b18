import { fail, hex, parseUtf8, VaultError } from '../base/index.ts'
import { type NotRegular, Source } from '../files/index.ts'
import { type Lock, lockOf } from '../keys/index.ts'
import { type Edk, layoutOf, parseHeader, rawAesName, type UnverifiedHeader } from '../message/index.ts'

/** What a message's header says, in plain values. Nothing of it is verified: that takes a key. */
export type Inspection = {
  readonly path: string
  readonly sizeBytes: number
  readonly formatVersion: 2
  readonly suite: { readonly id: string; readonly name: string; readonly signed: boolean }
  readonly messageId: string
  readonly context: Readonly<Record<string, string>>
  readonly edks: readonly {
    readonly provider: string
    readonly keyName: string
    readonly ciphertextBytes: number
  }[]
  readonly framed: boolean
  readonly frameLengthBytes: number
  readonly commitKey: string
  readonly headerBytes: number
  /** By the file's size; null for a signed message, whose signature has no fixed length, or a cut one. */
  readonly frames: number | null
  readonly plainBytes: number | null
  readonly lock: Lock
}

const FIRST_READ_BYTES = 64 * 1024
/** No header is larger: 64 KiB of context and 16 EDKs of three fields of 64 KiB. */
const LARGEST_HEADER_BYTES = 4 * 1024 * 1024

/**
 * Says what the header of a sealed file holds. Needs no key, and proves nothing.
 *
 * @throws MESSAGE_UNSUPPORTED · MESSAGE_MALFORMED · MESSAGE_TRUNCATED · NOT_FOUND …
 */
export function inspectFile(path: string): Inspection {
  const { header, sizeBytes } = readHeader(path)
  const layout = layoutOf(header, sizeBytes)
  const { suite } = header
  return {
    path,
    sizeBytes,
    formatVersion: 2,
    suite: { id: `0x${suite.id.toString(16).padStart(4, '0')}`, name: suite.name, signed: suite.signed },
    messageId: hex(header.messageId),
    context: Object.fromEntries(header.context),
    edks: header.edks.map(describeEdk),
    framed: header.framed,
    frameLengthBytes: header.frameLength,
    commitKey: hex(header.commitKey),
    headerBytes: header.sizeBytes,
    frames: layout?.frames ?? null,
    plainBytes: layout?.plainBytes ?? null,
    lock: lockOf(header),
  }
}

/** Reads the header of a sealed file, unverified, without the rest of it. */
export function readHeader(path: string): { readonly header: UnverifiedHeader; readonly sizeBytes: number } {
  const source = Source.open(path)
  if (typeof source === 'string') return failKind(path, source)
  using _ = source
  const { sizeBytes } = source.facts
  for (let length = FIRST_READ_BYTES; ; length *= 8) {
    const bytes = new Uint8Array(Math.min(length, sizeBytes))
    const got = source.read(bytes, 0)
    const header = inFile(path, () => parseHeader(bytes.subarray(0, got)))
    if (header !== 'short') return { header, sizeBytes }
    if (got < length || length > LARGEST_HEADER_BYTES) {
      fail('MESSAGE_TRUNCATED', `${path} ends within its header: the rest of it is missing.`, { path })
    }
  }
}

/** Names the file in an error about its contents. */
function inFile<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof VaultError)
      fail(error.code, `${path}: ${error.message}`, { path, ...error.facts }, error)
    throw error
  }
}

function failKind(path: string, what: NotRegular): never {
  const words = what === 'FOLDER' ? 'a folder' : what === 'SYMLINK' ? 'a symbolic link' : 'no regular file'
  return fail('USAGE', `${path} is ${words}; a sealed file was expected.`, { path })
}

function describeEdk(edk: Edk): Inspection['edks'][number] {
  const named = rawAesName(edk)
  const text = (bytes: Uint8Array) => parseUtf8(bytes) ?? hex(bytes)
  return {
    provider: named?.namespace ?? text(edk.providerId),
    keyName: named?.name ?? text(edk.providerInfo),
    ciphertextBytes: edk.ciphertext.length,
  }
}
