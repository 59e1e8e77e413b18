import { concat, fail, type Secret } from '../base/index.ts'
import type { ItemId, KeyVersionId, VersionId } from '../contract/ids.ts'
import type { ItemVersion } from '../index/index.ts'
import { strictly, vaultReadOptions } from '../jobs/index.ts'
import { hashBytes } from '../journal/index.ts'
import { parseKeyRecord, type VaultKeys } from '../keys/index.ts'
import { MessageReader, parseHeader, type UnverifiedHeader } from '../message/index.ts'
import { messageName } from './message-name.ts'
import type { OpenVault } from './open-vault.ts'
import { disabledVersions, openerOf } from './wrapping-keys.ts'

const CHUNK_BYTES = 1024 * 1024
/** Ours are under 2 KiB, longer only by the name and by each recipient. */
const HEADER_BYTES = 64 * 1024

/** The key record of a version: the commitment that the journal has, and the EDKs that stand now. */
export function keyRecordOf(vault: OpenVault, { version, commit }: ItemVersion): Uint8Array {
  const edks = vault.index.versions.keysOf(version).flatMap(({ edk }) => (edk === null ? [] : [edk]))
  const usable = edks.filter((edk) => !isDisabled(vault, edk))
  if (usable.length < edks.length && usable.length === 0) {
    fail('KEY_DISABLED', `The version ${version} is locked by a disabled version of a key.`, { version })
  }
  if (edks.length === 0)
    fail('VAULT_LOCKED', `No key of this vault opens the version ${version} any more.`, { version })
  return concat(hashBytes(commit), { u16: usable.length }, ...usable)
}

/** The versions of wrapping keys that a version of a file is wrapped for; a KMS key has one here. */
export function keyVersionsOf(vault: OpenVault, version: VersionId): readonly KeyVersionId[] {
  return vault.index.versions.keysOf(version).flatMap(({ edk }) => (edk && openerOf(vault, edk)) ?? [])
}

function isDisabled(vault: OpenVault, edk: Uint8Array): boolean {
  const disabled = disabledVersions(vault)
  const id = disabled.size > 0 ? openerOf(vault, edk) : undefined
  return id !== undefined && disabled.has(id)
}

/** The file key of a version, the caller's. @throws VAULT_LOCKED · KEY_RECORD_DAMAGED · KEY_COMMITMENT */
export async function fileKeyOf(vault: OpenVault, version: ItemVersion, keys = vault.keys): Promise<Secret> {
  const name = `the version ${version.version}`
  const record = parseKeyRecord(name, keyRecordOf(vault, version))
  return await keys.unwrap({
    record,
    name,
    purpose: 'version',
    place: { vaultId: vault.vaultId, subject: version.version },
  })
}

/**
 * Reads a version's message, in order: only plain text that was verified.
 *
 * @param options `onCipher` is given the message's own bytes as they are read; they aren't kept. `keys`: others
 *   than those that the vault was opened with
 * @throws MESSAGE_MISSING · NOT_A_FILE · MESSAGE_TAMPERED · MESSAGE_TRUNCATED …, perhaps after some of it
 */
export async function* readVersion(
  vault: OpenVault,
  item: ItemId,
  version: ItemVersion,
  { onCipher, keys }: { readonly onCipher?: (bytes: Uint8Array) => void; readonly keys?: VaultKeys } = {},
): AsyncGenerator<Uint8Array> {
  using fileKey = await fileKeyOf(vault, version, keys)
  const reader = new MessageReader(
    vaultReadOptions(vault.vaultId, { versionId: version.version, itemId: item }, fileKey),
  )
  for await (const chunk of readMessage(vault, version.version)) {
    onCipher?.(chunk)
    const pieces = await strictly(async () => reader.push(chunk))
    for (const { kind, bytes } of pieces) {
      // Ours are framed: each frame is verified before it is given out.
      if (kind === 'unverified')
        fail('MESSAGE_TAMPERED', `The version ${version.version} is not what was written.`)
      yield bytes
    }
  }
  await strictly(async () => reader.end())
}

/** The bytes of a version's message. @throws MESSAGE_MISSING · NOT_A_FILE */
export async function* readMessage(vault: OpenVault, version: VersionId): AsyncGenerator<Uint8Array> {
  const name = messageName(version)
  const stored = (await vault.store.stat(name)) ?? failMissing(version, name)
  if (stored.kind !== 'file') {
    fail('NOT_A_FILE', `Where the version ${version} was, there is no regular file.`, { version, name })
  }
  for (let offset = 0; ; ) {
    const bytes = await vault.store.read(name, { offset, length: CHUNK_BYTES })
    if (bytes.length === 0) return
    offset += bytes.length
    yield bytes
  }
}

/** The header of a version's message, of whichever it is; nothing of it is verified. */
export async function readMessageHeader(vault: OpenVault, version: VersionId): Promise<UnverifiedHeader> {
  const name = messageName(version)
  const bytes = await vault.store.read(name, { offset: 0, length: HEADER_BYTES })
  const header = await strictly(async () => parseHeader(bytes))
  if (header !== 'short') return header
  return bytes.length < HEADER_BYTES
    ? fail('MESSAGE_TRUNCATED', `${name} ends inside its header.`, { name })
    : fail('MESSAGE_TAMPERED', `${name} has a header that Strongroom never writes.`, { name })
}

export function failMissing(version: VersionId, name: string): never {
  return fail('MESSAGE_MISSING', `The message of the version ${version} is not there: ${name}.`, {
    version,
    name,
  })
}
