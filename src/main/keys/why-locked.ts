import { VaultError } from '../base/index.ts'
import { writeKeyFileName } from './key-file-names.ts'
import type { KeySet } from './key-set.ts'
import type { MasterKeys } from './master-keys.ts'
import type { Way } from './way.ts'

/**
 * Of all that kept a vault from opening, what the person should hear: a wrong secret before damage, damage
 * before what is merely not there. Files that were passed over are named in any case.
 */
export function whyLocked(set: KeySet, ways: readonly Way[], masterKeys: MasterKeys): VaultError {
  const { notes } = set.findings
  const failures = ways.map((way) => way.failure())
  const first =
    failures.find(({ code }) => code === 'PASSPHRASE_WRONG' || code === 'RECOVERY_CODE_WRONG') ??
    damage(set, ways, masterKeys) ??
    failures.find(({ exit }) => exit > 3) ??
    failures.find(({ code }) => code === 'KMS_KEY_UNCONFIRMED') ??
    failures.find(({ code }) => code === 'WAY_IN_MISSING') ??
    failures[0] ??
    new VaultError('VAULT_LOCKED', 'Nothing was given to open the vault with.')
  if (notes.length === 0) return first
  const facts = { ...first.facts, passedOver: notes.map(({ name }) => name) }
  return new VaultError(first.code, first.message, facts, first.cause)
}

/** Damage counts where it is the reason. A stranger's broken file beside a vault without a key given is not. */
function damage(set: KeySet, ways: readonly Way[], masterKeys: MasterKeys): VaultError | undefined {
  const noted = set.findings.notes.map(({ error }) => error).find(({ exit }) => exit > 3)
  if (masterKeys.held().length > 0) return noted
  if (set.metadata.length === 0)
    return noted ?? missing('keys/metadata holds no key record.', 'keys/metadata')
  const [keyVersionId] = masterKeys.missing
  if (keyVersionId !== undefined && !masterKeys.asked) {
    const name = writeKeyFileName({ kind: 'version', keyVersionId })
    return noted ?? missing(`${name}, which is needed to open the vault, is not there.`, name)
  }
  return ways.some(({ kind }) => kind !== 'keychain') ? noted : undefined
}

function missing(message: string, name: string): VaultError {
  return new VaultError('KEYS_FILE_MISSING', message, { name })
}
