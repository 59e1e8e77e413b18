import { fail } from '../base/index.ts'
import { type Folder, failChanged, type NotRegular, type StagedFile } from '../files/index.ts'
import type { WorkerControl } from './control.ts'
import type { AddedFile, ExistsRule, Outcome, Task } from './protocol.ts'

/** A file written whole under a temporary name, waiting for its sync and its final name. */
export type Staged = {
  readonly task: Task
  readonly file: StagedFile
  readonly base: string
  readonly suffix: string
  readonly name: string
  readonly plainBytes: number
  readonly added?: AddedFile
}

/** What a kind of work does to one file: everything but sync and name, which a group shares. */
export type Stage = (task: Task, folder: Folder, control: WorkerControl) => Promise<Staged | Outcome>

export const isStaged = (result: Staged | Outcome): result is Staged => 'file' in result

/** Only a job that may be run again takes an equal target for done, and never one that replaces. */
export const mayBeDone = (task: { readonly resumable: boolean; readonly exists: ExistsRule }): boolean =>
  task.resumable && task.exists !== 'replace'

/** Plain bytes read, sealed and written at a time: larger ones were slower (docs/performance.md). */
export const CHUNK_BYTES = 1024 * 1024

/** What becomes of an entry that is no regular file any more since the walk saw one. */
export function notAFile(task: Task, what: NotRegular): Outcome {
  if (what === 'FOLDER') failChanged(task.source)
  return { id: task.id, status: 'skipped', code: what }
}

/** Larger files are refused before a byte is written when they can't fit. */
export function demandSpace(folder: Folder, sizeBytes: number): void {
  if (sizeBytes < CHUNK_BYTES) return
  const { freeBytes } = folder
  if (sizeBytes <= freeBytes) return
  fail('NO_SPACE', `${folder.path} has ${freeBytes} bytes left; ${sizeBytes} are needed.`, {
    path: folder.path,
    freeBytes,
    sizeBytes,
  })
}
