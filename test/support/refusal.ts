import { asVaultError, bug, type VaultError } from '../../src/main/base/index.ts'

/** The VaultError that `act` ends in; a test fails if it ends well, or in another error. */
export function refusal(act: () => unknown): VaultError {
  try {
    act()
  } catch (error) {
    return refused(error)
  }
  return bug('it was not refused')
}

/** `refusal` for what takes time. */
export async function refusalOf(act: Promise<unknown>): Promise<VaultError> {
  try {
    await act
  } catch (error) {
    return refused(error)
  }
  return bug('it was not refused')
}

function refused(error: unknown): VaultError {
  const known = asVaultError(error)
  if (known.code === 'BUG') throw error
  return known
}
