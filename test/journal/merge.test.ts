import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as journal from '../../src/main/journal/index.ts'
import { checkHistory, Dice, type Room, randomHistory } from './histories.ts'
import { oracle } from './oracle.ts'

const HISTORIES = 3000

/** The seed of the first history that the room gets wrong; undefined: none in so many. */
function firstWrong(room: Room, histories: number): string | undefined {
  for (let seed = 1; seed <= histories; seed++) {
    const dice = new Dice(seed)
    const history = randomHistory(dice)
    try {
      checkHistory(room, history, dice)
    } catch (error) {
      return `seed ${seed}: ${error instanceof Error ? error.message : error}`
    }
  }
  return undefined
}

describe('the merge', () => {
  it(`of ${HISTORIES} random histories is one result, that of the rules: any order, duplicates, checkpoint splits`, () => {
    expect(firstWrong(journal, HISTORIES)).toBeUndefined()
  })

  it('is tried on histories in which everything happens that the rules are about', () => {
    const seen = {
      conflict: 0,
      cycle: 0,
      recovered: 0,
      renamed: 0,
      binned: 0,
      within: 0,
      gone: 0,
      revived: 0,
      forked: 0,
    }
    for (let seed = 1; seed <= 300; seed++) {
      const { told, forked } = randomHistory(new Dice(seed))
      const views = [...oracle(told).values()]
      const items = new Set(told.flatMap(({ op }) => ('item' in op ? [op.item] : [])))
      seen.conflict += views.filter(({ heads }) => heads.length > 1).length
      seen.recovered += views.filter(({ parent }) => parent.endsWith('01') && parent.startsWith('00')).length
      seen.renamed += views.filter(({ name }) => / \([3-9]\)/.test(name)).length
      seen.binned += views.filter(({ binned }) => binned).length
      seen.within += views.filter(({ binned, inBin }) => inBin && !binned).length
      seen.gone += items.size - views.length
      seen.forked += forked ? 1 : 0
      for (const { op } of told) {
        if (op.kind !== 'bin' || !op.on) continue
        const view = oracle(told).get(op.item)
        if (view && view.kind === 'file' && !view.binned && !op.seen.some((each) => each === view.heads[0]))
          seen.revived++
      }
      const puts = told.flatMap(({ op }) => (op.kind === 'put' && op.parent !== null ? [op] : []))
      seen.cycle += puts.some(({ item, parent }) =>
        puts.some((each) => each.item === parent && each.parent === item),
      )
        ? 1
        : 0
    }
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20)
  })
})

/** A fault: in a file of the room, what stands there and what stands there instead. */
type Fault = readonly [what: string, file: string, from: string, to: string]

const FAULTS: readonly Fault[] = [
  ['first instead of last wins', 'register.ts', 'held.stamp) > 0 ? next', 'held.stamp) < 0 ? next'],
  ['a version told twice is as told last', 'register.ts', 'held.stamp) < 0 ? next', 'held.stamp) > 0 ? next'],
  ['stamps ignore the time', 'stamp.ts', 'a.time - b.time || ', ''],
  ['stamps ignore the segment', 'stamp.ts', ' || compareText(a.segment, b.segment)', ''],
  ['stamps ignore the index', 'stamp.ts', 'return a.index - b.index || ', 'return '],
  ['stamps ignore the index within a batch', 'stamp.ts', '  return a.index - b.index\n}', '  return 0\n}'],
  [
    'stamps ignore the frame in a fork',
    'stamp.ts',
    " || compareText(a.batch.frame ?? '', b.batch.frame ?? '')",
    '',
  ],
  [
    'a put without a field clears it',
    'item.ts',
    'return value === null ? held : later',
    'return value === null ? null : later',
  ],
  [
    'a purge lasts until the version is told again',
    'item.ts',
    'addFirst(item.versions, record), item.purges)',
    'addFirst(item.versions, record), item.purges.filter((p) => p.version !== version))',
  ],
  [
    'purging versions purges a folder',
    'item.ts',
    'if (op.versions.length > 0) {',
    'if (op.versions.length > 1) {',
  ],
  ['joining forgets purges', 'item.ts', 'purges: b.purges.reduce(addFirst, a.purges)', 'purges: a.purges'],
  [
    'joining forgets versions',
    'item.ts',
    'versions: b.versions.reduce(addFirst, a.versions)',
    'versions: a.versions',
  ],
  ['joining takes the first’s name', 'item.ts', 'name: laterOf(a.name, b.name)', 'name: a.name ?? b.name'],
  ['versions are kept unsorted', 'item.ts', 'return list.toSpliced(at, 0, next)', 'return [...list, next]'],
  [
    '1: a purged version replaces nothing',
    'item-rules.ts',
    'new Set(item.versions.flatMap',
    'new Set(live.flatMap',
  ],
  [
    '1: with no head nothing is shown',
    'item-rules.ts',
    '(unreplaced.length > 0 ? unreplaced : live)',
    'unreplaced',
  ],
  ['1: every live version is a head', 'item-rules.ts', '(unreplaced.length > 0 ? unreplaced : live)', 'live'],
  [
    '1: the least stamp is current',
    'item-rules.ts',
    'compareStamps(b.stamp, a.stamp)',
    'compareStamps(a.stamp, b.stamp)',
  ],
  ['1: a purged folder is still there', 'item-rules.ts', 'item.folderPurge !== null', 'false'],
  ['1: a file without a version is still there', 'item-rules.ts', ': current === null', ': false'],
  ['1: a purged only version is shown', 'item-rules.ts', 'isPurged(item, only.version) ? NO_CONTENTS :', ''],
  [
    '2: the bin takes an edit that wasn’t seen',
    'item-rules.ts',
    '&& (current === null || bin.seen.includes(current))',
    '',
  ],
  ['2: a folder is never binned', 'item-rules.ts', '(current === null || bin.seen', '(bin.seen'],
  ['2: a binned folder’s contents stay', 'projection.ts', 'open.push(member)', 'void member'],
  [
    '3: a missing parent is the root',
    'place.ts',
    'if (lookup(parent)?.holds !== true) return RECOVERED_ID',
    'if (lookup(parent)?.holds !== true) return ROOT_ID',
  ],
  ['3: things hang on files', 'projection.ts', "holds: kind === 'folder'", 'holds: true'],
  [
    '3: a cycle stays',
    'place.ts',
    'cycle !== undefined && loosestOf(cycle, lookup) === item ?',
    'cycle === null ?',
  ],
  [
    '3: all of a cycle hangs at the root',
    'place.ts',
    'cycle !== undefined && loosestOf(cycle, lookup) === item ?',
    'cycle !== undefined ?',
  ],
  ['3: the first of a cycle hangs at the root', 'place.ts', 'loosest.since) > 0)', 'loosest.since) < 0)'],
  [
    '3: what hangs on a cycle is taken for a part of it',
    'place.ts',
    'return at === item ? [...path] : undefined',
    'return [...path]',
  ],
  [
    '4: the latest keeps its name',
    'shown-name.ts',
    'compareStamps(a.since, b.since)',
    'compareStamps(b.since, a.since)',
  ],
  [
    '4: case makes a difference',
    'shown-name.ts',
    "name.normalize('NFC').toLowerCase()",
    "name.normalize('NFC')",
  ],
  ['4: form makes a difference', 'shown-name.ts', "(given ?? '').normalize('NFC')", "(given ?? '')"],
  [
    '4: a folder’s number goes before a dot',
    'shown-name.ts',
    "kind === 'file' ? split(name)",
    'kind !== null ? split(name)',
  ],
  ['4: a number may be another’s name', 'shown-name.ts', 'while (used.has(foldName(name)))', 'while (false)'],
  [
    '4: what is in the bin takes a name',
    'projection.ts',
    '.filter(({ binned }) => !binned)\n      .map',
    '.filter(() => true)\n      .map',
  ],
  ['4: "Recovered" is given twice', 'projection.ts', '? [RECOVERED_NAME] : []', '? [] : []'],
  ['of one EDK the first wins', 'key-record.ts', 'later(held, next) === held ? records', 'held ? records'],
  ['EDKs of two keys are mixed up', 'key-record.ts', 'if (held?.key !== next.key)', 'if (!held)'],
  [
    'a checkpoint forgets purges',
    'standing-ops.ts',
    'groupByStamp(record.purges)',
    'groupByStamp(record.purges.slice(1))',
  ],
  [
    'a checkpoint forgets folder purges',
    'standing-ops.ts',
    'if (record.folderPurge) {',
    'if (record.folderPurge === undefined) {',
  ],
  [
    'a checkpoint forgets the bin',
    'standing-ops.ts',
    'if (record.bin) yield',
    'if (record.bin === undefined) yield',
  ],
  [
    'a checkpoint forgets purged versions',
    'standing-ops.ts',
    'of record.versions)\n',
    'of record.versions.filter((v) => !record.purges.some((p) => p.version === v.version)))\n',
  ],
  [
    'a checkpoint dates a put by its latest field',
    'standing-ops.ts',
    'register !== null && own.includes(register) ?',
    'register !== null ?',
  ],
  ['a checkpoint forgets keys', 'standing-ops.ts', 'yield* keyOps(version, records)', 'void records'],
  [
    'a checkpoint forgets settings',
    'standing-ops.ts',
    'of state.settings) yield',
    'of new Map<string, never>()) yield',
  ],
  [
    'a checkpoint forgets features',
    'standing-ops.ts',
    'of state.features) yield',
    'of new Map<string, never>()) yield',
  ],
]

describe('a fault planted in a rule is found by those histories', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-faults-'))
    await symlink(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it.each(FAULTS)('%s', async (what, file, from, to) => {
    const copy = join(folder, what.replaceAll(/[^a-z0-9]+/gi, '-'))
    for (const room of ['base', 'contract', 'journal']) {
      await cp(join(import.meta.dirname, '../../src/main', room), join(copy, room), { recursive: true })
    }
    const path = join(copy, 'journal', file)
    const [before, after, ...more] = (await readFile(path, 'utf8')).split(from)
    if (after === undefined || more.length > 0)
      throw new Error(`${file} has ${more.length + 1} places of: ${from}`)
    await writeFile(path, before + to + after)
    const faulty: Room = await import(join(copy, 'journal/index.ts'))
    expect(firstWrong(faulty, HISTORIES)).toMatch(/^seed /)
  })
})
