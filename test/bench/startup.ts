import { NODE } from './peers.ts'
import type { Bench } from './rounds.ts'
import type { Took } from './shell.ts'

/** Whole processes: the CLI that reads one header, and Node that does nothing. */
export type Startup = { readonly inspect: readonly Took[]; readonly empty: readonly Took[] }

/** Short, so measured more often. */
const RUNS_PER_ROUND = 4

export function measureStartup({ shell, rounds, say }: Bench, bundle: string): Startup {
  const variables = { NODE, BUNDLE: bundle }
  shell.run('rm -rf startup; mkdir startup; echo hello >startup/a')
  shell.run('"$NODE" "$BUNDLE" seal startup/a --to startup $KEY', variables)
  const inspect: Took[] = []
  const empty: Took[] = []
  for (let run = 0; run < RUNS_PER_ROUND * rounds; run++) {
    empty.push(shell.time('"$NODE" -e 0', variables))
    inspect.push(shell.time('"$NODE" "$BUNDLE" inspect startup/a.sealed >/dev/null', variables))
  }
  shell.run('rm -rf startup')
  say('startup: done')
  return { inspect, empty }
}
