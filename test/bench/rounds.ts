import { randomInt } from 'node:crypto'
import { cpuTimes } from './machine.ts'
import type { Contender, Direction, Size, Way } from './peers.ts'
import type { Shell, Took } from './shell.ts'

/** What a work is measured with. */
export type Bench = {
  readonly shell: Shell
  readonly rounds: number
  /** How long a run may wait for a quiet machine. */
  readonly quietMs: number
  readonly say: (text: string) => void
}

/** All runs of one work; contenders that failed are in `failed`, with the reason. */
export type Measured = {
  readonly size: Size
  readonly runs: Readonly<Record<Direction, ReadonlyMap<Contender, readonly Took[]>>>
  readonly failed: ReadonlyMap<Contender, string>
  /** Runs that began while something else kept the machine busy. */
  readonly disturbed: number
}

const QUIET_MS = 200
const BUSY_SHARE = 0.1
/**
 * Memory that the run will want, touched and freed just before: a virtual machine gets it from its host one slow
 * fault at a time, and gives back within seconds what is free.
 */
const WARM = { big: '1400M', small: '300M' } as const satisfies Record<Size, string>

/**
 * Measures data of one size, in and out: each round all contenders in random order. What comes out is
 * compared with what went in, once for each contender.
 *
 * @throws a contender of `required` fails
 */
export function measure(
  bench: Bench,
  size: Size,
  contenders: readonly Contender[],
  required: ReadonlySet<string>,
): Measured {
  const failed = new Map<Contender, string>()
  const runs = { in: new Map<Contender, Took[]>(), out: new Map<Contender, Took[]>() }
  const places = new Map(contenders.map((contender, index) => [contender, `sealed/${size}${index}`]))
  let disturbed = 0

  /** Runs `act` unless the contender failed before; notes its failure. */
  const attempt = (contender: Contender, act: () => void): void => {
    if (failed.has(contender)) return
    try {
      act()
    } catch (error) {
      if (required.has(contender.name)) throw error
      failed.set(contender, error instanceof Error ? error.message : String(error))
      for (const direction of ['in', 'out'] as const) runs[direction].delete(contender)
      bench.say(`${contender.name} failed and is left out: ${failed.get(contender)}`)
    }
  }

  bench.shell.run('rm -rf sealed; mkdir sealed')
  for (const [contender, place] of places) {
    attempt(contender, () => {
      bench.shell.run(`mkdir ${place}`)
      const variables = { ...contender.variables, FROM: `in/${size}`, TO: place }
      runWay(bench.shell, wayOf(contender, size, 'in'), variables, (line) => {
        bench.shell.run(line, variables)
      })
    })
  }
  for (let round = 0; round < bench.rounds; round++) {
    for (const direction of ['in', 'out'] as const) {
      for (const [contender, place] of shuffled([...places])) {
        attempt(contender, () => {
          const from = direction === 'in' ? `in/${size}` : place
          const variables = { ...contender.variables, FROM: from, TO: 'out' }
          settle(bench.shell, size, from)
          runWay(bench.shell, wayOf(contender, size, direction), variables, (line) => {
            if (!waitForQuiet(bench.quietMs)) disturbed++
            bench.shell.run(`head -c ${WARM[size]} /dev/zero >warm; rm warm`)
            const took = bench.shell.time(line, variables)
            runs[direction].set(contender, [...(runs[direction].get(contender) ?? []), took])
          })
          if (round === 0 && direction === 'out') compare(bench.shell, contender, size)
        })
      }
    }
    bench.say(`${size}: round ${round + 1} of ${bench.rounds}`)
  }
  // Small files are left to the end of the bench: to delete half a million takes minutes.
  if (size === 'big') bench.shell.run('rm -rf sealed out; sync')
  return { size, runs, failed, disturbed }
}

function wayOf(contender: Contender, size: Size, direction: Direction): Way {
  const ways = contender.works[size]
  if (ways === undefined) throw new Error(`${contender.name} doesn’t do ${size}`)
  return ways[direction]
}

function runWay(
  shell: Shell,
  way: Way,
  variables: Readonly<Record<string, string>>,
  act: (line: string) => void,
): void {
  if (way.before !== undefined) shell.run(way.before, variables)
  try {
    act(way.line)
  } finally {
    if (way.after !== undefined) shell.run(way.after, variables)
  }
}

/**
 * An empty target; the source in memory; nothing waiting to be written.
 *
 * Many small files are not deleted before the end: an ext4 without a journal passes over inodes that were freed in
 * the last minutes, one by one, and so makes whoever creates files next up to twenty times as slow.
 */
function settle(shell: Shell, size: Size, from: string): void {
  shell.run(size === 'big' ? 'rm -rf out' : 'mkdir -p old; if [ -e out ]; then mv out old/$(date +%s%N); fi')
  shell.run('mkdir out')
  shell.run(`find ${from} -type f -exec cat {} + >/dev/null`)
  shell.run('sync')
}

/** @throws what came out isn't what went in */
function compare(shell: Shell, contender: Contender, size: Size): void {
  shell.run(`diff -rq "in/${size}" "out/${contender.works[size]?.plain ?? size}"`)
}

/** @returns false if it was still busy after `mostMs` */
function waitForQuiet(mostMs: number): boolean {
  const until = performance.now() + mostMs
  for (;;) {
    const before = cpuTimes()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, QUIET_MS)
    const after = cpuTimes()
    const busy = (after.busy - before.busy) / (after.all - before.all)
    if (busy <= BUSY_SHARE) return true
    if (performance.now() >= until) return false
  }
}

function shuffled<T>(list: readonly T[]): readonly T[] {
  const rest = [...list]
  return list.flatMap(() => rest.splice(randomInt(rest.length), 1))
}
