import { VaultError } from '../base/index.ts'
import { displayText } from '../files/index.ts'
import { askLine, canPrompt } from './prompt.ts'

/**
 * Does an act. Where a rule of the vault wants it confirmed, `--yes` does that; else whoever sits at the terminal is
 * asked, and it is done then.
 *
 * @param act refuses with POLICY_CONFIRMATION before it does anything
 * @throws POLICY_CONFIRMATION there is nobody to ask, or they said no
 */
export async function confirmedBy<T>(
  yes: boolean | undefined,
  act: (confirmed: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await act(yes === true)
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== 'POLICY_CONFIRMATION' || !canPrompt()) throw error
    process.stderr.write(`${displayText(error.message)}\n`)
    if ((await askLine('Do it? Type yes: ')).trim().toLowerCase() !== 'yes') throw error
    return await act(true)
  }
}
