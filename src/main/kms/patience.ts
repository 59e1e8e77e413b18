import { setTimeout as sleep } from 'node:timers/promises'
import { VaultError } from '../base/index.ts'

/** How long throttling is waited out. A KMS that throttles for a minute loses nothing. */
export const PATIENCE_MS = 120_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/**
 * Runs `attempt` again while KMS throttles it, with growing waits, for at most `patienceMs` after the first
 * refusal. The SDK's own three attempts are within each; its budget of retries runs dry in a long job.
 *
 * @throws what `attempt` threw last; `signal`'s reason when it is stopped while it waits
 */
export async function withPatience<T>(
  patienceMs: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  let endMs: number | undefined
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await attempt()
    } catch (error) {
      const throttled = error instanceof VaultError && error.code === 'KMS_THROTTLED'
      // The clock of the process: the wall's may be set meanwhile.
      endMs ??= performance.now() + patienceMs
      const leftMs = endMs - performance.now()
      if (!throttled || leftMs <= 0) throw error
      // Scattered, or 32 calls come back at one moment and are throttled together again.
      const scatteredMs = waitMs * (0.5 + Math.random())
      await sleep(Math.min(scatteredMs, leftMs), undefined, signal === undefined ? {} : { signal })
    }
  }
}
