import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Frames } from './bars-frames.ts'
import { type HostBars, hostBars } from './bars-host.ts'
import { type PageBars, pageBars } from './bars-page.ts'

/**
 * The window's bars (UI, "Bars"), beside an empty page in the same run. Takes some two minutes; the machine should be
 * idle. Needs a build (`npm run build`).
 *
 *     npm run bench:window [-- --write] [-- --large VAULT --state FOLDER --code FILE] [-- --only page|host]
 *
 * `--large` is a vault as test/bench/vault-bench.ts makes them, whose recovery code is in a file. `--write` puts the
 * figures into docs/performance.md.
 */
const { values } = parseArgs({
  options: {
    write: { type: 'boolean' },
    only: { type: 'string' },
    large: { type: 'string' },
    state: { type: 'string' },
    code: { type: 'string' },
  },
})
const { large, state, code } = values
const largeVault =
  large && state && code ? { path: resolve(large), state: resolve(state), code: resolve(code) } : undefined
const DOC = join(import.meta.dirname, '../../docs/performance.md')
const [BEGIN, END] = [
  '<!-- bench window: written by npm run bench:window -- --write -->',
  '<!-- end of window -->',
]

const loadBefore = loadText()
const page = values.only === 'host' ? undefined : await pageBars()
const host = values.only === 'page' ? undefined : await hostBars(largeVault)
const text = report(page, host)
console.log(text)
if (values.write) {
  const before = readFileSync(DOC, 'utf8')
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)]
  if (from < 0 || to < 0) throw new Error(`${DOC} has no place for them`)
  writeFileSync(DOC, `${before.slice(0, from + BEGIN.length)}\n\n${text}\n${before.slice(to)}`)
}

function report(page: PageBars | undefined, host: HostBars | undefined): string {
  const facts = [
    `- Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, no graphics processor: Chromium draws by itself`,
    `- System: Linux ${release()}, Node ${process.version}; load ${loadBefore} at the start, ${loadText()} at the end`,
    `- Measured: ${new Date().toISOString().slice(0, 10)}`,
  ]
  return [facts.join('\n'), ...(page ? [pageText(page)] : []), ...(host ? [hostText(host)] : [])].join('\n\n')
}

function pageText({ frames, answers }: PageBars): string {
  return [
    '### The page alone, main answering at once',
    framesTable(frames, frames.get('an empty page')),
    answersTable(answers),
  ].join('\n\n')
}

function hostText({ where, firstPaint, frames, answers, addSeconds }: HostBars): string {
  const [first, ...later] = firstPaint.map((ms) => ms / 1000)
  return [
    `### The whole program, in ${where}`,
    framesTable(frames, frames.get('a vault at rest')),
    `10,000 files of 4 KiB went in in ${addSeconds.toFixed(1)} s. From the start of the program to the first paint of its window: ${first?.toFixed(2)} s the first time, then ${later.map((s) => s.toFixed(2)).join(', ')} s.`,
    answersTable(answers),
  ].join('\n\n')
}

function framesTable(frames: ReadonlyMap<string, Frames>, base: Frames | undefined): string {
  const rows = [...frames].map(([name, of]) => {
    const share = base ? (of.perSecond / base.perSecond).toFixed(3) : ''
    const late = `${((of.late / of.frames) * 100).toFixed(1)} %`
    const numbers = [of.perSecond, of.median, of.p95, of.longest].map((number) => number.toFixed(1))
    return `| ${[name, share, ...numbers, late, of.over50, of.work.toFixed(1), of.script.toFixed(1)].join(' | ')} |`
  })
  return [
    '| | of its frames | frames/s | median ms | 95 % ms | longest ms | late | over 50 ms | work ms a frame | of it scripts |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n')
}

function answersTable(answers: ReadonlyMap<string, readonly number[]>): string {
  const rows = [...answers].map(([name, times]) => {
    const sorted = times.toSorted((a, b) => a - b)
    const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
    return `| ${name} | ${middle.toFixed(0)} | ${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)} | ${times.length} |`
  })
  return [
    '| from the press to its frame | median ms | from, to | times |',
    '|---|--:|--:|--:|',
    ...rows,
  ].join('\n')
}

function loadText(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')
}
