/**
 * The first member that an object of this JSON text names twice, as a path such as `Statement[1].Action`;
 * undefined if there is none. JSON.parse would keep the last and drop the others without a word.
 *
 * @param text JSON that JSON.parse has accepted: only strings and brackets are told apart here
 */
export function doubledMember(text: string): string | undefined {
  const open: Level[] = []
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/gs)) {
    const level = open.at(-1)
    if (token === '{') open.push({ path: pathOf(open), members: new Set(), name: null, index: 0 })
    else if (token === '[') open.push({ path: pathOf(open), members: null, name: null, index: 0 })
    else if (token === '}' || token === ']') open.pop()
    else if (level === undefined) continue
    else if (token === ',') {
      level.name = null
      level.index += 1
    } else if (token !== ':' && level.members !== null && level.name === null) {
      level.name = String(JSON.parse(token))
      if (level.members.has(level.name)) return pathOf(open)
      level.members.add(level.name)
    }
  }
  return undefined
}

/** An object (`members`: names seen so far) or a list (null) that is not closed yet. */
type Level = {
  readonly path: string
  readonly members: Set<string> | null
  name: string | null
  index: number
}

function pathOf(open: readonly Level[]): string {
  const level = open.at(-1)
  if (level === undefined) return ''
  if (level.members === null) return `${level.path}[${level.index}]`
  return level.path === '' ? (level.name ?? '') : `${level.path}.${level.name ?? ''}`
}
