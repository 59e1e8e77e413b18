import { randomBytes, randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Size } from './peers.ts'

const MIB = 1024 * 1024
const BIG_MIB = 1024
const SMALL_FOLDERS = 100
const FILES_PER_FOLDER = 100
const SMALL_BYTES = 4096
/** Everybody's sealed form of the big file stays for the way out. */
const NEEDED_MIB = 16 * BIG_MIB

/** Makes in/big or in/small: random bytes, since some peers compress. @throws the disk has no room for the bench */
export function makeData(folder: string, size: Size): void {
  const { bavail, bsize } = statfsSync(folder)
  const freeMib = (bavail * bsize) / MIB
  if (freeMib < NEEDED_MIB)
    throw new Error(`${folder} has ${Math.floor(freeMib)} MiB left; ${NEEDED_MIB} are needed`)
  mkdirSync(join(folder, 'in'), { recursive: true })
  if (size === 'big') makeBig(join(folder, 'in/big'))
  else makeSmall(join(folder, 'in/small'))
}

function makeBig(path: string): void {
  const fd = openSync(path, 'wx')
  const block = Buffer.alloc(MIB)
  for (let i = 0; i < BIG_MIB; i++) writeSync(fd, randomFillSync(block))
  closeSync(fd)
}

function makeSmall(path: string): void {
  for (let folder = 0; folder < SMALL_FOLDERS; folder++) {
    const at = join(path, `folder ${folder}`)
    mkdirSync(at, { recursive: true })
    for (let file = 0; file < FILES_PER_FOLDER; file++)
      writeFileSync(join(at, `file ${file}.bin`), randomBytes(SMALL_BYTES))
  }
}
