import { expect } from 'vitest'
import type { JsonLine } from './cli.ts'
import { callsOf, type LoggedCall, readLog } from './faults.ts'
import type { FaultEnd } from './faults-command.ts'
import { untrueAcks } from './faults-durability.ts'
import type { FaultVault, VaultFault, Words } from './vault-faults.ts'
import { type View, viewDifferences } from './vault-faults-view.ts'

/** All calls are tried by `npm run soak`; `npm test` leaves out most of those to the databases. */
export const IN_SOAK = process.env.STRONGROOM_SOAK === '1'
const STATE_STRIDE = IN_SOAK ? 1 : 11

/** A command as it is killed and run again. */
export type Scenario = {
  readonly name: string
  readonly words: Words
  /** How it ends when all of it was done before. */
  readonly doneBefore: number
  /** Done as a whole or not at all; else file by file, as its lines say. */
  readonly atomic: boolean
}

/** A call at which it is killed, and what it is, for the test's title. */
export type KillPoint = { readonly at: number; readonly words: string; readonly call: LoggedCall }

/** What a scenario goes from and to, and all its calls. */
export type Ground = { readonly before: View; readonly after: View; readonly points: readonly KillPoint[] }

/** Runs a scenario without any fault, from what was saved. */
export async function groundOf(vault: FaultVault, { name, words }: Scenario): Promise<Ground> {
  vault.reset()
  const before = await vault.view()
  const { code, log, out, err } = await vault.run(words)
  if (code !== 0) throw new Error(`${name} ended with ${code} without any fault: ${out}${err}`)
  const after = await vault.view()
  const calls = callsOf(readLog(log))
  return { before, after, points: calls.map((call) => ({ at: call.n, words: wordsOf(call, vault), call })) }
}

/** Those at which a kill is tried here: all calls to the vault, and some of those to the state folder. */
export function chosen(vault: FaultVault, points: readonly KillPoint[]): readonly KillPoint[] {
  const isState = ({ call }: KillPoint) => call.path.startsWith(vault.state)
  const state = points.filter(isState).filter((_, i) => i % STATE_STRIDE === 0)
  return points.filter((point) => !isState(point) || state.includes(point))
}

/**
 * Runs a scenario under a fault, looks at what is there, and runs it again to its end.
 *
 * @param ends how it may end under the fault
 */
export async function faultAndAgain(
  vault: FaultVault,
  scenario: Scenario,
  { before, after }: Ground,
  fault: VaultFault,
): Promise<{ readonly end: FaultEnd; readonly again: View }> {
  const { words, doneBefore, atomic } = scenario
  vault.reset()
  const end = await vault.run(words, fault)
  // A stranger's eyes: they leave this device as the fault left it.
  const found = await vault.viewOfStranger()
  const lost = atomic ? lostAsWhole(before, after, found, end) : lostByFile(before, after, found, end)
  expect(lost).toEqual([])

  const again = await vault.run(words)
  const isDone = viewDifferences(after, found).length === 0
  expect([again.code, again.err]).toEqual([isDone ? doneBefore : 0, ''])
  const final = await vault.view()
  expect(viewDifferences(after, final)).toEqual([])
  expect(viewDifferences(after, await vault.viewOfStranger())).toEqual([])
  // A log of some calls alone tells nothing of the others.
  const isLogged = fault.calls === undefined && fault.only === undefined
  expect(untrueAcks(isLogged ? [end, again] : [again], targetsIn(final))).toEqual([])
  return { end, again: final }
}

/** All or nothing: what was before or after; after, once it was said. */
function lostAsWhole(before: View, after: View, found: View, end: FaultEnd): readonly string[] {
  const missing = viewDifferences(after, found)
  const isSaid = end.code === 0 || end.lines.some(({ type }) => type === 'result')
  if (isSaid || viewDifferences(before, found).length > 0) return missing
  return []
}

/** Nothing of before is lost, nothing is half-made, and what was called done is there. */
function lostByFile(before: View, after: View, found: View, end: FaultEnd): readonly string[] {
  const wrong: string[] = []
  for (const [path, facts] of found.items) {
    if (facts === before.items.get(path) || facts === after.items.get(path)) continue
    wrong.push(`${path} is half-made: ${facts}`)
  }
  for (const path of before.items.keys()) if (!found.items.has(path)) wrong.push(`${path} is gone`)
  for (const { type, status, target = '' } of end.lines) {
    if (type !== 'file' || status !== 'done') continue
    if (after.items.get(target) !== found.items.get(target)) wrong.push(`${target} was called done and isn't`)
  }
  return wrong
}

/** What a line of `--json` promises to outlive a power cut. */
export function targetsIn({ messages, journal: all, notes }: View): (line: JsonLine) => readonly string[] {
  // What nobody ever read of a segment that was cut off promises nothing.
  const journal = all.filter((path) => !notes.some((note) => path.endsWith(note.split(' ')[1] ?? path)))
  return ({ type, status, target }) => {
    const message = type === 'file' && status === 'done' ? messages.get(target ?? '') : undefined
    if (message !== undefined) return [message, ...journal]
    return type === 'result' ? [...messages.values(), ...journal] : []
  }
}

export function wordsOf({ call, path, second }: LoggedCall, vault: FaultVault): string {
  const short = (full: string) =>
    full
      .slice(vault.folder.length + 1)
      .replace(/[0-9a-f]{32}/g, (id) => `${id.slice(0, 4)}…`)
      .replace(/vaults\/.*\//, '')
  return [call, short(path), ...(second === undefined ? [] : ['→', short(second)])].join(' ')
}
