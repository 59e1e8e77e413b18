import { utf8Bytes } from '../base/index.ts'
import type { PrivateColumn, PrivateColumns } from './private-columns.ts'

/** Plain data of numbers, texts, booleans, null, arrays and objects of these. */
export function sealJson(
  columns: PrivateColumns,
  column: PrivateColumn,
  row: number | Uint8Array,
  value: unknown,
): Uint8Array<ArrayBuffer> {
  return columns.seal(column, row, utf8Bytes(JSON.stringify(value)))
}

/**
 * Reverse of sealJson.
 *
 * The tag is the check behind this type: only this schema number, under this key, wrote that column.
 */
export function openJson<T>(
  columns: PrivateColumns,
  column: PrivateColumn,
  row: number | Uint8Array,
  box: Uint8Array,
): T {
  return JSON.parse(columns.open(column, row, box).toString('utf8')) as T
}
