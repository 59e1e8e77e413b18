// `npm run bench [-- --only big|small|startup] [--rounds N] [--dir D] [--write]`
//
// Measures Strongroom beside its peers in one alternating run, both durable, and prints each ratio of medians
// beside its goal. `--write` puts the tables into docs/performance.md.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  age,
  cp,
  gocryptfs,
  makeKeys,
  ours,
  type Peer,
  type Place,
  rclone,
  restic,
  sevenZip,
  shell,
  tarAge,
} from './peers.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    dir: { type: 'string', default: join(import.meta.dirname, '../../.scratch/bench') },
    write: { type: 'boolean', default: false },
  },
})

type Way = 'in' | 'out'
type Goal = { readonly way: Way; readonly against: Peer; readonly most: number }
type Work = {
  readonly title: string
  readonly source: string
  readonly peers: readonly Peer[]
  readonly goals: readonly Goal[]
}
type Times = Map<Peer, Record<Way, number[]>>

const rounds = Number(values.rounds)
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN
const seconds = (list: readonly number[]): string =>
  `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`

function makeBig(path: string): void {
  const fd = openSync(path, 'w')
  for (let i = 0; i < 1024; i++) writeSync(fd, randomBytes(1024 * 1024))
  closeSync(fd)
}

function makeSmall(path: string): void {
  for (let i = 0; i < 10_000; i++) {
    const folder = join(path, `d${String(Math.floor(i / 100)).padStart(3, '0')}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `f${i}`), randomBytes(4096))
  }
}

/** Times one step; the source is in the page cache, nothing else is waiting to be written. */
function timed(words: string): number {
  shell('sync')
  const started = performance.now()
  shell(words)
  return (performance.now() - started) / 1000
}

function round(peer: Peer, source: string, times: Times): void {
  const base = join(values.dir, 'round')
  rmSync(base, { recursive: true, force: true })
  const place: Place = {
    source,
    sealed: join(base, 'sealed'),
    back: join(base, 'back'),
    keys: join(values.dir, 'keys'),
  }
  mkdirSync(place.sealed, { recursive: true })
  mkdirSync(place.back)
  try {
    peer.prepare?.(place)
    shell(`find ${source} -type f -exec cat {} + > /dev/null`)
    const all = times.get(peer) ?? { in: [], out: [] }
    all.in.push(timed(peer.in(place)))
    all.out.push(timed(peer.out(place)))
    times.set(peer, all)
    if (all.in.length === 1) shell(`diff -r ${source} ${peer.result(place)}`)
  } finally {
    peer.finish?.(place)
    rmSync(base, { recursive: true, force: true })
  }
}

function measure(work: Work): string {
  const usable = work.peers.filter((peer) => {
    const found = isHere(peer)
    if (!found) console.error(`${peer.name} is not here (apt-get install -y ${peer.package}): left out`)
    return found
  })
  const times: Times = new Map()
  for (let i = 0; i < rounds; i++) {
    for (const peer of usable.toSorted(() => Math.random() - 0.5)) round(peer, work.source, times)
    console.error(`${work.title}: round ${i + 1} of ${rounds}`)
  }
  return [work.title, '', table(times), '', goalTable(work.goals, times), ''].join('\n')
}

function isHere(peer: Peer): boolean {
  if (peer.package === undefined) return true
  const program = peer.package === 'p7zip-full' ? '7z' : peer.package
  const found = existsSync(`/usr/bin/${program}`)
  return peer === gocryptfs ? found && existsSync('/dev/fuse') : found
}

function table(times: Times): string {
  const us = times.get(ours) ?? { in: [], out: [] }
  const rows = [...times].map(([{ name }, own]) => {
    const ratio = (way: Way) => (median(us[way]) / median(own[way])).toFixed(2)
    return `| ${name} | ${seconds(own.in)} | ${ratio('in')} | ${seconds(own.out)} | ${ratio('out')} |`
  })
  return [
    '| | in, s: median (least–most) | ours ÷ it | out, s | ours ÷ it |',
    '|---|---|---|---|---|',
    ...rows.toSorted(),
  ].join('\n')
}

function goalTable(goals: readonly Goal[], times: Times): string {
  const us = times.get(ours) ?? { in: [], out: [] }
  const rows = goals.flatMap(({ way, against, most }) => {
    const peer = times.get(against)
    if (peer === undefined) return []
    const ratio = median(us[way]) / median(peer[way])
    return [
      `| ${way}, against ${against.name} | ≤ ${most} | ${ratio.toFixed(2)} | ${ratio <= most ? 'reached' : '**falls short**'} |`,
    ]
  })
  return ['| goal of SPEED.md | ratio | measured | |', '|---|---|---|---|', ...rows].join('\n')
}

function startup(): string {
  const sealed = join(values.dir, 'startup')
  rmSync(sealed, { recursive: true, force: true })
  mkdirSync(sealed, { recursive: true })
  writeFileSync(join(sealed, 'a'), 'a')
  shell(ours.in({ source: join(sealed, 'a'), sealed, back: '', keys: join(values.dir, 'keys') }))
  const node = join(import.meta.dirname, '../../node_modules/node/bin/node')
  const bundle = join(import.meta.dirname, '../../out/main/bin.js')
  const [empty, inspect]: [number[], number[]] = [[], []]
  for (let i = 0; i < 3 * rounds; i++) {
    empty.push(timed(`${node} -e 0`))
    inspect.push(timed(`${node} ${bundle} inspect ${sealed}/a.sealed`))
  }
  const ratio = median(inspect) / median(empty)
  return `Whole process\n\n\`strongroom inspect\` ${seconds(inspect)} s, \`node -e 0\` ${seconds(empty)} s: ratio ${ratio.toFixed(2)}, goal ≤ 1.5: ${ratio <= 1.5 ? 'reached' : '**falls short**'}.\n`
}

function facts(): string {
  const version = (words: string): string => {
    try {
      return shell(words).trim().split('\n')[0] ?? ''
    } catch {
      return 'not here'
    }
  }
  const rows = [
    ['Machine', `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['System', `Linux ${release()}; ${version(`df -T ${values.dir} | tail -1 | awk '{print $2" on "$1}'`)}`],
    ['Node', process.version],
    [
      'Peers',
      ['age --version', 'rclone version', 'restic version', 'gocryptfs -version', '7z i | head -2 | tail -1']
        .map(version)
        .join(' · '),
    ],
    [
      'Measured',
      `${new Date().toISOString().slice(0, 10)}, commit ${version('git rev-parse --short HEAD')}, ${rounds} rounds, load before: ${readFileSync('/proc/loadavg', 'utf8').slice(0, 14)}`,
    ],
  ]
  return rows.map(([name, value]) => `- ${name}: ${value}`).join('\n')
}

const HEAD = `# How fast it is

Made by \`npm run bench -- --write\`: every program seals and opens the same data, in one run, in random order each
round; a step ends when what it wrote is on the disk (a \`sync -f\` is counted in where a program doesn't sync itself).
Ours uses a raw key; a passphrase adds one Argon2 run (0.3–0.5 s, 256 MiB) a job. Believe the ratios, not the seconds:
the disk is virtual and shared.
`

mkdirSync(values.dir, { recursive: true })
makeKeys(join(values.dir, 'keys'), randomBytes(32))
const before = facts()
const big = join(values.dir, 'big')
const small = join(values.dir, 'small')
const wants = (part: string): boolean => values.only === undefined || values.only === part
if (wants('big') && !existsSync(big)) makeBig(big)
if (wants('small') && !existsSync(small)) makeSmall(small)
const works: readonly [string, () => string][] = [
  [
    'big',
    () =>
      measure({
        title: '## One file of 1 GiB',
        source: big,
        peers: [ours, cp, age, rclone, restic, sevenZip, gocryptfs],
        goals: [
          { way: 'in', against: cp, most: 1.3 },
          { way: 'in', against: age, most: 0.7 },
          { way: 'out', against: cp, most: 1.2 },
          { way: 'out', against: rclone, most: 0.6 },
          { way: 'out', against: age, most: 0.5 },
        ],
      }),
  ],
  [
    'small',
    () =>
      measure({
        title: '## 10,000 files of 4 KiB, a message each',
        source: small,
        peers: [ours, cp, rclone, restic, tarAge, gocryptfs],
        goals: [
          { way: 'in', against: rclone, most: 0.5 },
          { way: 'in', against: cp, most: 1.3 },
          { way: 'out', against: restic, most: 0.65 },
          { way: 'out', against: tarAge, most: 0.8 },
        ],
      }),
  ],
  ['startup', () => `## ${startup()}`],
]
const parts = works.filter(([part]) => wants(part)).map(([, run]) => run())
const report = [HEAD, before, '', ...parts].join('\n')
console.log(report)
if (values.write) writeFileSync(join(import.meta.dirname, '../../docs/performance.md'), report)
rmSync(join(values.dir, 'round'), { recursive: true, force: true })
