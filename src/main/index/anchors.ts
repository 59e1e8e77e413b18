import { fail } from '../base/index.ts'
import type { DeviceId, SegmentId, VaultId } from '../contract/ids.ts'
import type { Head } from '../journal/index.ts'
import { AnchorsAct } from './anchors-act.ts'
import { type Pins, readHeads, readNames, readPins, readPlaces, readSegments } from './anchors-rows.ts'
import { ANCHORS_MIGRATIONS } from './migrations/anchors.ts'
import type { Place } from './opening.ts'
import {
  atOneMoment,
  type Connection,
  connect,
  type DatabaseFacts,
  failSqlite,
  immediately,
  schemaOf,
  whenFree,
  withSqlite,
} from './sqlite.ts'
import type { StateFolder } from './state-folder.ts'

const WAITING = { timeoutMs: 10_000, everyMs: 20 }
/** How long a call may block this thread, where another process opens or closes the file. */
const BLOCKING_MS = 30

/** What was seen of the vault at one path. */
export type PlaceAnchors = {
  readonly device: DeviceId
  /** Its own segments. */
  readonly segments: ReadonlySet<SegmentId>
  /** How far each segment was seen; of a forked one, each branch. Less than this is a rollback. */
  readonly heads: readonly Head[]
}

/**
 * What this device has seen and trusts of one vault, kept outside it (ARCHITECTURE, "anchor"): nothing in the
 * vault's folder can alter it, and no rebuilding of the index.
 */
export class Anchors implements Disposable {
  readonly #facts: DatabaseFacts
  readonly #db: Connection

  private constructor(facts: DatabaseFacts, db: Connection) {
    this.#facts = facts
    this.#db = db
  }

  /**
   * Opens a vault's anchors, and brings an older schema up.
   *
   * @param path anchors.db, which is there (StateFolder.anchorsOf)
   * @throws VAULT_BUSY · ANCHORS_DAMAGED · STATE_UNSUPPORTED a newer Strongroom wrote it · IO_ERROR …
   */
  static async open(path: string): Promise<Anchors> {
    const facts: DatabaseFacts = {
      path,
      what: 'what this computer knows of the vault',
      damaged: 'ANCHORS_DAMAGED',
    }
    let db: Connection | undefined
    try {
      db = connect(path, BLOCKING_MS)
      const connection = db
      const opened = await whenFree(() => prepare(connection, path), WAITING)
      if (opened === 'busy') failBusy(path)
      return new Anchors(facts, db)
    } catch (error) {
      db?.close()
      return failSqlite(error, facts)
    }
  }

  get pins(): Pins {
    return withSqlite(this.#facts, () => atOneMoment(this.#db, () => readPins(this.#db)))
  }

  /** The vault folders that were opened here. */
  get places(): readonly Place[] {
    return withSqlite(this.#facts, () => readPlaces(this.#db))
  }

  /** What was seen at a path; undefined if it was never opened. */
  placeAt(realPath: string): PlaceAnchors | undefined {
    return withSqlite(this.#facts, () =>
      atOneMoment(this.#db, () => {
        const place = readPlaces(this.#db).find(({ path }) => path === realPath)
        const id = this.#db.prepare<[string], number>('SELECT id FROM place WHERE path = ?').pluck()
        const number = id.get(realPath)
        if (!place || number === undefined) return undefined
        const [segments, heads] = [readSegments(this.#db, number), readHeads(this.#db, number)]
        return { device: place.device, segments, heads }
      }),
    )
  }

  /** What the person chose for this device, as "no-keychain". */
  get flags(): ReadonlySet<string> {
    return withSqlite(this.#facts, () => readNames(this.#db, 'flag'))
  }

  /** Files under keys/ that this device was about to write. */
  get ownKeyFiles(): ReadonlySet<string> {
    return withSqlite(this.#facts, () => readNames(this.#db, 'own_key_file'))
  }

  /**
   * Writes one act: all of it, durably, or nothing.
   *
   * @throws VAULT_BUSY after 10 s · NO_SPACE · IO_ERROR …; what `run` throws
   */
  async act<T>(run: (act: AnchorsAct) => T): Promise<T> {
    try {
      const done = await whenFree(() => {
        return { value: immediately(this.#db, () => run(new AnchorsAct(this.#db))) }
      }, WAITING)
      return done === 'busy' ? failBusy(this.#facts.path) : done.value
    } catch (error) {
      return failSqlite(error, this.#facts)
    }
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}

/** The vaults that were opened at a path: another one there is a swap, until they are forgotten. */
export async function vaultsOpenedAt(state: StateFolder, realPath: string): Promise<readonly VaultId[]> {
  const found: VaultId[] = []
  for (const vault of await state.vaults()) {
    using anchors = await Anchors.open(await state.anchorsOf(vault))
    if (anchors.places.some(({ path }) => path === realPath)) found.push(vault)
  }
  return found
}

function prepare(db: Connection, path: string): 'ready' {
  db.pragma('journal_mode = WAL')
  // An anchor that a power cut takes back would turn a rollback into nothing.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  if (schemaOf(db) < ANCHORS_MIGRATIONS.length) {
    immediately(db, () => {
      // Another process may have been faster.
      for (const migration of ANCHORS_MIGRATIONS.slice(schemaOf(db))) db.exec(migration)
      db.pragma(`user_version = ${ANCHORS_MIGRATIONS.length}`)
    })
  }
  const schema = schemaOf(db)
  return schema > ANCHORS_MIGRATIONS.length ? failNewer(path, schema) : 'ready'
}

function failNewer(path: string, schema: number): never {
  return fail('STATE_UNSUPPORTED', `${path} was written by a newer Strongroom.`, { path, schema })
}

function failBusy(path: string): never {
  return fail('VAULT_BUSY', 'Another process holds what this computer knows of the vault.', { path })
}
