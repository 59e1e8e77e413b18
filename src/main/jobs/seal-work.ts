import { bug, hex, randomBytes, type Secret } from '../base/index.ts'
import { Source, StagedFile } from '../files/index.ts'
import { type Context, MessageWriter, type RawAesKey, wrapRawAes } from '../message/index.ts'
import { chooseName } from './existing.ts'
import { NAME_KEY, SEALED_SUFFIX, sealedNameOf } from './sealed-name.ts'
import { demandSpace, mayBeDone, notAFile, type Stage, type Staged } from './stage.ts'
import { writeBuffers, writeMessage } from './write-message.ts'

/** The context key of a sealed file's random id (docs/format.md §2.2). */
const SEAL_KEY = 'strongroom-seal'

/** Namespace of data keys that KMS made for one file, by the task's id. */
export const DATA_KEYS = 'aws-kms'

/** The context of a sealed file: the job's pairs, a random id, and its name where the sealed one can't hold it. */
export function newSealContext(jobContext: Context, name: string): Map<string, string> {
  const context = new Map([...jobContext, [SEAL_KEY, hex(randomBytes(16))]])
  if (sealedNameOf(name).shortened) context.set(NAME_KEY, name)
  return context
}

/**
 * Seals files: `<name>` to `<name>.sealed`, with the source's time and mode.
 *
 * @param key a raw AES key for all; undefined: each has its own data key, wrapped by KMS
 */
export function sealStage(
  key: RawAesKey | undefined,
  jobContext: Context,
  find: (namespace: string, name: string) => Secret | undefined,
): Stage {
  const buffers = writeBuffers()
  return async (task, folder, control) => {
    const source = Source.open(task.source)
    if (typeof source === 'string') return notAFile(task, source)
    using _ = source
    const { name } = sealedNameOf(task.name)
    const base = name.slice(0, -SEALED_SUFFIX.length)
    const { sizeBytes, mtimeMs, mode } = source.facts
    const expected = mayBeDone(task) ? { plainBytes: sizeBytes, mtimeMs, sealed: true } : undefined
    const choice = chooseName(folder, base, SEALED_SUFFIX, task.exists, expected)
    if (choice.kind === 'done') return { id: task.id, status: 'skipped', code: 'DONE', target: choice.name }
    demandSpace(folder, sizeBytes)
    const own = task.sealed
    const context = own ? new Map(own.context) : newSealContext(jobContext, task.name)
    using dataKey = own && (find(DATA_KEYS, `${task.id}`) ?? bug('sealing without a data key')).copy()
    const writer = new MessageWriter({
      context,
      ...(dataKey && { dataKey }),
      wrap: (made, whole) => own?.edks ?? [wrapRawAes(key ?? bug('sealing without a key'), made, whole)],
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
