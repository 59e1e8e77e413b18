import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { concat, writeCbor } from '../../src/main/base/index.ts'
import { type ItemId, idBytes, ROOT_ID } from '../../src/main/contract/ids.ts'
import { LATEST_TIME, type PutOp } from '../../src/main/journal/index.ts'
import { makeFolder } from '../../src/main/vault/index.ts'
import {
  batch,
  forgeSegment,
  forkSegment,
  journalFrames,
  openOp,
  segmentNames,
} from '../support/attack-journal.ts'
import { AttackedVault, messageName } from '../support/attack-vault.ts'
import { findingsOf } from '../support/attacked-messages.ts'
import { newId } from '../support/key-fixture.ts'
import { differences, readTree } from '../support/tree.ts'
import type { CliDevice } from '../support/vault-cli.ts'

const now = () => Date.now() * 1000
const folder = (name: string): PutOp => ({
  kind: 'put',
  item: newId<ItemId>(),
  itemKind: 'folder',
  parent: ROOT_ID,
  name,
  mtimeMs: 0,
  mode: 0o755,
})
const LISTED = ['/from ben', '/from cyd/', '/x']
const OPEN = batch(writeCbor(1_700_000_000_000_000), [openOp])
const DEEP = Buffer.concat([Buffer.alloc(10_000, 0x81), Buffer.of(0)])
/** `[7, "name", value]`, an op `set`. */
const set = (value: Uint8Array): Uint8Array => concat(Buffer.of(0x83), writeCbor(7), writeCbor('name'), value)

describe('a journal that a holder of its key wrote to do harm', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  const forge = async (...contents: readonly Uint8Array[]): Promise<string> => {
    await using open = await vault.open(vault.cyd)
    return forgeSegment(open, contents)
  }

  const says = (device: CliDevice, command: string, ...words: readonly string[]) =>
    vault.says(device, command, ...words)

  it('is applied as far as it is one: the forging is right but for what is forged', async () => {
    await forge(OPEN, batch(writeCbor(now()), [folder('a good one')]))
    for (const device of [vault.ben, vault.stranger()]) {
      expect(await device.paths()).toEqual(['/a good one', '/from ben', '/from cyd', '/x'])
      expect(await says(device, 'check')).toEqual([0])
    }
  })

  /** The names that `check` finds damaged: in those alone. */
  const damaged = async (device: CliDevice): Promise<readonly string[]> => {
    const before = readTree(vault.path)
    const end = await device.run('check')
    expect([end.code, differences(before, readTree(vault.path))]).toEqual([4, []])
    const { findings } = findingsOf(end.lines.at(-1))
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['JOURNAL_DAMAGED']))
    return findings.map(({ path }) => path).sort()
  }

  it('T15 batches at times that are none: 4, none is applied, and the order stays', async () => {
    const times = [
      Buffer.from('1bffffffffffffffff', 'hex'),
      writeCbor(LATEST_TIME + 1),
      writeCbor(-1),
      writeCbor('now'),
    ]
    const forged: string[] = []
    for (const time of times) {
      const after = batch(writeCbor(now()), [folder('after it')])
      forged.push(await forge(OPEN, batch(time, [folder('from the future')]), after))
    }
    for (const device of [vault.ann, vault.ben, vault.stranger()]) {
      expect(await says(device, 'ls')).toEqual([4, 'JOURNAL_DAMAGED'])
      expect(await damaged(device)).toEqual(forged.toSorted())
    }
    // What honest devices write goes on after what they wrote before.
    expect((await vault.ben.say('add', vault.source('x', 'the news of X'))).code).toBe(4)
    const { code, out } = await vault.ann.say('cat', '/x')
    expect([code, out]).toEqual([4, 'the news of X'])
    expect((await vault.ann.say('ls', '-R')).out.split('\n').sort()).toEqual(['', ...LISTED])
    const versions = (await vault.ann.say('ls', '/x', '--versions', '--json')).out
    const added = versions.match(/(?<="addedMs":)\d+/g)?.map(Number) ?? []
    expect(added).toHaveLength(2)
    for (const addedMs of added) expect(Math.abs(addedMs - Date.now())).toBeLessThan(600_000)
  })

  it('T20 records that are no CBOR of ours: 4, nothing of them is applied', async () => {
    const ops: Readonly<Record<string, Uint8Array>> = {
      'a key twice': set(Buffer.from('a201000100', 'hex')),
      'a map': set(Buffer.from('a10100', 'hex')),
      'a list 10,000 deep': set(DEEP),
      'a list of open length': set(Buffer.from('9f00ff', 'hex')),
      'a number longer than need be': set(Buffer.from('1801', 'hex')),
      'a float': set(Buffer.from('fb3ff0000000000000', 'hex')),
      'text that is no UTF-8': set(Buffer.from('61ff', 'hex')),
      'text of 4 GiB that is not there': set(Buffer.from('7affffffff', 'hex')),
      'an id of 15 bytes': concat(Buffer.of(0x82), writeCbor(6), writeCbor(new Uint8Array(15))),
      'the root put elsewhere': concat(
        Buffer.of(0x87, 2),
        writeCbor(idBytes(ROOT_ID)),
        Buffer.alloc(5, 0xf6),
      ),
      'an op that is none': Buffer.from('80', 'hex'),
    }
    const forged: string[] = []
    for (const op of Object.values(ops)) {
      const after = batch(writeCbor(now()), [folder('after it')])
      forged.push(await forge(OPEN, batch(writeCbor(now()), [folder('beside it'), op]), after))
    }
    for (const device of [vault.ben, vault.stranger()]) {
      expect(await says(device, 'ls')).toEqual([4, 'JOURNAL_DAMAGED'])
      expect(await damaged(device)).toEqual(forged.toSorted())
      expect((await device.say('ls', '-R')).out.split('\n').sort()).toEqual(['', ...LISTED])
    }
  })

  it('T20 a value and a folder named __proto__ are what they are: a value and a folder', async () => {
    await forge(
      OPEN,
      batch(writeCbor(now()), [
        { kind: 'set', name: '__proto__', value: ['__proto__'] },
        folder('__proto__'),
      ]),
    )
    for (const device of [vault.ben, vault.stranger()]) {
      expect(await device.paths()).toEqual(['/__proto__', '/from ben', '/from cyd', '/x'])
      expect(await says(device, 'check')).toEqual([0])
      const to = vault.fresh()
      await device.does('get', '/', '--to', to)
      expect([...readTree(to).keys()]).toEqual(['', '__proto__', 'from ben', 'from cyd', 'x'])
    }
  })

  it('T19 a copy of a message that a sync tool made is said, and left alone', async () => {
    const { versionId } = await vault.ann.item('/x')
    const name = messageName(versionId ?? '')
    const copy = name.replace('.sealed', ' (conflicted copy).sealed')
    vault.write(copy, readFileSync(vault.at(name)))
    for (const device of [vault.ben, vault.stranger()]) {
      const { code, err } = await device.say('check', '--read-data')
      expect([code, err]).toEqual([0, expect.stringContaining(`Note: ${copy}: `)])
      const before = readTree(vault.path)
      await device.does('repair')
      expect(differences(before, readTree(vault.path))).toEqual([])
    }
  })

  it('T19 a copy of a segment is said, and nothing comes twice', async () => {
    const [name = ''] = segmentNames(vault.path)
    const copy = name.replace('.log', ' (conflicted copy).log')
    vault.write(copy, readFileSync(vault.at(name)))
    for (const device of [vault.ben, vault.stranger()]) {
      expect(await device.paths()).toEqual(['/from ben', '/from cyd', '/x'])
      const { code, err } = await device.say('check')
      expect([code, err]).toEqual([0, expect.stringContaining(`Note: ${copy}: `)])
    }
  })

  it('T19 a copy that goes another way than the segment is said, and both ways are applied', async () => {
    const before = new Set(segmentNames(vault.path))
    {
      await using open = await vault.open()
      for (const path of ['/one', '/two']) await makeFolder(open, path)
    }
    for (const device of [vault.ben, vault.cyd]) await device.ls()
    const name = segmentNames(vault.path).find((each) => !before.has(each)) ?? ''
    const segment = readFileSync(vault.at(name))
    expect(journalFrames(segment)).toHaveLength(3)
    {
      await using open = await vault.open(vault.cyd)
      const branch = forkSegment(open, segment, 1, [batch(writeCbor(now()), [folder('another two')])])
      writeFileSync(vault.at(name.replace('.log', ' (1).log')), branch)
    }
    for (const device of [vault.ann, vault.ben, vault.stranger()]) {
      expect(await device.paths()).toEqual(['/another two', '/from ben', '/from cyd', '/one', '/two', '/x'])
      const { code, err } = await device.say('check')
      expect([code, err]).toEqual([0, expect.stringMatching(/goes on in two ways after record/)])
    }
  })
})
