import { asVaultError, VaultError } from '../base/index.ts'
import type { Refusal, RefusalFacts } from '../contract/ipc/call.ts'
import { displayText } from '../files/index.ts'

/** An error as the window is told of it: text fit for a screen, no cause, no stack. */
export function refusalOf(error: unknown, more: RefusalFacts = {}): Refusal {
  const { code, message, next, facts } = asVaultError(error)
  return { code, message: displayText(message), next, facts: { ...facts, ...more } }
}

/** The call had no sense, was for nobody's eyes, or named what main never gave: a fault, or an attack. */
export function refuseCall(message: string): VaultError {
  return new VaultError('CALL_REFUSED', message)
}
