import { basename, dirname, resolve } from 'node:path'
import { stringify } from 'csv-stringify'
import { fail, utf8Bytes } from '../base/index.ts'
import { Folder, identityOf, StagedFile } from '../files/index.ts'
import type { AuditRow } from './audit.ts'
import { noteJob } from './note.ts'
import type { OpenVault } from './open-vault.ts'

export type ExportFormat = 'csv' | 'json'

/** Columns of the CSV, in order. Lists are in one cell, a line each. */
const COLUMNS = [
  ['time', (row) => new Date(row.timeMs).toISOString()],
  ['device', (row) => row.deviceName],
  ['device id', (row) => row.device],
  ['act', (row) => row.act],
  ['what', (row) => row.text],
  ['outcome', (row) => row.outcome],
  ['paths', (row) => lines(row.items.map(({ path }) => path ?? ''))],
  ['item ids', (row) => lines(row.items.map(({ itemId }) => itemId))],
  ['version ids', (row) => lines(row.versions)],
  ['keys', (row) => lines(row.keys.map(({ label, removed }) => (removed ? `not ${label}` : label)))],
  ['key versions', (row) => lines(row.keys.map((key) => key.keyVersionId ?? key.keyMaterialId ?? ''))],
  ['kms operations', (row) => lines(row.kmsCalls.map(({ operation }) => operation))],
  ['kms request ids', (row) => lines(row.kmsCalls.map(({ requestId }) => requestId))],
  ['segment', (row) => row.segment],
  ['record', (row) => `${row.record}`],
  ['index', (row) => `${row.index}`],
  ['held', (row) => (row.held ? 'yes' : '')],
] as const satisfies readonly (readonly [string, (row: AuditRow) => string])[]

const lines = (all: readonly string[]): string => all.join('\n')
/** Rows that are turned into text at once. */
const ROWS = 500
const CSV = { escape_formulas: true, record_delimiter: 'windows' } as const

/**
 * Writes rows into a new file, private to this user, that gets its name only when all of it is durable. Rows come
 * and go; none is kept.
 *
 * `csv`: RFC 4180 in UTF-8 with a byte order mark; text that a spreadsheet would take for a formula begins with
 * an apostrophe. `json`: one array, an act a line.
 *
 * @returns how many @throws DESTINATION_EXISTS · NOT_FOUND its folder is missing · NO_SPACE …
 */
export async function exportAudit(
  rows: AsyncIterable<AuditRow>,
  file: string,
  format: ExportFormat,
): Promise<number> {
  const path = resolve(file)
  if (identityOf(path) !== undefined) failExists(file)
  using folder = Folder.open(dirname(path))
  const staged = StagedFile.create(folder)
  try {
    let at = 0
    let count = 0
    const write = async (text: string) => {
      const bytes = utf8Bytes(text)
      staged.write(bytes, at)
      at += bytes.length
      await staged.writeBack()
    }
    const writer = format === 'csv' ? CSV_WRITER : JSON_WRITER
    await write(await writer.head())
    for await (const part of parts(rows)) {
      await write(await writer.part(part, count === 0))
      count += part.length
    }
    await write(writer.foot)
    await staged.sync()
    if (staged.publish(basename(path)) === 'exists') failExists(file)
    await folder.sync()
    return count
  } finally {
    staged.close()
  }
}

/** Records that names left the vault. */
export async function noteAuditExport(vault: OpenVault): Promise<void> {
  await noteJob(vault, 'audit export', 'ok', [])
}

type Writer = {
  readonly head: () => Promise<string>
  readonly part: (rows: readonly AuditRow[], isFirst: boolean) => Promise<string>
  readonly foot: string
}

const CSV_WRITER: Writer = {
  head: async () => `\uFEFF${await csvText([COLUMNS.map(([name]) => name)])}`,
  part: (rows) => csvText(rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))),
  foot: '',
}

function csvText(rows: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    stringify([...rows], CSV, (error, text) => (error ? reject(error) : resolve(text)))
  })
}

const JSON_WRITER: Writer = {
  head: async () => '[',
  part: async (rows, isFirst) =>
    rows.map((row, index) => `${isFirst && index === 0 ? '' : ','}\n${JSON.stringify(row)}`).join(''),
  foot: '\n]\n',
}

async function* parts(rows: AsyncIterable<AuditRow>): AsyncGenerator<readonly AuditRow[]> {
  let part: AuditRow[] = []
  for await (const row of rows) {
    part.push(row)
    if (part.length < ROWS) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}

function failExists(path: string): never {
  return fail('DESTINATION_EXISTS', `${path} exists already and was left as it is.`, { path })
}
