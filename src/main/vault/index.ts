export { type AddRequest, addFiles } from './add.ts'
export type { IfExists } from './add-plan.ts'
export { binItems, type PurgePlan, planPurge, planVersionPurge, purge, restoreItems } from './bin.ts'
export type { Runtime } from './bulk.ts'
export { type CheckReport, checkVault, type Finding } from './check.ts'
export { type CreatedVault, type CreateRequest, createVault, type RecoveryOut } from './create.ts'
export { makeFolder, moveItems } from './folders.ts'
export { catFile, type GetRequest, getItems, messageOf } from './get.ts'
export { type Inspection, inspectFile } from './inspect.ts'
export { forgetVault, type KnownVault, listKnownVaults } from './known-vaults.ts'
export { findItems, type Listed, listBin, listItems, listVersions } from './list.ts'
export { type OpenRequest, openVault, type WayGiven } from './open.ts'
export type { Notice, OpenVault } from './open-vault.ts'
export {
  createRecovery,
  type RecoveryTest,
  type RecoveryWay,
  recoveryWays,
  testRecovery,
} from './recovery.ts'
export { codeFromLine, readRecoverySheet, recoveryCodeText, writeRecoverySheet } from './recovery-sheet.ts'
export { type RepairReport, rebuildIndex, repairVault } from './repair.ts'
export type { JobEvent, JobHandle, JobOptions, JobReport } from './report.ts'
export { makeCurrent } from './rewrite.ts'
export { type SealWith, sealFiles } from './seal.ts'
export { openPassphrase, openRawAesKey } from './secrets.ts'
export { defaultStateFolder } from './this-device.ts'
export { type UnsealRequest, type UnsealWith, unsealFiles } from './unseal.ts'
export type { ItemName } from './vault-path.ts'
export { vaultThatSealed } from './vault-seal-key.ts'
export { type WrappingKey, wrappingKeys } from './wrapping-keys.ts'
