import { compareStamps, type Stamp } from './stamp.ts'

/** A value with the stamp of the op that set it. */
export type Register<T> = { readonly value: T; readonly stamp: Stamp }

type Stamped = { readonly stamp: Stamp }

/** Last wins: the rule of fields, keys, settings, pinned files and the bin. */
export function later<T extends Stamped>(held: T | null, next: T): T {
  return held === null || compareStamps(next.stamp, held.stamp) > 0 ? next : held
}

/** First wins: the rule of what can't change, so that a second telling of it changes nothing. */
export function earlier<T extends Stamped>(held: T | null, next: T): T {
  return held === null || compareStamps(next.stamp, held.stamp) < 0 ? next : held
}
