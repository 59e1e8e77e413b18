import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ItemId, ROOT_ID } from '../../src/main/contract/ids.ts'
import type { Op, PutOp } from '../../src/main/journal/index.ts'
import { idIn } from '../support/attack-keys.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import { codesOf, withLines } from '../support/cli.ts'
import { callsOf, type Fault, faultEnv, MUTATING, readLog } from '../support/faults.ts'
import { newId } from '../support/key-fixture.ts'
import { WorkFolder } from '../support/tree.ts'

const put = (item: ItemId, fields: Partial<PutOp>): PutOp => ({
  kind: 'put',
  item,
  itemKind: null,
  parent: null,
  name: null,
  mtimeMs: null,
  mode: null,
  ...fields,
})
const folder = (item: ItemId, parent: ItemId, name: string): PutOp =>
  put(item, { itemKind: 'folder', parent, name, mtimeMs: 0, mode: 0o755 })

/** Names that would lead elsewhere, be something else, or not be what they look like; and what is written. */
const NAMES: readonly (readonly [name: string, written: string | RegExp])[] = [
  ['../../x', /^[^/]+$/],
  ['..', /^[^/]*[^./][^/]*$/],
  ['.', /^[^/]*[^./][^/]*$/],
  ['/etc/x', /^[^/]+$/],
  ['', /./],
  ['a\0b', /^[^\0]+$/],
  ['C:\\x', 'C:\\x'],
  ['CON', 'CON'],
  ['\u202Etxt.exe', '\u202Etxt.exe'],
  ['\u001b[31mred', '\u001b[31mred'],
  [`${'ä'.repeat(150)}.txt`, /^.{1,255}$/u],
  ['line\nbreak', 'line\nbreak'],
  ['-rf', '-rf'],
]

describe('T17 names and places that a member gives to do harm', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    const files = Object.fromEntries(NAMES.map((_, index) => [`n${index}`, `the words of ${index}`]))
    vault = await AttackedVault.create(files)
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  const record = async (ops: readonly Op[]) => {
    await using open = await vault.open(vault.cyd)
    await open.record(ops)
  }
  const idOf = async (path: string): Promise<ItemId> => idIn<ItemId>((await vault.ann.item(path)).itemId)

  it('get writes each inside --to, under a name of one step; text shows no character that deceives', async () => {
    const items = await vault.ann.ls('/')
    const byName = new Map(items.map(({ path, itemId }) => [path, idIn<ItemId>(itemId)]))
    await record(NAMES.map(([name], index) => put(byName.get(`/n${index}`) ?? ROOT_ID, { name })))
    const { ben, own } = vault
    for (const device of [ben, vault.stranger()]) {
      const to = own.work.at('inside', `to ${device === ben}`)
      mkdirSync(own.work.at('inside'), { recursive: true })
      await device.ls()
      const around = [readdirSync(own.work.path), readdirSync(own.work.at('inside'))]
      const end = await device.does('get', '/', '--to', to)
      expect(end.lines.at(-1)).toMatchObject({ files: NAMES.length + 1, failed: [] })
      const beside = readdirSync(own.work.at('inside')).filter((name) => !to.endsWith(name))
      expect([readdirSync(own.work.path), beside]).toEqual(around)
      const written = readdirSync(to)
      expect(written).toHaveLength(NAMES.length + 2)
      for (const [index, [, wanted]] of NAMES.entries()) {
        const name = written.find(
          (each) =>
            lstatSync(join(to, each)).isFile() &&
            readFileSync(join(to, each), 'utf8') === `the words of ${index}`,
        )
        expect(name).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted))
      }
      for (const words of [['ls', '-R'], ['ls', '-R', '-l'], ['find', 'e'], ['check']]) {
        const { out, err } = await device.say(words[0] ?? '', ...words.slice(1))
        expect(`${out}${err}`).not.toMatch(/[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u)
      }
    }
  })

  it('folders in a circle, a folder in itself, in a file, in nothing: all is there, once, and an end to it', async () => {
    const [a, b, self, inFile, inNothing] = [1, 2, 3, 4, 5].map(() => newId<ItemId>())
    if (!a || !b || !self || !inFile || !inNothing) throw new Error('five ids')
    await record([
      folder(a, b, 'a'),
      folder(b, a, 'b'),
      folder(self, self, 'self'),
      folder(inFile, await idOf('/n0'), 'in a file'),
      folder(inNothing, newId<ItemId>(), 'in nothing'),
      put(await idOf('/n1'), { parent: a }),
    ])
    for (const device of [vault.ben, vault.stranger()]) {
      const paths = await device.paths()
      expect(new Set(paths).size).toBe(paths.length)
      for (const name of ['a', 'b', 'self', 'in a file', 'in nothing', 'n1', 'n2'])
        expect(paths.filter((path) => path.endsWith(`/${name}`))).toHaveLength(1)
      const to = vault.fresh()
      const end = await device.does('get', '/', '--to', to)
      expect(end.lines.at(-1)).toMatchObject({ files: NAMES.length + 1, failed: [] })
      const n1 = paths.find((path) => path.endsWith('/n1')) ?? ''
      expect(readFileSync(join(to, n1), 'utf8')).toBe('the words of 1')
    }
  })

  it('a mode with setuid and setgid: the file that comes out has neither', async () => {
    await record([put(await idOf('/n0'), { mode: 0o6755 })])
    const to = vault.fresh()
    await vault.ben.does('get', '/n0', '--to', to)
    expect(lstatSync(join(to, 'n0')).mode & 0o7777).toBe(0o755)
  })
})

describe('T18 a link that somebody puts into --to while `get` runs', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create()
    const tree = vault.own.work.at('tree')
    mkdirSync(join(tree, 'sub'), { recursive: true })
    for (const name of ['one', 'two', 'sub/three']) writeFileSync(join(tree, name), name)
    await vault.ann.does('add', tree)
  })
  afterAll(() => vault[Symbol.dispose]())

  it('is not followed at any call of the job: 10, and nothing is written behind it', async () => {
    using outside = new WorkFolder()
    const start = (to: string, fault: Partial<Fault>) => {
      const log = outside.at(`log ${basename(to)}`)
      const only = {
        dir: vault.own.work.path,
        only: `${to}/tree`,
        calls: [...MUTATING, 'open'] as const,
        log,
      }
      const env = faultEnv({ ...only, ...fault })
      return { log, running: vault.ben.start('get', ['/tree', '--to', to, '--json'], { env }) }
    }
    const probe = start(vault.fresh(), {})
    expect((await probe.running.ended).code).toBe(0)
    const count = callsOf(readLog(probe.log)).length
    expect(count).toBeGreaterThan(30)
    let refused = 0
    for (let at = 2; at <= count; at += 4) {
      const [to, behind] = [vault.fresh(), outside.at(`behind ${at}`)]
      mkdirSync(behind)
      const { running } = start(to, { at, act: { kind: 'stop' } })
      const stopped = running.stopped().then(() => true)
      if (await Promise.race([stopped, running.ended.then(() => false)])) {
        // Whichever of the two is there already: the upper one as soon as the lower one isn't.
        const place = join(to, existsSync(join(to, 'tree/sub')) ? 'tree/sub' : 'tree')
        if (existsSync(place)) {
          renameSync(place, `${to} moved away`)
          symlinkSync(behind, place)
        }
        running.goOn()
      }
      const end = withLines(await running.ended)
      if (end.code !== 0) {
        refused++
        expect([at, end.code, codesOf(end)]).toEqual([at, 10, expect.arrayContaining(['PATH_UNSAFE'])])
      }
      expect([at, readdirSync(behind)]).toEqual([at, []])
    }
    expect(refused).toBeGreaterThan(count / 16)
  })

  it('that stands there beforehand is not followed: 10, and nothing is written behind it', async () => {
    using outside = new WorkFolder()
    for (const place of ['tree', 'tree/sub']) {
      const to = vault.fresh()
      mkdirSync(join(to, place, '..'), { recursive: true })
      symlinkSync(outside.path, join(to, place))
      const end = await vault.ben.run('get', '/tree', '--to', to, '--overwrite')
      expect([place, end.code, codesOf(end).includes('PATH_UNSAFE')]).toEqual([place, 10, true])
      expect(readdirSync(outside.path)).toEqual([])
    }
  })
})
