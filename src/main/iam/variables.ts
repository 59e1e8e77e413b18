import { type Pattern, type Piece, parsePattern } from './pattern.ts'
import { type KmsRequest, valuesOf } from './request.ts'

/**
 * Policy variables (IAM guide, "Variables and tags"): `${aws:username}`, `${key, 'default'}`, and `${*}`, `${?}`,
 * `${$}` for those characters themselves. Read from version 2012-10-17 on.
 */
const VARIABLE = /\$\{([^}]*)\}/

/** @property missing keys without which the value can't be told; null pattern then */
export type Filled = { readonly pattern: Pattern | null; readonly missing: readonly string[] }

/** The value with its variables filled in from the request. What they bring in is plain text, stars too. */
export function fill(value: string, request: KmsRequest, version: string): Filled {
  if (version !== '2012-10-17' || !value.includes('${')) return { pattern: parsePattern(value), missing: [] }
  const pattern: Piece[] = []
  const missing: string[] = []
  for (const [index, part] of value.split(VARIABLE).entries()) {
    if (index % 2 === 0) {
      pattern.push(...parsePattern(part))
      continue
    }
    const text = textOf(part, request)
    if (text === undefined) missing.push(part.split(',')[0]?.trim() ?? part)
    else if (text !== '') pattern.push({ text })
  }
  return missing.length > 0 ? { pattern: null, missing } : { pattern, missing }
}

function textOf(variable: string, request: KmsRequest): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable
  const [, key, fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(variable) ?? []
  if (key === undefined) return undefined
  const found = valuesOf(request, key)
  if (found.kind === 'absent') return fallback
  return found.kind === 'values' && found.values.length === 1 ? found.values[0] : undefined
}
