import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { commit, Secret } from '../../src/main/base/index.ts'
import {
  type CopyId,
  type DeviceId,
  type Id,
  idBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  parseId,
  type VaultId,
} from '../../src/main/contract/ids.ts'
import {
  copyForRecovery,
  parseVaultFile,
  writeKeyCopy,
  writeKeyFileName,
  writeMetadataFile,
  writeVersionFile,
} from '../../src/main/keys/index.ts'
import { wrapRecovery } from '../../src/main/keys/recovery-edk.ts'
import { parseRecoveryFile, type RecoveryFile } from '../../src/main/keys/recovery-file.ts'
import { newId } from './key-fixture.ts'

type JsonFile = Readonly<Record<string, unknown>>

/** The files under keys/ of a vault, sorted. */
export function keyNames(vault: string): readonly string[] {
  return readdirSync(join(vault, 'keys'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => `keys/${name}`)
    .sort()
}

/** The one file under keys/ of this folder whose text holds `text`. */
export function keyNamed(vault: string, folder: string, text = ''): string {
  const found = keyNames(vault).filter(
    (name) => name.startsWith(`keys/${folder}/`) && readFileSync(join(vault, name), 'utf8').includes(text),
  )
  const [name] = found
  if (name === undefined || found.length > 1) throw new Error(`${found.length} files in ${folder}`)
  return name
}

/** A file with members changed, in the one form that is read; macs and the like stay as they were. */
export function edited(bytes: Uint8Array, members: JsonFile): Buffer {
  const object: unknown = JSON.parse(Buffer.from(bytes).toString())
  if (typeof object !== 'object' || object === null) throw new Error('no object of JSON')
  const sorted = Object.entries({ ...object, ...members }).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify(Object.fromEntries(sorted)))
}

/**
 * What a storage provider can make from what lies in the vault's folder: a key of its own, wrapped for the
 * recovery code's public point, so that the code opens it.
 */
export class Foreign {
  readonly vaultId: VaultId
  readonly keyVersionId = newId<KeyVersionId>()
  readonly masterKey = Secret.random('a foreign master key')
  readonly #deviceId = newId<DeviceId>()
  /** The vault's recovery code, by what is public of it. */
  readonly recovery: RecoveryFile

  constructor(vault: string) {
    this.vaultId = parseVaultFile(readFileSync(join(vault, 'vault.json'))).vaultId
    const name = keyNamed(vault, 'recovery')
    this.recovery = parseRecoveryFile(idIn(basename(name, '.json')), readFileSync(join(vault, name)))
  }

  /** A key version, and a copy of its master key that the vault's own recovery code opens. */
  keyVersion(keyId: KeyId = newId<KeyId>()): ReadonlyMap<string, Uint8Array> {
    const { vaultId, keyVersionId, masterKey } = this
    const commitment = commit(masterKey, idBytes(vaultId))
    const version = { keyVersionId, keyId, createdMs: Date.now(), provider: 'local', commitment } as const
    const at = { vaultId, keyVersionId, copyId: newId<CopyId>() }
    return new Map([
      [writeKeyFileName({ kind: 'version', keyVersionId }), writeVersionFile(version)],
      [
        writeKeyFileName({ kind: 'copy', ...at }),
        writeKeyCopy(copyForRecovery(masterKey, at, this.recovery)),
      ],
    ])
  }

  /** A metadata key in the place of the first, or of a second epoch, newer than the vault's own file. */
  metadata(epoch: 1 | 2): readonly [string, Uint8Array] {
    const metadataKeyId = newId<MetadataKeyId>()
    using key = Secret.random('a foreign metadata key')
    using before = Secret.random('the key before it')
    const edk = wrapRecovery(this.recovery, { vaultId: this.vaultId, subject: metadataKeyId }, key)
    const record = { commitment: commit(key, idBytes(this.vaultId)), edks: [edk] }
    const previous = epoch === 2 ? { id: newId<MetadataKeyId>(), key: before } : undefined
    const name = writeKeyFileName({ kind: 'metadata', n: 70 + epoch, deviceId: this.#deviceId })
    return [name, writeMetadataFile(this.vaultId, { epoch, metadataKeyId, record }, key, previous)]
  }
}

/** The id that a text is. */
export function idIn<T extends Id<string>>(text: string): T {
  const id = parseId<T>(text)
  if (id === undefined) throw new Error(`${text} is no id`)
  return id
}
