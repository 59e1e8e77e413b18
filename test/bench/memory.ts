// `npm run bench:memory`: the peak memory (VmHWM) of `strongroom seal` and `unseal` with a raw key: one file of
// 256 MiB and of 4 GiB, and 10,000 files of 4 KiB. Goals: the two within 10 %, the small ones under 150 MiB.
import { randomBytes } from 'node:crypto'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { shell } from './peers.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIR = join(ROOT, '.scratch/memory')
const RUN = `${join(ROOT, 'node_modules/node/bin/node')} ${join(ROOT, 'out/main/bin.js')}`
const KEY = `--raw-aes-key-file ${DIR}/key --key-namespace n --key-name k`
const MIB = 1024 * 1024

/** A file of random bytes; its second half is a hole, so that both kinds of content pass through. */
function makeFile(path: string, mebibytes: number): void {
  const fd = openSync(path, 'w')
  const block = randomBytes(MIB)
  for (let i = 0; i < mebibytes / 2; i++) writeSync(fd, block)
  ftruncateSync(fd, mebibytes * MIB)
  closeSync(fd)
}

/** @returns the peak in MiB */
function peak(words: string): number {
  const out = shell(`/usr/bin/time -f 'peak %M' ${words} 2>&1`)
  return Number(/peak (\d+)/.exec(out)?.[1]) / 1024
}

function both(name: string): { readonly seal: number; readonly unseal: number } {
  shell(`rm -rf ${DIR}/sealed ${DIR}/back`)
  const seal = peak(`${RUN} seal ${DIR}/${name} --to ${DIR}/sealed ${KEY}`)
  const unseal = peak(`${RUN} unseal ${DIR}/sealed/${name}* --to ${DIR}/back ${KEY}`)
  console.log(`${name}: seal ${seal.toFixed(0)} MiB, unseal ${unseal.toFixed(0)} MiB`)
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
const quarter = both('m256')
const four = both('m4096')
const small = both('small')
for (const way of ['seal', 'unseal'] as const) {
  const ratio = four[way] / quarter[way]
  console.log(
    `${way}: 4 GiB ÷ 256 MiB = ${ratio.toFixed(3)} (goal ≤ 1.10): ${ratio <= 1.1 ? 'reached' : 'falls short'}`,
  )
  console.log(
    `${way}: 10,000 small files ${small[way].toFixed(0)} MiB (goal ≤ 150): ${small[way] <= 150 ? 'reached' : 'falls short'}`,
  )
}
rmSync(DIR, { recursive: true, force: true })
