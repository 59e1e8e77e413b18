import type { Took } from './shell.ts'

/** What a program took over the rounds. */
export type Figures = {
  readonly medianSeconds: number
  readonly leastSeconds: number
  readonly cpuSeconds: number
}

export function figuresOf(runs: readonly Took[]): Figures {
  const seconds = runs.map((run) => run.seconds)
  return {
    medianSeconds: median(seconds),
    leastSeconds: Math.min(...seconds),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
  }
}

/** The middle one; of an even number, the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (upper + lower) / 2
}
