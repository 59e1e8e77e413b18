import { hex, randomBytes } from '../base/index.ts'
import { INDEX_SCHEMA, INDEX_SCHEMA_NUMBER, KEPT_TABLES } from './migrations/index-schema.ts'
import type { PrivateColumns } from './private-columns.ts'
import { type Connection, immediately, schemaOf } from './sqlite.ts'

const NAME = 'generation'
const ROW = Buffer.from(NAME)

/** Why an index was emptied. `new`: the file was. */
export type Emptied = 'new' | 'schema' | 'key'

/**
 * The generation of an index: a random text, renewed each time it is emptied, sealed under its key. Whoever
 * reads another one has nothing of what was there before, and whoever can't read it has another key.
 */
export function readGeneration(db: Connection, columns: PrivateColumns): string | undefined {
  const box = db.prepare<[string], Buffer>('SELECT box FROM fact WHERE name = ?').pluck().get(NAME)
  return box && columns.tryOpen('fact.box', ROW, box)?.toString('latin1')
}

/**
 * Makes the file an index of this schema, under this key: one that isn't is emptied, in place, since other
 * processes may hold it.
 */
export function adopt(db: Connection, columns: PrivateColumns): Emptied | undefined {
  if (whyUnfit(db, columns) === undefined) return undefined
  return immediately(db, () => {
    // Another process may have been faster.
    const why = whyUnfit(db, columns)
    if (why === 'key') empty(db, columns)
    else if (why !== undefined) create(db, columns)
    return why
  })
}

function whyUnfit(db: Connection, columns: PrivateColumns): Emptied | undefined {
  const schema = schemaOf(db)
  if (schema !== INDEX_SCHEMA_NUMBER) return schema === 0 ? 'new' : 'schema'
  return readGeneration(db, columns) === undefined ? 'key' : undefined
}

/** Empties all that was read from the journal; inside a write transaction. */
export function empty(db: Connection, columns: PrivateColumns): void {
  for (const name of tablesOf(db)) if (!KEPT_TABLES.has(name)) db.exec(`DELETE FROM "${name}"`)
  begin(db, columns)
}

function create(db: Connection, columns: PrivateColumns): void {
  for (const name of tablesOf(db)) db.exec(`DROP TABLE "${name}"`)
  db.exec(INDEX_SCHEMA)
  db.pragma(`user_version = ${INDEX_SCHEMA_NUMBER}`)
  begin(db, columns)
}

function begin(db: Connection, columns: PrivateColumns): void {
  const generation = Buffer.from(hex(randomBytes(16)), 'latin1')
  db.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO fact VALUES (?, ?)').run(
    NAME,
    columns.seal('fact.box', ROW, generation),
  )
}

function tablesOf(db: Connection): readonly string[] {
  return db
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()
    .map((name) => name.replaceAll('"', '""'))
}
