import type { Direction, Size } from './peers.ts'

/** What SPEED.md asks for: ours takes at most so many times what a peer takes, medians of one run. */
export type Goal = {
  readonly size: Size
  readonly direction: Direction
  readonly peer: string
  readonly atMost: number
}

export const GOALS: readonly Goal[] = [
  { size: 'big', direction: 'in', peer: 'cp + sync', atMost: 1.3 },
  { size: 'big', direction: 'in', peer: 'age', atMost: 0.7 },
  { size: 'big', direction: 'out', peer: 'cp + sync', atMost: 1.2 },
  { size: 'big', direction: 'out', peer: 'rclone crypt', atMost: 0.6 },
  { size: 'big', direction: 'out', peer: 'age', atMost: 0.5 },
  { size: 'small', direction: 'in', peer: 'rclone crypt', atMost: 0.5 },
  { size: 'small', direction: 'in', peer: 'cp + sync', atMost: 1.3 },
  { size: 'small', direction: 'out', peer: 'restic', atMost: 0.65 },
  { size: 'small', direction: 'out', peer: 'tar | age', atMost: 0.8 },
]

/** A whole process that reads one header, against an empty one. */
export const STARTUP_GOAL = 1.5

export const WORK_TITLES: Readonly<Record<`${Size}-${Direction}`, string>> = {
  'big-in': '1 GiB in',
  'big-out': '1 GiB out',
  'small-in': '10,000 × 4 KiB in',
  'small-out': '10,000 × 4 KiB out',
}
