import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf, startCli } from '../support/cli.ts'
import type { FaultEnd } from '../support/faults-command.ts'
import { FaultVault, type Words } from '../support/vault-faults.ts'
import { kindsOf, viewDifferences } from '../support/vault-faults-view.ts'

const vault = await FaultVault.filled()
afterAll(() => vault[Symbol.dispose]())

const ADD: Words = ['add', 'VAULT', 'SOURCES/more', '--into', '/came']
const segments = () =>
  readdirSync(join(vault.path, 'journal'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(vault.path, 'journal', name))

/**
 * Stops an `add` that has recorded its target folder, when it is about to name a message; lets `act` do
 * something to its segment; lets it go on.
 */
async function whileItRuns(act: (segment: string) => void): Promise<FaultEnd> {
  vault.reset()
  const before = new Set(segments())
  const stop = { calls: ['rename'], only: '/items/', at: 1, act: { kind: 'stop' } } as const
  const { running, ended } = vault.start(ADD, stop)
  await running.stopped()
  const [segment = ''] = segments().filter((path) => !before.has(path))
  act(segment)
  running.goOn()
  return await ended
}

/** Puts another file under a segment's name in one step, as a sync tool does. */
function replace(segment: string, bytes: (own: Buffer) => Uint8Array): void {
  writeFileSync(`${segment}.arriving`, bytes(readFileSync(segment)))
  renameSync(`${segment}.arriving`, segment)
}

const done = await (async () => {
  vault.reset()
  await vault.expect(0, ADD)
  return await vault.view()
})()

const ways: readonly [string, (segment: string) => void][] = [
  ['the same bytes in another file', (segment) => replace(segment, (own) => own)],
  ['an older state of it', (segment) => replace(segment, (own) => own.subarray(0, own.length - 30))],
  ['a state before its first record', (segment) => replace(segment, (own) => own.subarray(0, 68))],
  ['an empty file', (segment) => replace(segment, () => new Uint8Array())],
  ['nothing at all', (segment) => rmSync(segment)],
]

describe('a segment whose name gets another file while its process writes it (F13)', () => {
  it.each(ways)('%s: 10, what was acknowledged is kept, and a second run finishes', async (_, act) => {
    const end = await whileItRuns(act)
    expect([end.code, codesOf(end)]).toEqual([10, ['SEGMENT_REPLACED']])
    expect(filesOf(end, 'done')).toEqual([])
    for (const view of [await vault.view(), await vault.viewOfStranger()]) {
      expect([view.items.has('/came'), view.items.has('/came/more/new')]).toEqual([true, false])
    }
    await vault.expect(0, ADD)
    const after = await vault.view()
    expect(viewDifferences(done, after)).toEqual([])
    expect(kindsOf(after.notes).filter((kind) => kind !== 'copy' && kind !== 'torn')).toEqual([])
    expect(viewDifferences(done, await vault.viewOfStranger())).toEqual([])
  })

  it('strange bytes: nothing is missing here; others are told that the file is damaged', async () => {
    const end = await whileItRuns((segment) => replace(segment, (own) => new Uint8Array(own.length).fill(7)))
    expect([end.code, codesOf(end)]).toEqual([10, ['SEGMENT_REPLACED']])
    await vault.expect(0, ADD)
    expect(viewDifferences(done, await vault.view())).toEqual([])
    const words = ['get', vault.path, '/came', '--to', vault.at('out'), '--json']
    const stranger = ['--state-dir', vault.at('other'), '--recovery-file', vault.code, '--no-keychain']
    const other = await startCli([...words, ...stranger]).ended
    expect([other.code, other.err]).toEqual([4, expect.stringContaining('JOURNAL_DAMAGED')])
    const name = 'more/below/newer'
    expect(readFileSync(vault.at('out/came', name))).toEqual(readFileSync(vault.at('sources', name)))
  })

  it('a copy beside it, and it left alone: nothing is refused', async () => {
    const end = await whileItRuns((segment) => copyFileSync(segment, segment.replace('.log', ' (copy).log')))
    expect([end.code, codesOf(end)]).toEqual([0, []])
    expect(viewDifferences(done, await vault.view())).toEqual([])
  })

  it('the file that came keeps its bytes', async () => {
    let before = ''
    let replaced = ''
    await whileItRuns((segment) => {
      replaced = segment
      replace(segment, (own) => own.subarray(0, 100))
      before = stampOf(segment)
    })
    expect(stampOf(replaced)).toBe(before)
  })
})

function stampOf(path: string): string {
  const { ino, size, mtimeMs, ctimeMs } = statSync(path)
  return [ino, size, mtimeMs, ctimeMs, readFileSync(path).toString('hex')].join()
}
