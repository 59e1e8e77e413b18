import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { type ErrorCode, fail, VaultError } from '../base/index.ts'

/** A connection of our own to one database file. */
export type Connection = Database.Database

/**
 * Opens a database file that is there: SQLite obeys the umask, so whoever wants a private one makes it first.
 *
 * @param timeoutMs how long a statement may block this thread while another process holds the file
 */
export function connect(path: string, timeoutMs = 0): Connection {
  return new Database(path, { fileMustExist: true, timeout: timeoutMs })
}

/** What SQLite said, as one of our codes and in words; by the start of its own code. */
const CAUSES: readonly (readonly [string, ErrorCode, string])[] = [
  ['SQLITE_FULL', 'NO_SPACE', 'the disk is full'],
  ['SQLITE_IOERR', 'IO_ERROR', 'the disk reported an error'],
  ['SQLITE_READONLY', 'READ_ONLY', 'the place is read-only'],
  ['SQLITE_CANTOPEN', 'ACCESS_DENIED', 'it can’t be opened'],
  ['SQLITE_PERM', 'ACCESS_DENIED', 'permission was denied'],
  ['SQLITE_NOMEM', 'IO_ERROR', 'there is not enough memory'],
]

/** SQLite's code in a thrown value, as "SQLITE_BUSY"; undefined for anything else. */
function sqliteCode(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined
}

/** Another connection holds what was asked for. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false
}

/** The file is no database, or one whose pages contradict each other. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== undefined && (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
}

/** What a database is to us, for errors. */
export type DatabaseFacts = {
  readonly path: string
  /** "the index of this vault" */
  readonly what: string
  readonly damaged: ErrorCode
}

/** Throws the VaultError for what SQLite threw; anything else as it is. */
export function failSqlite(error: unknown, { path, what, damaged }: DatabaseFacts): never {
  const code = sqliteCode(error)
  if (error instanceof VaultError || code === undefined) throw error
  if (isDamage(error)) return fail(damaged, `${what} is damaged: ${path}.`, { path, sqlite: code }, error)
  const [, known, words] = CAUSES.find(([start]) => code.startsWith(start)) ?? []
  // Any other is a statement that can't be right.
  if (known === undefined) throw error
  return fail(known, `Can’t use ${what} at ${path}: ${words}.`, { path, sqlite: code }, error)
}

/** Runs SQLite calls and translates what they throw. */
export function withSqlite<T>(facts: DatabaseFacts, run: () => T): T {
  try {
    return run()
  } catch (error) {
    return failSqlite(error, facts)
  }
}

export type Waiting = {
  /** How long to go on trying; 0: once. */
  readonly timeoutMs: number
  readonly everyMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Tries until it isn't busy any more. better-sqlite3 would wait with the whole thread; this doesn't.
 *
 * @param attempt 'busy', or SQLite's own word for it, means: once more
 * @returns 'busy' if it was so to the end
 * @throws what `attempt` throws; the signal's reason
 */
export async function whenFree<T>(
  attempt: () => T | 'busy',
  { timeoutMs, everyMs, signal }: Waiting,
): Promise<T | 'busy'> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const outcome = unlessBusy(attempt)
    if (outcome !== 'busy') return outcome
    const restMs = endMs - performance.now()
    if (restMs <= 0) return 'busy'
    await setTimeout(Math.min(everyMs, restMs))
  }
}

function unlessBusy<T>(attempt: () => T | 'busy'): T | 'busy' {
  try {
    return attempt()
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  }
}

/** Runs `run` in a read transaction: all it reads is of one moment. */
export function atOneMoment<T>(connection: Connection, run: () => T): T {
  if (connection.inTransaction) return run()
  connection.exec('BEGIN')
  try {
    return run()
  } finally {
    if (connection.inTransaction) connection.exec('COMMIT')
  }
}

/** Runs `run` in a write transaction: all it writes or nothing. @throws SQLite's "busy" at once */
export function immediately<T>(connection: Connection, run: () => T): T {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const value = run()
    connection.exec('COMMIT')
    return value
  } finally {
    if (connection.inTransaction) connection.exec('ROLLBACK')
  }
}

/** The number of the schema; 0 in a new file. */
export function schemaOf(connection: Connection): number {
  return Number(connection.pragma('user_version', { simple: true }))
}
