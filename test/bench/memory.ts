// `npm run bench:memory`: the peak memory (VmHWM, and of it RssAnon) of `strongroom seal` and `unseal` with a raw
// key: one file of 256 MiB and of 4 GiB, and 10,000 files of 4 KiB. Goals: the two within 10 %, the small ones under
// 150 MiB.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { BUNDLE, NODE } from './peers.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIR = join(ROOT, '.scratch/memory')
const KEY = ['--raw-aes-key-file', `${DIR}/key`, '--key-namespace', 'n', '--key-name', 'k']
const MIB = 1024 * 1024

/** A file of random bytes; its second half is a hole, so that both kinds of content pass through. */
function makeFile(path: string, mebibytes: number): void {
  const fd = openSync(path, 'w')
  const block = randomBytes(MIB)
  for (let i = 0; i < mebibytes / 2; i++) writeSync(fd, block)
  ftruncateSync(fd, mebibytes * MIB)
  closeSync(fd)
}

/** Peaks in MiB: of all memory, and of what the process itself asked for, without the program's own pages. */
type Peak = { readonly all: number; readonly own: number }

const SAMPLE_MS = 10

/** Runs the command to its end. @throws it fails */
async function peak(...words: readonly string[]): Promise<Peak> {
  const env = { ...process.env, UV_THREADPOOL_SIZE: '16' }
  const child = spawn(NODE, [BUNDLE, ...words, ...KEY], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  let most: Peak = { all: 0, own: 0 }
  const timer = setInterval(() => {
    const { all, own } = memoryOf(child.pid)
    most = { all: Math.max(most.all, all), own: Math.max(most.own, own) }
  }, SAMPLE_MS)
  const [code] = await ended
  clearInterval(timer)
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
  return most
}

/** What the kernel counts: VmHWM is a peak by itself, RssAnon is not. */
function memoryOf(pid: number | undefined): Peak {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mib = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0) / 1024
    return { all: mib('VmHWM'), own: mib('RssAnon') }
  } catch {
    // It has just ended.
    return { all: 0, own: 0 }
  }
}

async function both(name: string): Promise<Record<'seal' | 'unseal', Peak>> {
  rmSync(`${DIR}/sealed`, { recursive: true, force: true })
  rmSync(`${DIR}/back`, { recursive: true, force: true })
  const seal = await peak('seal', `${DIR}/${name}`, '--to', `${DIR}/sealed`)
  const [sealed] = readdirSync(`${DIR}/sealed`)
  const unseal = await peak('unseal', `${DIR}/sealed/${sealed}`, '--to', `${DIR}/back`)
  for (const [way, { all, own }] of Object.entries({ seal, unseal }))
    console.log(`${name}: ${way} ${all.toFixed(0)} MiB, of it asked for ${own.toFixed(0)} MiB`)
  return { seal, unseal }
}

rmSync(DIR, { recursive: true, force: true })
mkdirSync(DIR, { recursive: true })
writeFileSync(`${DIR}/key`, randomBytes(32))
makeFile(`${DIR}/m256`, 256)
makeFile(`${DIR}/m4096`, 4096)
for (let i = 0; i < 10_000; i++) {
  const folder = `${DIR}/small/d${Math.floor(i / 100)}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/f${i}`, randomBytes(4096))
}
const quarter = await both('m256')
const four = await both('m4096')
const small = await both('small')
const verdict = (reached: boolean): string => (reached ? 'reached' : 'falls short')
for (const way of ['seal', 'unseal'] as const) {
  const ratio = four[way].all / quarter[way].all
  const own = four[way].own / quarter[way].own
  const smallMib = small[way].all
  console.log(
    `${way}: 4 GiB ÷ 256 MiB = ${ratio.toFixed(3)} (goal ≤ 1.10): ${verdict(ratio <= 1.1)}; asked for: ${own.toFixed(3)}`,
  )
  console.log(
    `${way}: 10,000 small files ${smallMib.toFixed(0)} MiB (goal ≤ 150): ${verdict(smallMib <= 150)}`,
  )
}
rmSync(DIR, { recursive: true, force: true })
