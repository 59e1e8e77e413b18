// `npm run soak`: what takes too long for `npm test`. Every kill point there is, and power cuts with their numbers.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { IS_ROOT } from '../support/process.ts'
import type { FileSystem } from './loop-disk.ts'
import { type CutFigures, cutPower } from './power-cuts.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    only: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes takes a number above 0.')

let failed = 0

/** Kills at every call, none left out. */
function kills(): void {
  console.log('── kills at every call')
  const env = { ...process.env, STRONGROOM_SOAK: '1' }
  const { status } = spawnSync('vitest', ['run', 'test/crash/'], { stdio: 'inherit', env })
  if (status !== 0) failed++
}

async function powerCuts(): Promise<void> {
  if (!IS_ROOT) {
    console.log('── power cuts: SKIPPED, they need root to mount disks')
    return
  }
  const systems = (['ext4', 'xfs'] as const).filter(isThere)
  for (const system of systems) {
    console.log(`── power cuts on ${system}`)
    const untilMs = performance.now() + (minutes * 60_000) / systems.length
    for (const [name, figures] of await cutPower(system, untilMs)) report(name, figures)
  }
  console.log('── power cuts on ext4 with syncs that do nothing: losses must be seen')
  for (const [name, { runs, lost }] of await cutPower('ext4', performance.now() + 10_000, true)) {
    console.log(`${name}: ${lost.length} losses in ${runs} runs`)
    if (lost.length === 0) failed++
  }
}

function report(name: string, { runs, acks, lost }: CutFigures): void {
  console.log(`${name}: ${runs} power cuts, ${acks} acknowledged, ${lost.length} lost`)
  for (const line of lost.slice(0, 20)) console.log(`  ${line}`)
  if (lost.length > 0 || acks === 0) failed++
}

function isThere(system: FileSystem): boolean {
  const found = spawnSync(`mkfs.${system}`, ['-V']).error === undefined
  if (!found) console.log(`── power cuts on ${system}: SKIPPED, mkfs.${system} is not installed`)
  return found
}

if (values.only !== 'cuts') kills()
if (values.only !== 'kills') await powerCuts()
console.log(failed === 0 ? 'soak passed' : `soak FAILED: ${failed}`)
process.exit(failed === 0 ? 0 : 1)
