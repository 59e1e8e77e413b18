export { copyForPassphrase, copyForRecovery, copyUnderNext } from './copy-master-key.ts'
export { type Entry, type EntryPlace, entryKeyId, openEntry, writeEntry } from './entry.ts'
export { unwrapFileKey } from './file-key.ts'
export { fingerprint } from './fingerprint.ts'
export { copyName, type KeyCopy, writeKeyCopy } from './key-copies.ts'
export { nextMetadataN, parseKeyFileName, VAULT_FILE, writeKeyFileName } from './key-file-names.ts'
export {
  type EdkOwner,
  edkOwner,
  isCommitted,
  type KeyRecord,
  parseKeyRecord,
  type Recipient,
  wrapKey,
  writeKeyRecord,
} from './key-record.ts'
export { type KeyFile, type KeySet, readKeySet } from './key-set.ts'
export { Keychain, openKeychain } from './keychain.ts'
export { kmsContext, kmsEdk, type Purpose } from './kms-edk.ts'
export { type Lock, lockOf, type NamedKey, newPassphraseKey, passphraseKeyFor, vaultSealKey } from './lock.ts'
export { writeMetadataFile } from './metadata-file.ts'
export type { MetadataKey } from './metadata-keys.ts'
export { newPassphraseKdf, passphraseSecret } from './passphrase.ts'
export { demandStrongPassphrase, passphraseStrength } from './passphrase-strength.ts'
export { demandOwnName, rawAesKey } from './raw-aes-key.ts'
export { newRecoveryCode, parseRecoveryCode, writeRecoveryCode } from './recovery-code.ts'
export { type RecoveryRecipient, recoveryKeyAsKey } from './recovery-edk.ts'
export { writeRecoveryFile } from './recovery-file.ts'
export { RecoveryKey } from './recovery-key.ts'
export { parseVaultFile, writeVaultFile } from './vault-file.ts'
export type { VaultKeys } from './vault-keys.ts'
export { type VersionFile, writeVersionFile } from './version-file.ts'
export type { WayKind } from './way.ts'
export type { KmsGiven } from './way-kms.ts'
export { openVaultKeys, type WaysGiven, waysOffered } from './ways-in.ts'
