import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { Temp } from './open-vault.ts'

const HEADER_BYTES = 68

/** SHA-256 of the last frame of a segment: its lengths are in clear (docs/format.md §4.2). */
export function lastFrameHash(segment: Buffer): Uint8Array {
  let [at, start] = [HEADER_BYTES, HEADER_BYTES]
  while (at < segment.length) {
    start = at
    at += 24 + segment.readUInt32BE(at)
  }
  return new Uint8Array(createHash('sha256').update(segment.subarray(start)).digest())
}

/** The folders that were made in `out`. */
export function treeFolders(folder: Temp): readonly string[] {
  const entries = readdirSync(folder.at('out'), { recursive: true, encoding: 'utf8', withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.at('out').length + 1))
}
