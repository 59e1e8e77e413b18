import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { journalFrames, segmentNames } from '../support/attack-journal.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import { NODE, startCli } from '../support/cli.ts'
import type { CliDevice } from '../support/vault-cli.ts'

type Row = {
  readonly type: string
  readonly act: string
  readonly text: string
  readonly outcome: string
  readonly deviceName: string
  readonly device: string
  readonly time: string
  readonly segment: string
  readonly record: number
  readonly items: readonly { readonly itemId: string; readonly path: string | null }[]
  readonly keys: readonly { readonly label: string; readonly keyVersionId: string }[]
}

/** Runs `strongroom audit <act>` of a device. */
const audit = (device: CliDevice, act: string, ...words: readonly string[]) =>
  startCli(['audit', act, device.vault, ...words, ...device.way], {
    env: { STRONGROOM_STATE_DIR: device.stateFolder },
  }).ended

async function rows(device: CliDevice, ...words: readonly string[]): Promise<readonly Row[]> {
  const { code, out, err } = await audit(device, 'ls', ...words, '--json')
  expect([code, err]).toEqual([0, ''])
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Row => JSON.parse(line))
}
const acts = (all: readonly Row[]) => all.map(({ act }) => act)

describe('audit', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X', '=1+1': 'sums' })
    const { ann, ben } = vault
    await ann.does('mkdir', '/kept')
    await ann.does('mv', '/x', '/kept/y')
    await ann.does('rm', '/from cyd')
    await ann.does('restore', '/from cyd')
    await ann.does('get', '/kept/y', '--to', vault.fresh())
    await ben.does('rm', '/=1+1')
    await ben.does('purge', '/=1+1', '--yes')
    vault.save()
  })
  afterAll(() => vault[Symbol.dispose]())

  it('ls tells what was done, newest last, with the names of now', async () => {
    const all = await rows(vault.ann)
    const told = acts(all.filter(({ act }) => !/^(set|key-file-added)$/.test(act)))
    const later = ['make-folder', 'make-folder', 'move', 'bin', 'restore', 'get', 'bin', 'purge']
    expect(told).toEqual(['add', 'add', 'add', ...later])
    expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).toSorted())
    const moved = all.find(({ act }) => act === 'move')
    expect(moved?.text).toBe('moved /kept/y')
    expect(moved?.items.map(({ path }) => path)).toEqual(['/kept/y'])
    expect(all.find(({ act }) => act === 'add')?.keys).toHaveLength(1)
    const purged = all.at(-1)
    expect(purged?.items[0]?.path).toBe(null)
    expect(all.some(({ act, text }) => act === 'set' && text.includes('recovery'))).toBe(false)
  })

  it('ls keeps to what is asked for', async () => {
    const { ann, ben } = vault
    expect(acts(await rows(ann, '--act', 'bin', 'purge'))).toEqual(['bin', 'bin', 'purge'])
    expect(acts(await rows(ann, '--limit', '2'))).toEqual(['bin', 'purge'])
    expect(acts(await rows(ann, '--item', '/kept'))).toEqual(['add', 'make-folder', 'move', 'get'])
    const [purged] = (await rows(ann, '--act', 'purge')).flatMap(({ items }) => items)
    expect(acts(await rows(ann, '--item', purged?.itemId ?? ''))).toEqual(['add', 'bin', 'purge'])
    const [add] = await rows(ann, '--act', 'add')
    const version = add?.keys[0]?.keyVersionId ?? ''
    expect(acts(await rows(ann, '--key', version.slice(0, 10), '--act', 'add'))).toHaveLength(3)
    expect(await rows(ann, '--key', 'ffffffffff')).toEqual([])
    const cut = (await rows(ann, '--act', 'move'))[0]?.time ?? ''
    const since = await rows(ann, '--since', cut)
    expect(acts(since)).toEqual(['move', 'bin', 'restore', 'get', 'bin', 'purge'])
    const until = await rows(ann, '--until', cut)
    expect(until.at(-1)?.act).toBe('move')
    expect(since.length + until.length - 1).toBe((await rows(ann)).length)
    expect(await rows(ann, '--until', '2020-01-01')).toEqual([])
    const ofBen = (await rows(ann, '--act', 'purge'))[0]?.device ?? ''
    const expected = ['add', 'bin', 'purge']
    expect(acts(await rows(ben, '--device', ofBen.slice(0, 8)))).toEqual(expected)
    expect(acts(await rows(ann, '--act', 'open')).length).toBeGreaterThan(5)
  })

  it('ls tells what was refused and what failed', async () => {
    const name = await vault.message('/kept/y')
    const whole = readFileSync(vault.at(name))
    vault.write(name, whole.subarray(0, -4))
    const { code } = await vault.ann.run('cat', '/kept/y')
    expect(code).toBe(4)
    expect(await rows(vault.ann, '--outcome', 'failed')).toMatchObject([
      { act: 'cat', outcome: 'MESSAGE_TRUNCATED', items: [{ path: '/kept/y' }] },
    ])
    expect(await rows(vault.ann, '--outcome', 'refused')).toEqual([])
    vault.putBack()
  })

  it.each([
    ['ls', '--since', 'yesterday'],
    ['ls', '--until', '2026-13-01'],
    ['ls', '--limit', '0'],
    ['ls', '--outcome', 'odd'],
    ['export', '--format', 'csv'],
    ['reconcile'],
  ])('%s refuses words that it does not know: %s %s', async (act, ...words) => {
    expect((await audit(vault.ann, act ?? '', ...words)).code).toBe(2)
  })

  it('export writes CSV that no spreadsheet runs, and never onto a file', async () => {
    const file = vault.own.work.at('audit.csv')
    const { code, out } = await audit(
      vault.ann,
      'export',
      '--to',
      file,
      '--act',
      'make-folder',
      'add',
      'purge',
    )
    expect([code, out]).toEqual([0, `6 acts in ${file}.\n`])
    const text = readFileSync(file, 'utf8')
    expect(text.startsWith('\uFEFFtime,device,device id,act,what,')).toBe(true)
    expect(text.split('\r\n')).toHaveLength(1 + 6 + 1)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { code: again, err } = await audit(vault.ann, 'export', '--to', file)
    expect([again, err]).toEqual([8, expect.stringContaining('[DESTINATION_EXISTS]')])
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(acts(await rows(vault.ann, '--act', 'audit export'))).toEqual(['audit export'])
  })

  it('export as JSON is one document, of all that ls tells', async () => {
    const file = vault.own.work.at('audit.json')
    const told = (await rows(vault.ann)).map(({ type: _, time: __, ...row }) => row)
    await audit(vault.ann, 'export', '--to', file, '--format', 'json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(told)
  })

  describe('verify', () => {
    /** The segment in which Ann moved /x: open, move, close. */
    const moved = async () => {
      const [row] = await rows(vault.ann, '--act', 'move')
      const name = segmentNames(vault.path).find((each) => each.includes(row?.segment ?? 'none')) ?? ''
      return { row, name, bytes: readFileSync(vault.at(name)) }
    }
    const verify = async (device: CliDevice) => {
      const { code, out } = await audit(device, 'verify', '--json')
      return { code, report: JSON.parse(out.trim().split('\n').at(-1) ?? '') }
    }

    it('says what a sound record proves and what not, and counts it', async () => {
      const { code, report } = await verify(vault.ann)
      expect([code, report.findings, report.notes]).toEqual([0, [], []])
      expect(report.proves).toHaveLength(3)
      expect(report.doesNotProve.join()).toContain('Which member wrote a record')
      expect(report.devices).toHaveLength(3)
      expect(report.segments).toHaveLength(segmentNames(vault.path).length)
      const frames = segmentNames(vault.path).flatMap((name) => journalFrames(readFileSync(vault.at(name))))
      const records = report.segments.reduce(
        (sum: number, each: { records: number }) => sum + each.records,
        0,
      )
      expect(records).toBe(frames.length)
    })

    it('names a record that was changed, and keeps its bytes', async () => {
      const { row, name, bytes } = await moved()
      const [frame] = journalFrames(bytes)
      const changed = Buffer.from(bytes)
      changed[(frame?.from ?? 0) + 30] = (changed[(frame?.from ?? 0) + 30] ?? 0) ^ 1
      writeFileSync(vault.at(name), changed)
      const { code, report } = await verify(vault.ben)
      expect([code, report.proves]).toEqual([4, []])
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          kind: 'JOURNAL_DAMAGED',
          segment: row?.segment,
          device: row?.device,
          record: 1,
        }),
      )
      expect(readFileSync(vault.at(name))).toEqual(changed)
      const listed = await audit(vault.ben, 'ls')
      expect([listed.code, listed.err]).toEqual([4, expect.stringContaining('from record 1 on')])
      vault.putBack()
    })

    it('names a record that was removed or put in another’s place', async () => {
      // One segment with several records, written by the service in one run.
      const { makeFolder } = await import('../../src/main/vault/index.ts')
      const before = new Set(segmentNames(vault.path))
      {
        await using open = await vault.open()
        for (const folder of ['/1', '/2', '/3', '/4']) await makeFolder(open, folder)
      }
      const [name = ''] = segmentNames(vault.path).filter((each) => !before.has(each))
      await vault.ben.ls()
      const bytes = readFileSync(vault.at(name))
      const parts = journalFrames(bytes).map(({ from, end }) => bytes.subarray(from, end))
      const put = (...order: readonly number[]) => {
        const frames = order.map((index) => parts[index] ?? Buffer.alloc(0))
        writeFileSync(vault.at(name), Buffer.concat([bytes.subarray(0, 68), ...frames]))
      }
      const segment = name.split('/')[2]?.slice(0, 32)
      const finding = (kind: string, record: number) => expect.objectContaining({ kind, segment, record })
      put(0, 2, 3, 4)
      expect((await verify(vault.ben)).report.findings).toContainEqual(finding('JOURNAL_DAMAGED', 2))
      put(0, 1, 3, 2, 4)
      expect((await verify(vault.ben)).report.findings).toContainEqual(finding('JOURNAL_DAMAGED', 3))
      put(0, 1, 2)
      expect((await verify(vault.ben)).report.findings).toEqual([finding('JOURNAL_ROLLED_BACK', 4)])
      // Whoever never saw the end does not miss it: that is said among what the chain does not prove.
      const stranger = await verify(vault.stranger())
      expect([stranger.code, stranger.report.findings]).toEqual([0, []])
      put(0, 1, 2, 3, 4)
      expect((await verify(vault.ben)).code).toBe(0)
      vault.putBack()
    })

    it('in words, for a person', async () => {
      const { code, out } = await audit(vault.ann, 'verify')
      expect(code).toBe(0)
      expect(out).toContain('holds.\nIt proves:\n')
      expect(out).toContain('It does not prove:\n')
    })
  })

  it('reconcile of a vault without a key at KMS says that there is nothing to compare', async () => {
    const { code, err } = await audit(vault.ann, 'reconcile', '--trail', NODE)
    expect([code, err]).toEqual([7, expect.stringContaining('[KEY_NOT_FOUND]')])
  })
})
