import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { type Act, type Call, callsOf, readLog } from '../support/faults.ts'
import { FaultVault } from '../support/vault-faults.ts'
import { faultAndAgain, groundOf, IN_SOAK, type Scenario } from '../support/vault-faults-sweep.ts'
import { kindsOf } from '../support/vault-faults-view.ts'

const vault = await FaultVault.filled()
afterAll(() => vault[Symbol.dispose]())

const add: Scenario = {
  name: 'add',
  words: ['add', 'VAULT', 'SOURCES/tree', 'SOURCES/more'],
  doneBefore: 0,
  atomic: false,
}
const rm: Scenario = { name: 'rm', words: ['rm', 'VAULT', '/tree/sub'], doneBefore: 7, atomic: true }

/** What a disk says when it fails, is full or is read-only, and the code that a person gets for it. */
const FAULTS: readonly [Act & { kind: 'fail' }, readonly Call[], string][] = [
  [
    { kind: 'fail', errno: 'EIO' },
    ['fsync', 'fdatasync', 'rename', 'write', 'create', 'mkdir', 'truncate', 'fchmod', 'utime'],
    'IO_ERROR',
  ],
  [{ kind: 'fail', errno: 'ENOSPC' }, ['write', 'mkdir'], 'NO_SPACE'],
  [{ kind: 'fail', errno: 'EROFS' }, ['create', 'rename'], 'READ_ONLY'],
]

const inVault = `${vault.path}/`
const segments = () => readdirSync(join(vault.path, 'journal'), { recursive: true }).length

for (const scenario of [add, rm]) {
  const { name } = scenario
  const ground = await groundOf(vault, scenario)

  describe(`${name}, a call to the vault that fails (F1, F3)`, () => {
    for (const [act, kinds, code] of FAULTS) {
      for (const kind of kinds) {
        const count = ground.points.filter(
          ({ call }) => call.call === kind && call.path.startsWith(inVault),
        ).length
        it.each(Array.from({ length: count }, (_, i) => i + 1))(
          `${act.errno} at ${kind} %i is 10 and ${code}; nothing is lost, and a retry finishes`,
          async (at) => {
            const fault = { calls: [kind], only: inVault, at, act } as const
            const { end, again } = await faultAndAgain(vault, scenario, ground, fault)
            expect(kindsOf(again.notes).filter((note) => note !== 'torn' && note !== 'arriving')).toEqual([])
            // The last append says that nothing follows: a segment is whole without it.
            const closing = name === 'add' && end.code === 0 && /\.log$/.test(lastPath(end.log))
            if (!closing) expect([end.code, codesOf(end)]).toEqual([10, [code]])
          },
        )
      }
    }

    it('a write that does only half is gone on with', async () => {
      const fault = { calls: ['write'], only: inVault, at: 1, onwards: true, act: { kind: 'short' } } as const
      const { end } = await faultAndAgain(vault, scenario, ground, fault)
      expect([end.code, end.err]).toEqual([0, ''])
    })
  })

  describe(`${name}, a call to its own databases that fails`, () => {
    const calls = ['write', 'fsync', 'fdatasync', 'create', 'truncate'] as const
    const count = ground.points.filter(
      ({ call }) => call.path.startsWith(vault.state) && calls.some((each) => each === call.call),
    ).length
    const step = IN_SOAK ? 1 : 9
    const numbers = Array.from({ length: Math.floor((count - 1) / step) }, (_, i) => 1 + i * step)
    it.each(numbers)('EIO at call %i loses nothing, and a retry finishes', async (at) => {
      const act = { kind: 'fail', errno: 'EIO' } as const
      const { end } = await faultAndAgain(vault, scenario, ground, {
        calls,
        only: `${vault.state}/`,
        at,
        act,
      })
      expect([0, 10]).toContain(end.code)
      // SQLite has one word for every file that it can’t open.
      expect(codesOf(end).filter((code) => code !== 'IO_ERROR' && code !== 'ACCESS_DENIED')).toEqual([])
    })
  })
}

describe('an append that fails (F1)', () => {
  it('ends its segment: what follows in the same run goes into a new one, and is kept', async () => {
    vault.reset()
    for (let i = 0; i < 1_100; i++) vault.source(`many/${i}`, 10 + (i % 7))
    const before = segments()
    const words = ['add', 'VAULT', 'SOURCES/many', '--into', '/came']
    // The first append makes the folder; the second records the first files.
    const fault = {
      calls: ['fdatasync'],
      only: '/journal/',
      at: 2,
      act: { kind: 'fail', errno: 'EIO' },
    } as const
    const end = await vault.run(words, fault)
    expect([end.code, codesOf(end)]).toEqual([10, ['IO_ERROR']])
    expect(segments()).toBe(before + 2)
    const done = filesOf(end, 'done')
    expect(done.length).toBeGreaterThan(100)
    expect(done.length).toBeLessThan(1_000)
    const { items } = await vault.view()
    for (const { target = '' } of done) expect(items.has(target)).toBe(true)
    await vault.expect(0, words)
    const all = [...(await vault.viewOfStranger()).items.keys()]
    expect(all.filter((path) => /^\/came\/many\/\d+$/.test(path))).toHaveLength(1_100)
  })
})

/** Where the last logged call went. */
function lastPath(log: string): string {
  return callsOf(readLog(log)).at(-1)?.path ?? ''
}
