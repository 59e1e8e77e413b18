import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ROOT_ID } from '../../src/main/contract/ids.ts'
import { type AuditRow, exportAudit } from '../../src/main/vault/index.ts'
import { refusalOf } from '../support/refusal.ts'
import { WorkFolder } from '../support/tree.ts'

const ROW: AuditRow = {
  timeMs: Date.parse('2026-11-24T21:00:00Z'),
  device: 'd'.repeat(32),
  deviceName: 'laptop',
  act: 'add',
  text: 'added /a',
  outcome: 'ok',
  ending: 'ok',
  items: [{ itemId: ROOT_ID, path: '/a' }],
  versions: [],
  keys: [],
  kmsCalls: [],
  segment: 'b'.repeat(32),
  record: 1,
  index: 2,
  held: false,
}

let work: WorkFolder
beforeEach(() => {
  work = new WorkFolder()
})
afterEach(() => work[Symbol.dispose]())

async function* each(...rows: readonly AuditRow[]) {
  yield* rows
}

it('a CSV holds no cell that a spreadsheet would run, whatever a device or a key was named', async () => {
  const evil = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '"=1', ',=1']
  const keys = evil.map((label) => ({
    label,
    keyId: '',
    keyVersionId: null,
    keyMaterialId: null,
    removed: false,
  }))
  const rows = evil.map((deviceName, index) => ({
    ...ROW,
    deviceName,
    act: deviceName,
    keys: keys.slice(index),
  }))
  await exportAudit(each(...rows), work.at('evil.csv'), 'csv')
  const text = readFileSync(work.at('evil.csv'), 'utf8').slice(1)
  // A cell begins at the beginning, after a comma or after a line’s end, perhaps behind its quote.
  const cells = text
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)|\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((cell) => cell.replace(/^"/, ''))
  expect(cells.length).toBe((1 + evil.length) * 17 + 1)
  expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
  expect(text).toContain("'=1+1")
})

it('a file of no acts is a file all the same', async () => {
  expect(await exportAudit(each(), work.at('none.json'), 'json')).toBe(0)
  expect(JSON.parse(readFileSync(work.at('none.json'), 'utf8'))).toEqual([])
})

it('an export that fails on the way leaves nothing behind', async () => {
  async function* failing() {
    yield ROW
    throw new Error('the disk is gone')
  }
  await expect(exportAudit(failing(), work.at('half.csv'), 'csv')).rejects.toThrow('the disk is gone')
  expect(readdirSync(work.at('.'))).toEqual([])
})

it('an export never takes the place of a file that came meanwhile', async () => {
  async function* meanwhile() {
    await exportAudit(each(), work.at('a.csv'), 'csv')
    yield ROW
  }
  expect((await refusalOf(exportAudit(meanwhile(), work.at('a.csv'), 'csv'))).code).toBe('DESTINATION_EXISTS')
  expect(readFileSync(work.at('a.csv'), 'utf8')).not.toContain('laptop')
})
