import { CODES } from '../contract/codes.ts'
import type { JobReport } from '../vault/index.ts'

/**
 * The exit code of a job (docs/cli.md): 130 when it was interrupted; of failed files: 4 if any is 4, else
 * 10 if any is 10, else the number all share, else 1.
 */
export function exitCodeOf({ failed, stopped }: Pick<JobReport, 'failed' | 'stopped'>): number {
  if (stopped) return CODES.INTERRUPTED.exit
  const exits = new Set<number>(failed.map(({ code }) => CODES[code].exit))
  const [first = 0] = exits
  if (exits.size <= 1) return first
  if (exits.has(4)) return 4
  if (exits.has(10)) return 10
  return CODES.JOB_INCOMPLETE.exit
}
