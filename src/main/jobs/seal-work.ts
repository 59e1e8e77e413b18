import { hex, randomBytes } from '../base/index.ts'
import { failChanged, Source, StagedFile } from '../files/index.ts'
import {
  type Context,
  MessageWriter,
  type RawAesKey,
  WRITTEN_FRAME_LENGTH,
  wrapRawAes,
} from '../message/index.ts'
import type { WorkerControl } from './control.ts'
import { chooseName } from './existing.ts'
import { NAME_KEY, SEALED_SUFFIX, sealedNameOf } from './sealed-name.ts'
import { CHUNK_BYTES, demandSpace, mayBeDone, notAFile, type Stage, type Staged } from './stage.ts'

/** The context key of a sealed file's random id (docs/format.md §2.2). */
const SEAL_KEY = 'strongroom-seal'
const FRAMES_PER_CHUNK = CHUNK_BYTES / WRITTEN_FRAME_LENGTH
const FRAME_OVERHEAD_BYTES = 40

/** Seals files under one raw AES key: `<name>` to `<name>.sealed`, with the source's time and mode. */
export function sealStage(key: RawAesKey, jobContext: Context): Stage {
  const input = Buffer.alloc(CHUNK_BYTES)
  // Room for a chunk's frames and, in front of the first, a header of ordinary size.
  const output = Buffer.alloc(CHUNK_BYTES + FRAMES_PER_CHUNK * FRAME_OVERHEAD_BYTES + 4096)
  return async (task, folder, control) => {
    const source = Source.open(task.source)
    if (typeof source === 'string') return notAFile(task, source)
    using _ = source
    const { name, shortened } = sealedNameOf(task.name)
    const base = name.slice(0, -SEALED_SUFFIX.length)
    const { sizeBytes, mtimeMs, mode } = source.facts
    const expected = mayBeDone(task) ? { plainBytes: sizeBytes, mtimeMs, sealed: true } : undefined
    const choice = chooseName(folder, base, SEALED_SUFFIX, task.exists, expected)
    if (choice.kind === 'done') return { id: task.id, status: 'skipped', code: 'DONE', target: choice.name }
    demandSpace(folder, sizeBytes)
    const context = new Map([...jobContext, [SEAL_KEY, hex(randomBytes(16))]])
    if (shortened) context.set(NAME_KEY, task.name)
    const writer = new MessageWriter({
      context,
      wrap: (dataKey, whole) => [wrapRawAes(key, dataKey, whole)],
    })
    const file = StagedFile.create(folder)
    try {
      const written = await writeMessage(source, writer, file, { input, output }, control)
      source.demandUnchanged()
      file.complete({ sizeBytes: written, mtimeMs, mode })
      return {
        task,
        file,
        base,
        suffix: SEALED_SUFFIX,
        name: choice.name,
        plainBytes: sizeBytes,
      } satisfies Staged
    } catch (error) {
      file.close()
      throw error
    }
  }
}

/** @returns bytes of the message */
async function writeMessage(
  source: Source,
  writer: MessageWriter,
  file: StagedFile,
  buffers: { readonly input: Buffer; readonly output: Buffer },
  control: WorkerControl,
): Promise<number> {
  const { input, output } = buffers
  const { frameLength } = writer
  const size = source.facts.sizeBytes
  let written = 0
  let filled = 0
  if (writer.header.length <= 4096) {
    output.set(writer.header)
    filled = writer.header.length
  } else {
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
    file.write(output.subarray(0, filled), written)
    written += filled
    filled = 0
    offset += chunk.length
    control.progress(chunk.length)
    await file.writeBack()
  } while (offset < size)
  return written
}
