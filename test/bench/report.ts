import { readFileSync, writeFileSync } from 'node:fs'
import { type Figures, figuresOf } from './figures.ts'
import { GOALS, type Goal, STARTUP_GOAL, WORK_TITLES } from './goals.ts'
import { type Contender, type Direction, OURS } from './peers.ts'
import type { Measured } from './rounds.ts'
import type { Took } from './shell.ts'
import type { Startup } from './startup.ts'

type Row = { readonly name: string; readonly figures: Figures }

/** A table of one size and direction, ours first, then the fastest. */
export function workTable(measured: Measured, direction: Direction): string {
  const rows = rowsOf(measured.runs[direction])
  const goals = GOALS.filter((goal) => goal.size === measured.size && goal.direction === direction)
  const failed = [...measured.failed].map(([{ name }]) => `${name} could not be measured here.`)
  return section(WORK_TITLES[`${measured.size}-${direction}`], comparison(rows, OURS, goals), ...failed)
}

/** Whole processes. */
export function startupTable({ inspect, empty }: Startup): string {
  const rows = [
    { name: 'strongroom inspect', figures: figuresOf(inspect) },
    { name: 'node -e 0', figures: figuresOf(empty) },
  ]
  const goals = [{ peer: 'node -e 0', atMost: STARTUP_GOAL }]
  return section('A whole process', comparison(rows, 'strongroom inspect', goals))
}

/** Our own builds beside each other. */
export function slicesTable({ runs }: Measured): string {
  const tables = (['in', 'out'] as const).map((direction) =>
    section(
      `update() of whole frames beside slices, 1 GiB ${direction}`,
      comparison(rowsOf(runs[direction]), OURS, []),
    ),
  )
  return tables.join('\n')
}

export function factLines(facts: readonly (readonly [string, string])[]): string {
  return facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')
}

/** Replaces what the last bench of that part wrote in a document. What people wrote around it stays. */
export function writeInto(path: string, part: string, text: string): void {
  const [begin, end] = [
    `<!-- bench ${part}: written by npm run bench -- --write -->`,
    `<!-- end of ${part} -->`,
  ]
  const document = readFileSync(path, 'utf8')
  const [head, rest] = document.split(begin)
  const tail = rest?.split(end)[1] ?? '\n'
  writeFileSync(path, `${head?.trimEnd()}\n\n${begin}\n\n${text.trimEnd()}\n\n${end}${tail}`)
}

function rowsOf(runs: ReadonlyMap<Contender, readonly Took[]>): readonly Row[] {
  return [...runs]
    .map(([{ name }, took]) => ({ name, figures: figuresOf(took) }))
    .toSorted((a, b) => rank(a) - rank(b))
}

const rank = ({ name, figures }: Row): number => (name === OURS ? 0 : figures.medianSeconds)

/** How much of others' time ours takes, beside the goals. */
function comparison(
  rows: readonly Row[],
  ours: string,
  goals: readonly Pick<Goal, 'peer' | 'atMost'>[],
): string {
  const us = rows.find(({ name }) => name === ours)?.figures.medianSeconds ?? Number.NaN
  const lines = rows.map(({ name, figures: { medianSeconds, leastSeconds, cpuSeconds } }) => {
    const ratio = us / medianSeconds
    const goal = goals.find(({ peer }) => peer === name)
    const times = name === ours ? '' : `${ratio.toFixed(2)} ×`
    const verdict = goal === undefined ? '' : ratio <= goal.atMost ? 'reached' : '**falls short**'
    const cells = [name.replace('|', '\\|'), secondsText(medianSeconds), secondsText(leastSeconds)]
    const wanted = goal === undefined ? '' : `≤ ${goal.atMost} ×`
    return `| ${[...cells, secondsText(cpuSeconds), times, wanted, verdict].join(' | ')} |`
  })
  return [
    '| | median s | least s | CPU s | ours ÷ it | goal | |',
    '|---|--:|--:|--:|--:|--:|---|',
    ...lines,
  ].join('\n')
}

const secondsText = (seconds: number): string => seconds.toFixed(seconds < 0.5 ? 3 : 2)

const section = (title: string, ...paragraphs: readonly string[]): string =>
  [`### ${title}`, ...paragraphs].join('\n\n').concat('\n')
