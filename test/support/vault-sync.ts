import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Dice } from '../journal/histories.ts'

/** The files below a vault folder, by name. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

/** Bytes that a file has in a folder; −1: it is not there. */
const sizeIn = (folder: string, name: string): number =>
  statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? -1

/** Files of `from` that `to` has not, or has less of. */
function behind(from: string, to: string): readonly string[] {
  return filesOf(from).filter((name) => sizeIn(from, name) > sizeIn(to, name))
}

/** Carries everything over, as a sync tool does that has all the time it needs. @param only some of it */
export function syncWhole(from: string, to: string, only: (name: string) => boolean = () => true): void {
  for (const name of behind(from, to).filter(only)) {
    mkdirSync(dirname(join(to, name)), { recursive: true, mode: 0o700 })
    copyFileSync(join(from, name), join(to, name))
  }
}

/**
 * Carries some files over in any order: some whole, of some segments only a part that ends anywhere, some
 * under the name of a conflict copy. What is there never gets shorter.
 */
export function syncSome(dice: Dice, from: string, to: string): void {
  for (const name of dice.shuffle(dice.some(behind(from, to)))) {
    const bytes = readFileSync(join(from, name))
    const isSegment = name.endsWith('.log')
    const there = Math.max(0, sizeIn(to, name))
    const part = isSegment && dice.chance(2) ? there + dice.roll(bytes.length - there + 1) : bytes.length
    const copy = isSegment && dice.chance(6)
    const target = copy ? name.replace(/\.log$/, ' (conflicted copy 2).log') : name
    if (copy && sizeIn(to, target) >= part) continue
    mkdirSync(dirname(join(to, target)), { recursive: true, mode: 0o700 })
    writeFileSync(join(to, target), bytes.subarray(0, part))
  }
}
