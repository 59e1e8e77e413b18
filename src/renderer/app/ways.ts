import type { WaysIn } from '../../main/contract/ipc/vault-nouns.ts'

/**
 * Whether the vault opens should this computer's keychain be lost: `sure` by a passphrase or a code that was
 * typed back or tested; `untested` by a code that nobody tried; `none`.
 */
export function recoveryState({ passphrase, recovery }: WaysIn): 'sure' | 'untested' | 'none' {
  if (passphrase || recovery.some(({ typedBack, testedMs }) => typedBack || testedMs !== null)) return 'sure'
  return recovery.length > 0 ? 'untested' : 'none'
}
