import { bug, commit, fail, Secret, VaultError } from '../base/index.ts'
import { type CopyId, idBytes, type KeyVersionId } from '../contract/ids.ts'
import { type Op, SETTING } from '../journal/index.ts'
import {
  copyForPassphrase,
  copyForRecovery,
  copyName,
  copyUnderNext,
  type KeyCopy,
  newPassphraseKdf,
  openKeychain,
  openVaultKeys,
  readKeySet,
  writeKeyCopy,
  writeKeyFileName,
  writeVersionFile,
} from '../keys/index.ts'
import { demandPinned, readKeyFiles } from './key-files.ts'
import { metadataFile } from './metadata-record.ts'
import { newId } from './new-id.ts'
import { addKeyFiles } from './new-key-files.ts'
import { NO_KEYCHAIN } from './open.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { wrapMetadataKey } from './wrap-for.ts'
import { recipientsOf, type WrappingKey } from './wrapping-keys.ts'

export type RotateRequest = {
  readonly key: WrappingKey
  /** Needed where a passphrase opens the vault; it stays the caller's. */
  readonly passphrase?: Secret
  /** The vault opens by no passphrase any more. */
  readonly dropPassphrase: boolean
}

/**
 * Gives a local wrapping key a new version, and carries every way in along (docs/cli.md, key rotate): the keychain,
 * passphrase and recovery codes open the new master key, and it opens those before it. Files stay under the version
 * they are under, until `rewrap`.
 *
 * The vault must be opened anew after it. @returns the new version
 * @throws PASSPHRASE_WRONG · USAGE a passphrase is needed · KEYCHAIN_LOCKED … : nothing is recorded
 */
export async function rotate(vault: OpenVault, request: RotateRequest): Promise<KeyVersionId> {
  await demandAllowed(vault, { kind: 'rotate' })
  if (request.key.provider === 'kms') {
    fail('USAGE', `${request.key.label} is a key of AWS KMS, which rotates it: see \`strongroom kms\`.`)
  }
  const active = request.key.versions.find(({ state }) => state === 'active')
  const before =
    active?.keyVersionId ?? fail('KEY_NOT_FOUND', `The key ${request.key.label} has no active version.`)
  const copies = vault.keys.copies.filter(
    (copy) => copy.keyVersionId === before && isPinned(vault, copyName(copy)),
  )
  const byPassphrase = copies.filter(({ kind }) => kind === 'passphrase')
  if (byPassphrase.length > 0 && !request.dropPassphrase) await demandPassphrase(vault, request.passphrase)
  using next = Secret.random('master key')
  const keyVersionId = newId<KeyVersionId>()
  const rotation = {
    vault,
    request,
    before,
    keyVersionId,
    next,
    dropped: request.dropPassphrase ? byPassphrase : [],
  }
  const versionName = writeKeyFileName({ kind: 'version', keyVersionId })
  await addKeyFiles(
    vault,
    () => make(rotation),
    async (name) => {
      if (name === versionName && !vault.anchors.flags.has(NO_KEYCHAIN)) await keep(rotation)
    },
  )
  for (const copy of rotation.dropped) await vault.store.remove(copyName(copy))
  return keyVersionId
}

type Rotation = {
  readonly vault: OpenVault
  readonly request: RotateRequest
  readonly before: KeyVersionId
  readonly keyVersionId: KeyVersionId
  readonly next: Secret
  readonly dropped: readonly KeyCopy[]
}

async function make(
  rotation: Rotation,
): Promise<{ readonly files: ReadonlyMap<string, Uint8Array>; readonly ops: readonly Op[] }> {
  const { vault, request, before, keyVersionId, next, dropped } = rotation
  const { vaultId } = vault
  const files = new Map<string, Uint8Array>()
  const facts = { keyVersionId, keyId: request.key.keyId, createdMs: Date.now(), provider: 'local' } as const
  files.set(
    writeKeyFileName({ kind: 'version', keyVersionId }),
    writeVersionFile({ ...facts, commitment: commit(next, idBytes(vaultId)) }),
  )
  for (const copy of await copiesOf(rotation)) files.set(copyName(copy), writeKeyCopy(copy))
  const master = await vault.keys.masterKey(before)
  const under = copyUnderNext(
    master,
    { vaultId, keyVersionId: before, copyId: newId<CopyId>() },
    { keyVersionId, masterKey: next },
  )
  files.set(copyName(under), writeKeyCopy(under))
  files.set(...(await metadataUnder(rotation)))
  const ops: readonly Op[] = [
    { kind: 'set', name: SETTING.keyVersionState(before), value: 'retired' },
    { kind: 'set', name: SETTING.keyVersionState(keyVersionId), value: 'active' },
    ...dropped.map((copy): Op => ({ kind: 'file', name: copyName(copy), sha256: null })),
  ]
  return { files, ops }
}

/** The new master key for each way in: recovery codes need no code, only their public half. */
async function copiesOf({ vault, request, keyVersionId, next }: Rotation): Promise<readonly KeyCopy[]> {
  const at = () => ({ vaultId: vault.vaultId, keyVersionId, copyId: newId<CopyId>() })
  const recoveries = [...vault.keys.ways.recoveries.values()].filter(({ id }) =>
    isPinned(vault, writeKeyFileName({ kind: 'recovery', recoveryKeyId: id })),
  )
  const copies: KeyCopy[] = recoveries.map((recipient) => copyForRecovery(next, at(), recipient))
  if (request.passphrase && !request.dropPassphrase) {
    copies.push(await copyForPassphrase(next, at(), request.passphrase, newPassphraseKdf()))
  }
  return copies
}

/** The metadata key, the same, wrapped for the new version. */
async function metadataUnder({
  vault,
  request,
  before,
  keyVersionId,
  next,
}: Rotation): Promise<[string, Uint8Array]> {
  const newest = vault.keys.newest[0] ?? bug('an open vault without a metadata key')
  const recipients = recipientsOf(vault)
  const others = recipients.local.filter(({ keyVersionId: id }) => id !== before)
  const record = await wrapMetadataKey(
    vault,
    newest.key,
    newest.id,
    { ...recipients, local: others, recoveries: [] },
    [{ kind: 'local', keyId: request.key.keyId, keyVersionId, masterKey: next }],
  )
  return metadataFile(vault, record)
}

/** @throws USAGE none was given · PASSPHRASE_WRONG it opens no copy */
async function demandPassphrase(vault: OpenVault, passphrase: Secret | undefined): Promise<void> {
  if (passphrase === undefined) {
    return fail(
      'USAGE',
      'The vault opens by a passphrase: give it, so that it opens the new version too, or --drop-passphrase.',
    )
  }
  const pins = new Map([...vault.index.vault.pinnedFiles()].map(([name, { value }]) => [name, value]))
  const { files } = demandPinned(await readKeyFiles(vault.store), pins)
  using _ = await openVaultKeys(readKeySet(files), { passphrase })
}

/** Puts the new master key into the keychain, before anything relies on it. */
async function keep({ vault, request, keyVersionId, next }: Rotation): Promise<void> {
  const { vaultId } = vault
  const entry = { vaultId, keyVersionId, commitment: commit(next, idBytes(vaultId)) }
  try {
    await (await openKeychain()).write(entry, next)
  } catch (error) {
    // Where there is none the vault was made without, and opens by its passphrase: so does the new version.
    const carried = request.passphrase !== undefined && !request.dropPassphrase
    if (!carried || !(error instanceof VaultError) || error.code !== 'KEYCHAIN_UNAVAILABLE') throw error
  }
}

function isPinned(vault: OpenVault, name: string): boolean {
  return vault.index.vault.pinnedFiles().get(name)?.value != null
}
