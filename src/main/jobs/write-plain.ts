import { release } from '../base/index.ts'
import type { Source, StagedFile } from '../files/index.ts'
import type { MessageReader } from '../message/index.ts'
import type { WorkerControl } from './control.ts'
import { CHUNK_BYTES } from './stage.ts'

/**
 * Writes the plain text to a file that has no name yet. Pieces that aren't verified at once (of blocks too
 * large for memory) go the same way: the name comes only after the reader has seen the end.
 *
 * @param ready bytes of the source's beginning that are in `input` already
 * @returns plain bytes
 */
export async function writePlain(
  source: Source,
  reader: MessageReader,
  file: StagedFile,
  input: Buffer,
  control: WorkerControl,
  ready = 0,
): Promise<number> {
  const size = source.facts.sizeBytes
  let offset = 0
  let plainBytes = 0
  while (offset < size) {
    control.check()
    const got =
      offset === 0 && ready > 0
        ? ready
        : source.read(input.subarray(0, Math.min(CHUNK_BYTES, size - offset)), offset)
    if (got === 0) break
    offset += got
    const before = plainBytes
    reader.feed(input.subarray(0, got), ({ bytes }) => {
      // Zeros are left out: the file is as sparse as its plain text is empty.
      if (!allZero(bytes)) file.write(bytes, plainBytes)
      plainBytes += bytes.length
      release(bytes)
    })
    control.progress(plainBytes - before)
    await file.writeBack()
  }
  reader.end()
  return plainBytes
}

const ZEROS = Buffer.alloc(4096)

function allZero(bytes: Uint8Array): boolean {
  if (bytes.length < ZEROS.length || bytes[0] !== 0) return false
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length)
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false
  }
  return true
}
