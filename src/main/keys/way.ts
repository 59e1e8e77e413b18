import type { Secret, VaultError } from '../base/index.ts'
import type { RecoveryKeyId } from '../contract/ids.ts'
import type { Edk } from '../message/index.ts'
import type { KmsRecord } from './kms-edk.ts'
import type { RecoveryKey } from './recovery-key.ts'
import type { VersionFile } from './version-file.ts'

/** The ways into a vault (docs/format.md §5), in the order they are tried. */
export type WayKind = 'keychain' | 'passphrase' | 'recovery' | 'kms'

export type LocalVersion = VersionFile & { readonly provider: 'local' }

/**
 * One way to master keys. A failure is kept rather than thrown, since it need not end the opening: the next
 * way, or an older metadata file, may open.
 */
export type Way = Disposable & {
  readonly kind: WayKind
  /** The master key that a version commits to, the caller's from now on; undefined if there is none here. */
  masterKey(version: LocalVersion): Promise<Secret | undefined>
  /** The recovery code's own key, lent, for what is wrapped under this id; undefined if it is another's. */
  recoveryKey(id: RecoveryKeyId): CandidateKey | undefined
  /** The key that a KMS EDK of a record wraps, the caller's; why KMS refused; undefined: this way asks no KMS. */
  kmsKey(arn: string, edk: Edk, record: KmsRecord): Promise<Secret | VaultError> | undefined
  /** Why it gave nothing. */
  failure(): VaultError
}

/** `known`: the id's public point is this key's. Else that file is lost, and only trying tells. */
export type CandidateKey = { readonly key: RecoveryKey; readonly known: boolean }
