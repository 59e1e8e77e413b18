import { hex, randomBytes } from '../base/index.ts'
import { Source, StagedFile } from '../files/index.ts'
import { type Context, MessageWriter, type RawAesKey, wrapRawAes } from '../message/index.ts'
import { chooseName } from './existing.ts'
import { NAME_KEY, SEALED_SUFFIX, sealedNameOf } from './sealed-name.ts'
import { demandSpace, mayBeDone, notAFile, type Stage, type Staged } from './stage.ts'
import { writeBuffers, writeMessage } from './write-message.ts'

/** The context key of a sealed file's random id (docs/format.md §2.2). */
const SEAL_KEY = 'strongroom-seal'

/** Seals files under one raw AES key: `<name>` to `<name>.sealed`, with the source's time and mode. */
export function sealStage(key: RawAesKey, jobContext: Context): Stage {
  const buffers = writeBuffers()
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
      const written = await writeMessage(source, writer, file, buffers, control)
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
