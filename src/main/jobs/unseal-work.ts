import { fail } from '../base/index.ts'
import { Source, StagedFile, safeName } from '../files/index.ts'
import { type Context, MessageReader, parseHeader, type RawAesKey, unwrapByRawAes } from '../message/index.ts'
import type { WorkerControl } from './control.ts'
import { chooseName, type Expected, plainSizeOf } from './existing.ts'
import type { Task } from './protocol.ts'
import { NAME_KEY, plainNameOf } from './sealed-name.ts'
import { CHUNK_BYTES, demandSpace, mayBeDone, notAFile, type Stage, type Staged } from './stage.ts'

/** Opens sealed files: `<name>.sealed` to `<name>`, with the sealed file's time and mode. */
export function unsealStage(keys: readonly RawAesKey[], requiredContext: Context): Stage {
  const input = Buffer.alloc(CHUNK_BYTES)
  return async (task, folder, control) => {
    const source = Source.open(task.source)
    if (typeof source === 'string') return notAFile(task, source)
    using _ = source
    const base = targetName(task.name, storedName(source, input))
    const choice = chooseName(folder, base, '', task.exists, expectedOf(task, source))
    if (choice.kind === 'done') return { id: task.id, status: 'skipped', code: 'DONE', target: choice.name }
    demandSpace(folder, source.facts.sizeBytes)
    const reader = new MessageReader({ unwrap: unwrapByRawAes(keys, requiredContext), requiredContext })
    const file = StagedFile.create(folder)
    try {
      const plainBytes = await writePlain(source, reader, file, input, control)
      source.demandUnchanged()
      const { mtimeMs, mode } = source.facts
      file.complete({ sizeBytes: plainBytes, mtimeMs, mode })
      return { task, file, base, suffix: '', name: choice.name, plainBytes } satisfies Staged
    } catch (error) {
      file.close()
      throw error
    }
  }
}

/**
 * Writes the plain text to a file that has no name yet. Pieces that aren't verified at once (of blocks too
 * large for memory) go the same way: the name comes only after the reader has seen the end.
 *
 * @returns plain bytes
 */
async function writePlain(
  source: Source,
  reader: MessageReader,
  file: StagedFile,
  input: Buffer,
  control: WorkerControl,
): Promise<number> {
  const size = source.facts.sizeBytes
  let offset = 0
  let plainBytes = 0
  while (offset < size) {
    control.check()
    const got = source.read(input.subarray(0, Math.min(CHUNK_BYTES, size - offset)), offset)
    if (got === 0) break
    offset += got
    const before = plainBytes
    for (const piece of reader.push(input.subarray(0, got))) {
      // Zeros are left out: the file is as sparse as its plain text is empty.
      if (!allZero(piece.bytes)) file.write(piece.bytes, plainBytes)
      plainBytes += piece.bytes.length
    }
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

/** What the header says before anything is verified: used only to choose a name, which is checked. */
function storedName(source: Source, scratch: Buffer): string | undefined {
  const peek = scratch.subarray(0, Math.min(CHUNK_BYTES, source.facts.sizeBytes))
  source.read(peek, 0)
  try {
    const header = parseHeader(peek)
    return header === 'short' ? undefined : header.context.get(NAME_KEY)
  } catch {
    return undefined
  }
}

function expectedOf(task: Task, source: Source): Expected | undefined {
  const plainBytes = mayBeDone(task) ? plainSizeOf(source) : undefined
  return plainBytes === undefined ? undefined : { plainBytes, mtimeMs: source.facts.mtimeMs, sealed: false }
}

/** @throws NAME_REFUSED a name that would lead elsewhere, like the “..” in “...sealed” */
function targetName(sealedName: string, stored: string | undefined): string {
  const name = plainNameOf(sealedName, stored)
  const safe = safeName(name)
  if (safe.kind !== 'refused') return safe.name
  return fail('NAME_REFUSED', `The name “${name}” can’t be given to a file: ${safe.why}.`, { name })
}
