// `npm run bench`: Strongroom beside its peers, on this machine, now. --help says how.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeData } from './data.ts'
import { loadText, machineFacts } from './machine.ts'
import {
  BUNDLE,
  type Contender,
  MAKE_KEYS,
  PACKAGES,
  PEERS,
  type Size,
  strongroom,
  VARIABLES,
} from './peers.ts'
import { factLines, slicesTable, startupTable, workTable, writeInto } from './report.ts'
import { type Bench, measure } from './rounds.ts'
import { Shell } from './shell.ts'
import { slicedBuilds } from './slices.ts'
import { measureStartup } from './startup.ts'

const HELP = `npm run bench -- [options]

Measures 1 GiB and 10,000 × 4 KiB, in and out, durable, beside what else is on this machine, in random order each
round; prints medians and their ratios beside the goals. About 20 minutes and 16 GiB of disk.

  --install           first install the peers from Debian (root)
  --only PART         big, small, startup or slices; may be given again. Default: all but slices
  --rounds N          7
  --peers A,B         only these peers, by the first letters of their names
  --also NAME=BIN.js  another build of Strongroom beside this one; may be given again
  --dir FOLDER        on the disk to measure, not tmpfs. Default: .scratch/bench, removed at the end
  --quiet SECONDS     wait that long at most, before each run, for others to leave the machine alone. Default: 0
  --write             write the tables into docs/performance.md, those of parts not measured now stay; needs all peers`

const PARTS = ['big', 'small', 'startup', 'slices'] as const
type Part = (typeof PARTS)[number]
const DEFAULT_PARTS: readonly Part[] = ['big', 'small', 'startup']
const SLICES_KIB = [16, 64, 128]
const DOCUMENT = join(import.meta.dirname, '../../docs/performance.md')

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '7' },
    peers: { type: 'string' },
    also: { type: 'string', multiple: true, default: [] },
    dir: { type: 'string', default: join(import.meta.dirname, '../../.scratch') },
    quiet: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const parts = partsOf(values.only)
  const rounds = positive(values.rounds, '--rounds')
  if (values.write && values.peers !== undefined) usage('--write needs all peers.')
  if (!existsSync(BUNDLE)) usage('It is not built yet: npm run build.')
  if (values.install) install()
  const folder = join(resolve(values.dir), 'bench')
  const shell = new Shell(folder, VARIABLES)
  const bench: Bench = {
    shell,
    rounds,
    quietMs: 1000 * Number(values.quiet),
    say: (text) => console.error(text),
  }
  clean(folder)
  mkdirSync(folder, { recursive: true })
  try {
    shell.run(MAKE_KEYS)
    for (const part of PARTS.filter((one) => parts.includes(one))) {
      const text = await measurePart(bench, part)
      console.log(`${text}\n`)
      if (values.write) writeInto(DOCUMENT, part, text)
    }
  } finally {
    clean(folder)
  }
}

async function measurePart(bench: Bench, part: Part): Promise<string> {
  const ours = [strongroom(), ...values.also.map(otherBuild)]
  const able = part === 'startup' ? [] : PEERS.filter(({ works }) => works[sizeOf(part)] !== undefined)
  const peers = part === 'slices' ? [] : able.filter(wanted).filter((peer) => isHere(peer, bench))
  const facts = machineFacts(bench.shell, [...ours.slice(0, 1), ...peers])
  const loadBefore = loadText()
  const { tables, disturbed } = part === 'startup' ? startup(bench) : await work(bench, part, ours, peers)
  const when = new Date().toISOString().slice(0, 10)
  const load = `${when}, ${bench.rounds} rounds; load ${loadBefore} before, ${loadText()} after`
  const quiet = bench.quietMs > 0 && part !== 'startup' ? `; ${disturbed} runs began on a busy machine` : ''
  return [factLines([...facts, ['Measured', load + quiet]]), ...tables].join('\n\n')
}

type Tables = { readonly tables: readonly string[]; readonly disturbed: number }

const startup = (bench: Bench): Tables => ({
  tables: [startupTable(measureStartup(bench, BUNDLE))],
  disturbed: 0,
})

const sizeOf = (part: Exclude<Part, 'startup'>): Size => (part === 'slices' ? 'big' : part)

async function work(
  bench: Bench,
  part: Exclude<Part, 'startup'>,
  ours: readonly Contender[],
  peers: readonly Contender[],
): Promise<Tables> {
  const size = sizeOf(part)
  makeData(bench.shell.folder, size)
  const builds =
    part === 'slices' ? [strongroom(), ...(await slicedBuilds(bench.shell.folder, SLICES_KIB))] : ours
  const measured = measure(bench, size, [...builds, ...peers], new Set(builds.map(({ name }) => name)))
  bench.shell.run(`rm -rf in/${size}; sync`)
  const tables =
    part === 'slices' ? [slicesTable(measured)] : [workTable(measured, 'in'), workTable(measured, 'out')]
  return { tables, disturbed: measured.disturbed }
}

function partsOf(only: readonly string[] | undefined): readonly Part[] {
  if (only === undefined) return DEFAULT_PARTS
  return only.map((name) => PARTS.find((part) => part === name) ?? usage(`There is no part ${name}.`))
}

function otherBuild(text: string): Contender {
  const at = text.indexOf('=')
  if (at <= 0) usage('--also takes NAME=BIN.js.')
  return strongroom(text.slice(0, at), resolve(text.slice(at + 1)))
}

function wanted({ name }: Contender): boolean {
  if (values.peers === undefined) return true
  return values.peers.split(',').some((start) => start !== '' && name.startsWith(start))
}

function isHere({ name, needs }: Contender, { say }: Bench): boolean {
  const missing = needs.find((need) => !existsSync(need) && !isProgram(need))
  if (missing !== undefined) say(`${name} is left out: there is no ${missing} (--install brings it)`)
  return missing === undefined
}

const isProgram = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const command = ['install', '-y', '--no-install-recommends', ...PACKAGES]
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'inherit' })
  const { status } = spawnSync('apt-get', command, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) usage(`That failed. Run it by hand: sudo apt-get ${command.join(' ')}`)
}

/** Also what a run that was killed left, a mount too. */
function clean(folder: string): void {
  if (existsSync(join(folder, 'mnt')))
    spawnSync('fusermount', ['-u', join(folder, 'mnt')], { stdio: 'ignore' })
  rmSync(folder, { recursive: true, force: true })
}

function positive(text: string, option: string): number {
  const number = Number(text)
  return Number.isInteger(number) && number > 0 ? number : usage(`${option} takes a whole number from 1.`)
}

function usage(text: string): never {
  console.error(`${text}\n\n${HELP}`)
  process.exit(2)
}

if (values.help) console.log(HELP)
else await main()
