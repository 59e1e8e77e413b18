import { type CborValue, hex } from '../../src/main/base/index.ts'

/** A value in CBOR's notation for people (RFC 8949 §8), as docs/format.md shows it. */
export function diagnostic(value: CborValue): string {
  if (value instanceof Uint8Array) return `h'${hex(value)}'`
  if (value instanceof Map) return `{${pairsOf(value).join(', ')}}`
  if (Array.isArray(value)) return `[${value.map(diagnostic).join(', ')}]`
  return JSON.stringify(value)
}

/** A batch, with each op on a line of its own. */
export function diagnosticBatch(value: CborValue): string {
  const [time, ops] = Array.isArray(value) ? value : []
  if (typeof time !== 'number' || !Array.isArray(ops)) throw new Error('no batch')
  return `[${time}, [\n  ${ops.map(diagnostic).join(',\n  ')}\n]]`
}

function pairsOf(map: ReadonlyMap<number, CborValue>): string[] {
  return [...map].map(([key, each]) => `${key}: ${diagnostic(each)}`)
}
