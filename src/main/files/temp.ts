import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'
import { hex, randomBytes } from '../base/index.ts'
import type { Folder } from './folder.ts'

/**
 * Temporary names: `.strongroom-<machine>-<process>.<thread>-<random>.tmp`. They say who made them, so that
 * the next job in a folder can remove what a killed process or a crashed thread left there, and never what a
 * running one needs.
 */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const PATTERN = /^\.strongroom-([0-9a-f]{8})-([0-9]+)\.([0-9]+)-[0-9a-f]{16}\.tmp$/

export function temporaryName(): string {
  return `.strongroom-${MACHINE}-${process.pid}.${threadId}-${hex(randomBytes(8))}.tmp`
}

/** Whether an entry is a temporary one of Strongroom's, of any machine: never sealed, never opened. */
export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name)
}

/**
 * Removes what dead processes of this machine left in `folder`, and what `deadThread` of this process did.
 * What can't be removed is left.
 */
export function removeStaleTemporaries(folder: Folder, deadThread?: number): void {
  for (const name of listNames(folder)) {
    const [, machine, pid, thread] = PATTERN.exec(name) ?? []
    if (machine !== MACHINE || pid === undefined) continue
    const dead = Number(pid) === process.pid ? Number(thread) === deadThread : !isRunning(Number(pid))
    if (!dead) continue
    try {
      const path = folder.at(name)
      if (lstatSync(path).isDirectory()) rmdirSync(path)
      else unlinkSync(path)
    } catch {
      // Another job was faster, or it isn't ours to remove: harmless where it is.
    }
  }
}

function listNames(folder: Folder): readonly string[] {
  try {
    return readdirSync(folder.at('.'))
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
