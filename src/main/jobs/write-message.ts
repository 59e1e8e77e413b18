import { failChanged, type Source, type StagedFile } from '../files/index.ts'
import { type MessageWriter, WRITTEN_FRAME_LENGTH } from '../message/index.ts'
import type { WorkerControl } from './control.ts'
import { CHUNK_BYTES } from './stage.ts'

/** A worker's buffers, used for one file after the other. */
export type WriteBuffers = { readonly input: Buffer; readonly output: Buffer }

const FRAMES_PER_CHUNK = CHUNK_BYTES / WRITTEN_FRAME_LENGTH
const FRAME_OVERHEAD_BYTES = 40
/** Headers of ordinary size are written together with the first frames. */
const HEADER_ROOM_BYTES = 4096

export function writeBuffers(): WriteBuffers {
  return {
    input: Buffer.alloc(CHUNK_BYTES),
    output: Buffer.alloc(CHUNK_BYTES + FRAMES_PER_CHUNK * FRAME_OVERHEAD_BYTES + HEADER_ROOM_BYTES),
  }
}

/**
 * Reads a source, seals it and writes the message to a file that has no name yet.
 *
 * @param onBytes told of the message's bytes in order, for a hash of them; they aren't kept
 * @returns bytes of the message
 * @throws SOURCE_CHANGED it ends before its size
 */
export async function writeMessage(
  source: Source,
  writer: MessageWriter,
  file: StagedFile,
  buffers: WriteBuffers,
  control: WorkerControl,
  onBytes: (bytes: Uint8Array) => void = () => {},
): Promise<number> {
  const { input, output } = buffers
  const { frameLength } = writer
  const size = source.facts.sizeBytes
  let written = 0
  let filled = 0
  if (writer.header.length <= HEADER_ROOM_BYTES) {
    output.set(writer.header)
    filled = writer.header.length
  } else {
    onBytes(writer.header)
    file.write(writer.header, 0)
    written = writer.header.length
  }
  let offset = 0
  do {
    control.check()
    const chunk = input.subarray(0, Math.min(CHUNK_BYTES, size - offset))
    if (source.read(chunk, offset) < chunk.length) failChanged(source.path)
    const last = offset + chunk.length >= size
    let at = 0
    while (chunk.length - at > frameLength || (!last && at < chunk.length)) {
      filled = writer.frame(chunk.subarray(at, at + frameLength), output, filled)
      at += frameLength
    }
    if (last) filled = writer.finish(chunk.subarray(at), output, filled)
    const bytes = output.subarray(0, filled)
    onBytes(bytes)
    file.write(bytes, written)
    written += filled
    filled = 0
    offset += chunk.length
    control.progress(chunk.length)
    await file.writeBack()
  } while (offset < size)
  return written
}
