import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkFolder } from '../support/tree.ts'
import { FaultVault } from '../support/vault-faults.ts'
import { COMMANDS, type CutCommand } from './cut-commands.ts'
import { type FileSystem, LoopDisk } from './loop-disk.ts'

const FILES = 700
const BIG_FILES = 3
/** From a moment when the program is up to one when it is nearly done, or is. */
const CUT_MS = [150, 2_200] as const

export type CutFigures = { runs: number; acks: number; lost: string[] }

/**
 * Cuts the power of a disk under `seal`, `add` and `mv` (SECURITY F4), at random moments, and looks after each
 * cut whether all is there that was called done before it, and the vault is sound.
 *
 * @param untilMs by performance.now()
 * @param lying with a disk whose syncs do nothing: this must lose something
 */
export async function cutPower(
  fileSystem: FileSystem,
  untilMs: number,
  lying = false,
): Promise<ReadonlyMap<string, CutFigures>> {
  const figures = new Map(COMMANDS.map(({ name }) => [name, { runs: 0, acks: 0, lost: [] as string[] }]))
  using work = new WorkFolder()
  using disk = new LoopDisk(work.path, fileSystem)
  const bed = await FaultVault.filled(disk.path)
  for (let i = 0; i < FILES; i++) bed.source(`load/${i % 9}/file ${i}`, (i * 37) % 9_000)
  for (let i = 0; i < BIG_FILES; i++) bed.source(`load/big ${i}`, 3_000_000)
  disk.save()
  while (performance.now() < untilMs) {
    for (const command of COMMANDS) await cutOnce(command, bed, disk, lying, figures.get(command.name))
  }
  return figures
}

async function cutOnce(
  command: CutCommand,
  bed: FaultVault,
  disk: LoopDisk,
  lying: boolean,
  figures: CutFigures = { runs: 0, acks: 0, lost: [] },
): Promise<void> {
  using scratch = new WorkFolder()
  mkdirSync(scratch.at('run'))
  disk.reset()
  const underWay = command.start(bed, scratch.at('run'), lying)
  await sleep(randomInt(...CUT_MS))
  const acks = underWay.acks()
  disk.cutPower()
  await underWay.kill()
  disk.unmount()
  disk.mount()
  figures.runs++
  figures.acks += acks.length
  try {
    figures.lost.push(...(await command.lost(bed, scratch.at('run'), acks)))
  } catch (error) {
    figures.lost.push(error instanceof Error ? error.message : String(error))
  }
}
