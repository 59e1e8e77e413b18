import {
  type CopyId,
  type DeviceId,
  type KeyVersionId,
  parseId,
  type RecoveryKeyId,
} from '../contract/ids.ts'

/**
 * Names of vault.json and the files under keys/ (docs/format.md §3), from the vault's folder, with `/`.
 *
 *     vault.json                                immutable facts
 *     keys/versions/<key version id>.json       facts of a key version
 *     keys/recovery/<recovery key id>.json      public point of a recovery code
 *     keys/copies/<key version id>/<copy id>.json   a master key for one way in
 *     keys/metadata/<n, 8 digits>-<device id>.json  a metadata key record
 */
export type KeyFileName =
  | { readonly kind: 'vault' }
  | { readonly kind: 'version'; readonly keyVersionId: KeyVersionId }
  | { readonly kind: 'recovery'; readonly recoveryKeyId: RecoveryKeyId }
  | { readonly kind: 'copy'; readonly keyVersionId: KeyVersionId; readonly copyId: CopyId }
  | { readonly kind: 'metadata'; readonly n: number; readonly deviceId: DeviceId }

export const VAULT_FILE = 'vault.json'
const MAX_N = 99_999_999

const ID = '([0-9a-f]{32})'
const VERSION = new RegExp(`^keys/versions/${ID}\\.json$`)
const RECOVERY = new RegExp(`^keys/recovery/${ID}\\.json$`)
const COPY = new RegExp(`^keys/copies/${ID}/${ID}\\.json$`)
const METADATA = new RegExp(`^keys/metadata/([0-9]{8})-${ID}\\.json$`)

export function writeKeyFileName(name: KeyFileName): string {
  switch (name.kind) {
    case 'vault':
      return VAULT_FILE
    case 'version':
      return `keys/versions/${name.keyVersionId}.json`
    case 'recovery':
      return `keys/recovery/${name.recoveryKeyId}.json`
    case 'copy':
      return `keys/copies/${name.keyVersionId}/${name.copyId}.json`
    case 'metadata':
      return `keys/metadata/${String(name.n).padStart(8, '0')}-${name.deviceId}.json`
  }
}

/** What a name means; undefined for a name that is not exactly one of ours: reported, never read. */
export function parseKeyFileName(text: string): KeyFileName | undefined {
  if (text === VAULT_FILE) return { kind: 'vault' }
  const keyVersionId = parseId<KeyVersionId>(VERSION.exec(text)?.[1] ?? '')
  if (keyVersionId !== undefined) return { kind: 'version', keyVersionId }
  const recoveryKeyId = parseId<RecoveryKeyId>(RECOVERY.exec(text)?.[1] ?? '')
  if (recoveryKeyId !== undefined) return { kind: 'recovery', recoveryKeyId }
  return parseCopyName(text) ?? parseMetadataName(text)
}

/** The n of the next metadata file: 1 + the greatest seen. */
export function nextMetadataN(seen: Iterable<number>): number | undefined {
  const next = 1 + Math.max(0, ...seen)
  return next > MAX_N ? undefined : next
}

function parseCopyName(text: string): KeyFileName | undefined {
  const [, version = '', copy = ''] = COPY.exec(text) ?? []
  const keyVersionId = parseId<KeyVersionId>(version)
  const copyId = parseId<CopyId>(copy)
  if (keyVersionId === undefined || copyId === undefined) return undefined
  return { kind: 'copy', keyVersionId, copyId }
}

function parseMetadataName(text: string): KeyFileName | undefined {
  const [, digits = '', device = ''] = METADATA.exec(text) ?? []
  const n = Number(digits)
  const deviceId = parseId<DeviceId>(device)
  return deviceId === undefined || n === 0 ? undefined : { kind: 'metadata', n, deviceId }
}
