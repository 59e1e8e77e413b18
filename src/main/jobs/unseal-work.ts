import { fail, type Secret } from '../base/index.ts'
import { Source, StagedFile, safeName } from '../files/index.ts'
import {
  type Context,
  layoutOf,
  MessageReader,
  type RawAesKey,
  type UnverifiedHeader,
  unwrapByRawAes,
} from '../message/index.ts'
import { chooseName, type Expected, headerOf } from './existing.ts'
import type { Task } from './protocol.ts'
import { DATA_KEYS } from './seal-work.ts'
import { NAME_KEY, plainNameOf } from './sealed-name.ts'
import { CHUNK_BYTES, demandSpace, mayBeDone, notAFile, type Stage, type Staged } from './stage.ts'
import { writePlain } from './write-plain.ts'

/** Opens sealed files: `<name>.sealed` to `<name>`, with the sealed file's time and mode. */
export function unsealStage(
  keys: readonly RawAesKey[],
  requiredContext: Context,
  find: (namespace: string, name: string) => Secret | undefined,
): Stage {
  const input = Buffer.alloc(CHUNK_BYTES)
  return async (task, folder, control) => {
    const source = Source.open(task.source)
    if (typeof source === 'string') return notAFile(task, source)
    using _ = source
    // All that most files hold: read once, for the header here and for the reader below.
    const ready = source.read(input.subarray(0, Math.min(CHUNK_BYTES, source.facts.sizeBytes)), 0)
    const header = headerOf(input.subarray(0, ready))
    const base = targetName(task.name, header?.context.get(NAME_KEY))
    const choice = chooseName(folder, base, '', task.exists, expectedOf(task, source, header))
    if (choice.kind === 'done') return { id: task.id, status: 'skipped', code: 'DONE', target: choice.name }
    demandSpace(folder, source.facts.sizeBytes)
    // What KMS unwrapped for this file came along with it.
    const dataKey = find(DATA_KEYS, `${task.id}`)
    const unwrap = dataKey ? () => dataKey.copy() : unwrapByRawAes(keys, requiredContext)
    const reader = new MessageReader({ unwrap, requiredContext })
    const file = StagedFile.create(folder)
    try {
      const plainBytes = await writePlain(source, reader, file, input, control, ready)
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

function expectedOf(
  task: Task,
  { facts }: Source,
  header: UnverifiedHeader | undefined,
): Expected | undefined {
  const layout = header !== undefined && mayBeDone(task) ? layoutOf(header, facts.sizeBytes) : undefined
  return layout && { plainBytes: layout.plainBytes, mtimeMs: facts.mtimeMs, sealed: false }
}

/** @throws NAME_REFUSED a name that would lead elsewhere, like the “..” in “...sealed” */
function targetName(sealedName: string, stored: string | undefined): string {
  const name = plainNameOf(sealedName, stored)
  const safe = safeName(name)
  if (safe.kind !== 'refused') return safe.name
  return fail('NAME_REFUSED', `The name “${name}” can’t be given to a file: ${safe.why}.`, { name })
}
