/**
 * Patterns of the policy language: `*` stands for any characters or none, `?` for exactly one. A pattern is a
 * list of pieces rather than text, since what a policy variable brings in counts as plain characters, stars too.
 */
export type Piece = { readonly text: string } | 'any' | 'one'
export type Pattern = readonly Piece[]

/** The pattern that `text` spells. */
export function parsePattern(text: string): Pattern {
  return text
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? 'any' : part === '?' ? 'one' : { text: part }))
}

/** A pattern that matches exactly `text`. */
export const plainText = (text: string): Pattern => (text === '' ? [] : [{ text }])

/** The pattern with its letters in lower case, for matching that ignores case. */
export function lowerCase(pattern: Pattern): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? piece : { text: piece.text.toLowerCase() }))
}

/** The text of a pattern in which stars and question marks are plain characters. */
export function literally(pattern: Pattern): string {
  return pattern.map((piece) => (piece === 'any' ? '*' : piece === 'one' ? '?' : piece.text)).join('')
}

/** The pattern's parts between colons, at most `count`: the last keeps all that is left. */
export function splitAtColons(pattern: Pattern, count: number): readonly Pattern[] {
  const parts: Piece[][] = [[]]
  for (const piece of pattern) {
    if (typeof piece === 'string') {
      parts.at(-1)?.push(piece)
      continue
    }
    let rest = piece.text
    while (parts.length < count && rest.includes(':')) {
      const at = rest.indexOf(':')
      if (at > 0) parts.at(-1)?.push({ text: rest.slice(0, at) })
      parts.push([])
      rest = rest.slice(at + 1)
    }
    if (rest !== '') parts.at(-1)?.push({ text: rest })
  }
  return parts
}

/** Whether the whole of `text` is of this pattern. Time grows with pattern × text, never faster. */
export function matches(pattern: Pattern, text: string): boolean {
  const units = pattern.flatMap((piece) => (typeof piece === 'string' ? [piece] : [...piece.text]))
  const isStar = pattern.flatMap((piece) =>
    typeof piece === 'string' ? [true] : [...piece.text].map(() => false),
  )
  const characters = [...text]
  let at = 0
  let unit = 0
  let star = -1
  let resume = 0
  while (at < characters.length) {
    const wild = isStar[unit] === true ? units[unit] : undefined
    if (wild === 'any') {
      star = unit
      resume = at
      unit += 1
    } else if (wild === 'one' || (isStar[unit] === false && units[unit] === characters[at])) {
      unit += 1
      at += 1
    } else if (star >= 0) {
      // Let the last star take one character more; earlier stars need no second try.
      unit = star + 1
      resume += 1
      at = resume
    } else {
      return false
    }
  }
  while (isStar[unit] === true && units[unit] === 'any') unit += 1
  return unit === units.length
}
