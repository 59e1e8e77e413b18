import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { FaultVault } from '../support/vault-faults.ts'
import { chosen, faultAndAgain, groundOf, type Scenario } from '../support/vault-faults-sweep.ts'

const MKDIR: Scenario = {
  name: 'mkdir',
  words: ['mkdir', 'VAULT', '/new/deep', '-p'],
  doneBefore: 0,
  atomic: true,
}
const scenarios: readonly Scenario[] = [
  { name: 'add', words: ['add', 'VAULT', 'SOURCES/tree', 'SOURCES/more'], doneBefore: 0, atomic: false },
  MKDIR,
  {
    name: 'mv',
    words: ['mv', 'VAULT', '/tree/hello.txt', '/tree/sub', '/place'],
    doneBefore: 7,
    atomic: true,
  },
  { name: 'rm', words: ['rm', 'VAULT', '/tree/hello.txt', '/tree/sub'], doneBefore: 7, atomic: true },
  { name: 'restore', words: ['restore', 'VAULT', '/gone', '/lone'], doneBefore: 2, atomic: true },
  { name: 'purge', words: ['purge', 'VAULT', '/gone', '/lone', '--yes'], doneBefore: 7, atomic: true },
]

const vault = await FaultVault.filled()
/** The same for a device that has looked into the vault and never wrote: its folder is still to be made. */
const newcomer = await FaultVault.filled()
newcomer.reset()
rmSync(newcomer.state, { recursive: true })
await newcomer.view()
newcomer.save()
afterAll(() => {
  for (const bed of [vault, newcomer]) bed[Symbol.dispose]()
})

for (const scenario of scenarios) await sweep(vault, scenario)
await sweep(newcomer, { ...MKDIR, name: 'the first mkdir of a device' })

async function sweep(vault: FaultVault, scenario: Scenario): Promise<void> {
  const { name } = scenario
  const ground = await groundOf(vault, scenario)
  const points = chosen(vault, ground.points)
  const writes = ground.points.filter(({ call }) => call.call === 'write' && call.path.startsWith(vault.path))
  let killed = 0

  describe(`${name}, killed`, () => {
    it.each(points)('at call $at ($words) loses nothing, and finishes when run again', async ({ at }) => {
      const { end, again } = await faultAndAgain(vault, scenario, ground, { at, act: { kind: 'kill' } })
      if (end.signal === 'SIGKILL') killed++
      // Of a purge the messages may be left: `repair` removes them.
      const mayStay = name === 'purge' ? ['torn', 'arriving', 'purged'] : ['torn', 'arriving']
      expect(again.notes.filter((note) => !mayStay.includes(note.split(' ')[0] ?? ''))).toEqual([])
    })

    it.each(writes.map((_, i) => i + 1))(
      'amid write %i to the vault loses nothing, and finishes when run again',
      async (at) => {
        const fault = { calls: ['write'], only: `${vault.path}/`, at, act: { kind: 'torn' } } as const
        const { end } = await faultAndAgain(vault, scenario, ground, fault)
        if (end.signal === 'SIGKILL') killed++
      },
    )

    it('was really killed nearly each time', () => {
      expect(killed).toBeGreaterThan((points.length + writes.length) * 0.9)
    })
  })
}
