import { concat, randomBytes } from '../base/index.ts'
import { idBytes, type VersionId } from '../contract/ids.ts'
import { readId } from './columns.ts'
import type { Connection } from './sqlite.ts'

/** Tells this run of the process from an earlier one that had its number. */
const THIS_RUN = randomBytes(16)

/** A batch of versions whose messages are being written. */
export type JobNumber = number & { readonly [kind]: 'job' }
declare const kind: unique symbol

/** A batch of a process that is no more: what the journal doesn't know of it are orphans. */
export type LeftJob = { readonly job: JobNumber; readonly versions: readonly VersionId[] }

type JobRow = {
  readonly number: JobNumber
  readonly process: number
  readonly run: Buffer
  readonly versions: Buffer
}

/** Notes the versions of a batch, before their messages are written (ARCHITECTURE, "Order of writes"). */
export function noteJob(db: Connection, versions: readonly VersionId[]): JobNumber {
  const insert = db.prepare<[number, Uint8Array, Uint8Array]>(
    'INSERT INTO job (process, run, versions) VALUES (?, ?, ?)',
  )
  const { lastInsertRowid } = insert.run(process.pid, THIS_RUN, concat(...versions.map(idBytes)))
  return Number(lastInsertRowid) as JobNumber
}

/** The journal has the batch, or its messages are removed. */
export function forgetJob(db: Connection, job: JobNumber): void {
  db.prepare<[number]>('DELETE FROM job WHERE number = ?').run(job)
}

/** Batches of processes that are no more. */
export function leftJobs(db: Connection): readonly LeftJob[] {
  return db
    .prepare<[], JobRow>('SELECT number, process, run, versions FROM job')
    .all()
    .filter(({ process: id, run }) => (id === process.pid ? !run.equals(THIS_RUN) : !isRunning(id)))
    .map(({ number, versions }) => ({ job: number, versions: idsIn(versions) }))
}

function idsIn(bytes: Uint8Array): readonly VersionId[] {
  return Array.from({ length: bytes.length / 16 }, (_, index) =>
    readId<VersionId>(bytes.subarray(16 * index, 16 * index + 16)),
  )
}

/** Another program may have got the number since: then its job is looked at once that has ended. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
