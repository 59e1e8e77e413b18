import { bug, fail, type Secret, VaultError } from '../base/index.ts'
import type { VaultId } from '../contract/ids.ts'
import { Source, StagedFile, safeName } from '../files/index.ts'
import { unwrapFileKey } from '../keys/index.ts'
import { MessageReader, type ReadOptions, type UnverifiedHeader, unwrapByRawAes } from '../message/index.ts'
import { CONTEXT, FILE_KEYS } from './add-work.ts'
import { chooseName } from './existing.ts'
import { type GetFile, MASTER_KEYS, type Task } from './protocol.ts'
import { CHUNK_BYTES, demandSpace, mayBeDone, type Stage, type Staged } from './stage.ts'
import { writePlain } from './write-plain.ts'

type FindKey = (namespace: string, name: string) => Secret | undefined

/** Brings versions of a vault's files out to plain ones, with their names, times and modes. */
export function getStage(vaultId: VaultId, find: FindKey): Stage {
  const input = Buffer.alloc(CHUNK_BYTES)
  return async (task, folder, control) => {
    const version = versionOf(task)
    const { sizeBytes, mtimeMs, mode } = version
    const base = nameFor(task.name)
    const expected = mayBeDone(task) ? { plainBytes: sizeBytes, mtimeMs, sealed: false } : undefined
    const choice = chooseName(folder, base, '', task.exists, expected)
    if (choice.kind === 'done') return { id: task.id, status: 'skipped', code: 'DONE', target: choice.name }
    const source = Source.open(task.source)
    if (typeof source === 'string') failNotAFile(version.versionId, source)
    using _ = source
    demandSpace(folder, sizeBytes)
    using fileKey =
      find(FILE_KEYS, version.versionId)?.copy() ??
      unwrapFileKey(version.record, { vaultId, subject: version.versionId }, (keyVersionId) =>
        find(MASTER_KEYS, keyVersionId),
      )
    const reader = new MessageReader(vaultReadOptions(vaultId, version, fileKey))
    const file = StagedFile.create(folder)
    try {
      const plainBytes = await strictly(() => writePlain(source, reader, file, input, control))
      file.complete({ sizeBytes: plainBytes, mtimeMs, mode })
      return { task, file, base, suffix: '', name: choice.name, plainBytes } satisfies Staged
    } catch (error) {
      file.close()
      throw error
    }
  }
}

/** How a vault's own message is read: under its file key, and only if it is the version it should be. */
export function vaultReadOptions(
  vaultId: VaultId,
  { versionId, itemId }: Pick<GetFile, 'versionId' | 'itemId'>,
  fileKey: Secret,
): ReadOptions {
  const key = { namespace: FILE_KEYS, name: versionId, key: fileKey.keyObject(), proven: true }
  const unwrap = unwrapByRawAes([key])
  return {
    unwrap: (header) => {
      demandOurs(header, vaultId, itemId, versionId)
      return unwrap(header)
    },
  }
}

/** @throws MESSAGE_TAMPERED another file's message stands here, or one that Strongroom did not write */
function demandOurs(header: UnverifiedHeader, vaultId: VaultId, itemId: string, versionId: string): void {
  const { context } = header
  const isOurs =
    context.get(CONTEXT.vault) === vaultId &&
    context.get(CONTEXT.item) === itemId &&
    context.get(CONTEXT.version) === versionId
  if (!isOurs || header.suite.signed || !header.framed || header.edks.length !== 1) {
    fail('MESSAGE_TAMPERED', `Another file stands in the place of the version ${versionId}.`, { versionId })
  }
}

/** In a vault every message is ours: what would be unsupported or another key's elsewhere was changed. */
export async function strictly<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    if (error.code !== 'MESSAGE_UNSUPPORTED' && error.code !== 'KEY_MISMATCH') throw error
    return fail(
      'MESSAGE_TAMPERED',
      `This is not the message that the vault wrote: ${error.message}`,
      error.facts,
      error,
    )
  }
}

function nameFor(name: string): string {
  const safe = safeName(name)
  return safe.kind === 'refused'
    ? fail('NAME_REFUSED', `The name “${name}” can’t be given to a file here: ${safe.why}.`, { name })
    : safe.name
}

/** A vault's message is a regular file, whatever stands in its place now. */
function failNotAFile(versionId: string, found: string): never {
  fail('NOT_A_FILE', `Where the version ${versionId} was, there is no regular file.`, { versionId, found })
}

function versionOf(task: Task): GetFile {
  return task.vault?.kind === 'get' ? task.vault : bug('a file to get without its version')
}
