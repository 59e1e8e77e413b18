import { type Secret, writeBase64, writeCanonicalJson } from '../base/index.ts'
import type { MetadataKeyId, VaultId } from '../contract/ids.ts'
import { VAULT_FILE } from './key-file-names.ts'
import { MAC_BYTES, macHolds, macOf } from './mac.ts'
import { FORMAT, parseMembers } from './members.ts'

/**
 * vault.json, the facts of a vault that never change (docs/format.md §3):
 *
 *     { "createdMs", "format", "mac", "metadataKeyId" (of epoch 1), "vaultId" }
 *     mac = HMAC-SHA256(KDF(that metadata key, "strongroom/vault", ""), the object without mac)
 */
export type VaultFacts = {
  readonly vaultId: VaultId
  readonly createdMs: number
  /** The metadata key of epoch 1. */
  readonly metadataKeyId: MetadataKeyId
}

/** vault.json as it stands. Only vaultFileHolds, with the key it names, makes it true. */
export type UnverifiedVaultFile = VaultFacts & { readonly mac: Uint8Array }

const MAC_LABEL = 'strongroom/vault'

/** @param metadataKey of epoch 1 */
export function writeVaultFile(facts: VaultFacts, metadataKey: Secret): Uint8Array<ArrayBuffer> {
  const unsigned = withoutMac(facts)
  const mac = macOf(metadataKey, facts.vaultId, MAC_LABEL, unsigned)
  return writeCanonicalJson({ ...unsigned, mac: writeBase64(mac) })
}

/** @throws KEYS_FILE_DAMAGED · VAULT_UNSUPPORTED */
export function parseVaultFile(bytes: Uint8Array): UnverifiedVaultFile {
  return parseMembers(VAULT_FILE, bytes, (members) => ({
    vaultId: members.id<VaultId>('vaultId'),
    createdMs: members.uint('createdMs'),
    metadataKeyId: members.id<MetadataKeyId>('metadataKeyId'),
    mac: members.bytes('mac', MAC_BYTES),
  }))
}

/** Whether the file is what the holder of this metadata key (of epoch 1) wrote. */
export function vaultFileHolds(file: UnverifiedVaultFile, metadataKey: Secret): boolean {
  return macHolds(metadataKey, file.vaultId, MAC_LABEL, withoutMac(file), file.mac)
}

// Strict parsing lets nothing else be in the file, so its facts give back the very bytes that were signed.
function withoutMac({ vaultId, createdMs, metadataKeyId }: VaultFacts) {
  return { format: FORMAT, vaultId, createdMs, metadataKeyId }
}
