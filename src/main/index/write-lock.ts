import { type Connection, connect, type DatabaseFacts, failSqlite, whenFree } from './sqlite.ts'

const EVERY_MS = 100
const TIMEOUT_MS = 10_000

/** The locks that this process holds: one that nobody refers to any more would be freed by the collector. */
const heldNow = new Set<WriteLock>()

/**
 * The write lock of one vault folder on this device (ARCHITECTURE, "Processes and clones"): at most one
 * process writes the journal at a time. It is an exclusive transaction on a database of its own, which the
 * system ends with the process, however that dies.
 *
 * The file is never opened by other means: on POSIX any close of it would drop the lock.
 */
export class WriteLock implements Disposable {
  readonly #facts: DatabaseFacts
  readonly #connection: Connection
  #holder: object | undefined

  private constructor(facts: DatabaseFacts, connection: Connection) {
    this.#facts = facts
    this.#connection = connection
  }

  /** @param path lock.db, which is there (StateFolder.placeOf) */
  static open(path: string): WriteLock {
    const facts: DatabaseFacts = { path, what: 'the write lock', damaged: 'IO_ERROR' }
    try {
      return new WriteLock(facts, connect(path))
    } catch (error) {
      return failSqlite(error, facts)
    }
  }

  get held(): boolean {
    return this.#holder !== undefined
  }

  /**
   * Takes the lock as soon as it is free.
   *
   * @param timeoutMs how long to try, every 100 ms; 0: once
   * @returns what frees it at its end; 'busy' if another process, or another part of this one, held it all
   *   the while
   * @throws the signal's reason
   */
  async acquire(timeoutMs = TIMEOUT_MS, signal?: AbortSignal): Promise<Disposable | 'busy'> {
    const holder = {}
    try {
      const taken = await whenFree(() => this.#take(holder), { timeoutMs, everyMs: EVERY_MS, signal })
      if (taken === 'busy') return 'busy'
    } catch (error) {
      return failSqlite(error, this.#facts)
    }
    return { [Symbol.dispose]: () => this.#free(holder) }
  }

  /** Frees the lock, whoever holds it here. */
  [Symbol.dispose](): void {
    this.#holder = undefined
    heldNow.delete(this)
    this.#connection.close()
  }

  #take(holder: object): 'taken' | 'busy' {
    if (this.#holder) return 'busy'
    // In WAL mode a reader would not be kept out.
    this.#connection.pragma('journal_mode = DELETE')
    this.#connection.exec('BEGIN EXCLUSIVE')
    this.#holder = holder
    heldNow.add(this)
    return 'taken'
  }

  #free(holder: object): void {
    if (this.#holder !== holder) return
    this.#holder = undefined
    heldNow.delete(this)
    this.#connection.exec('ROLLBACK')
  }
}
