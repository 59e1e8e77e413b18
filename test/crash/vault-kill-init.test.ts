import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { callsOf, readLog } from '../support/faults.ts'
import { untrueAcks } from '../support/faults-durability.ts'
import { FaultVault, type VaultFault } from '../support/vault-faults.ts'
import { chosen, IN_SOAK, type KillPoint, targetsIn, wordsOf } from '../support/vault-faults-sweep.ts'

const bed = new FaultVault()
afterAll(() => bed[Symbol.dispose]())
bed.save()

const { initWords } = bed
const pointsOf = (log: string): readonly KillPoint[] =>
  callsOf(readLog(log)).map((call) => ({ at: call.n, words: wordsOf(call, bed), call }))

/** Every sixth call is enough for `npm test`: each run pays for a passphrase. */
const thin = (points: readonly KillPoint[]) => points.filter((_, i) => IN_SOAK || i % 6 === 0)

const clean = await bed.expect(0, initWords)
const points = thin(chosen(bed, pointsOf(clean.log)))

/** What is there but for the vault, its code and what the test put there. */
const leftovers = () =>
  readdirSync(bed.folder).filter((name) => !/^(vault|state|code|sources|passphrase|acks \d+)$/.test(name))

const VAULTS_KNOWN = () => (existsSync(bed.at('state/vaults')) ? readdirSync(bed.at('state/vaults')) : [])

/** What must hold when `init` is done, whatever happened before. */
async function expectWhole(): Promise<void> {
  expect(leftovers()).toEqual([])
  const vault: unknown = JSON.parse(readFileSync(bed.at('vault/vault.json'), 'utf8'))
  expect(vault).toMatchObject({ vaultId: expect.any(String) })
  expect(VAULTS_KNOWN()).toEqual([Reflect.get(Object(vault), 'vaultId')])
  const { items, notes } = await bed.view()
  expect([[...items], notes]).toEqual([[], []])
  const words = ['ls', bed.path, '--state-dir', bed.state, '--passphrase-file', bed.passphraseFile]
  expect((await startCli(words).ended).code).toBe(0)
}

/** After a fault there is nothing, or all of it; the next `init` makes it, or says that it is there. */
async function expectNothingOrWhole(): Promise<void> {
  const isThere = existsSync(bed.path)
  if (isThere) {
    const { notes } = await bed.viewOfStranger()
    expect(notes).toEqual([])
  }
  const again = await bed.run(initWords)
  expect([again.code, again.err]).toEqual([isThere ? 8 : 0, ''])
  await expectWhole()
  if (!isThere) expect(untrueAcks([again], targetsIn(await bed.view()))).toEqual([])
}

describe('init, killed', () => {
  it('and not killed calls nothing done that a power cut could undo', async () => {
    await expectWhole()
    expect(untrueAcks([clean], targetsIn(await bed.view()))).toEqual([])
  })

  it.each(points)(
    'at call $at ($words) leaves nothing or a whole vault; the next clears up',
    async ({ at }) => {
      bed.reset()
      const end = await bed.run(initWords, { at, act: { kind: 'kill' } })
      expect(end.signal).toBe('SIGKILL')
      await expectNothingOrWhole()
    },
  )
})

describe('init after a killed one, killed while it clears up', () => {
  /** When all of it is written, but it has no name yet. */
  const first: VaultFault = { calls: ['rename'], only: '.strongroom-new-', at: 1, act: { kind: 'kill' } }
  const clearing: VaultFault = { calls: ['unlink', 'rmdir'] }

  it('takes away all that the first left, at whichever removal it is killed', async () => {
    bed.reset()
    expect((await bed.run(initWords, first)).signal).toBe('SIGKILL')
    const second = await bed.run(initWords, clearing)
    expect(second.code).toBe(0)
    const removals = callsOf(readLog(second.log))
    expect(removals.length).toBeGreaterThan(10)
    // Around the removal of the sheet each counts: what tells whose it is must not go first.
    const sheet = removals.findIndex(({ path }) => path === bed.code)
    const tried = removals.filter((_, i) => IN_SOAK || i % 15 === 0 || Math.abs(i - sheet) <= 1)
    for (const { n: at } of tried) {
      bed.reset()
      expect((await bed.run(initWords, first)).signal).toBe('SIGKILL')
      const killed = await bed.run(initWords, { ...clearing, at, act: { kind: 'kill' } })
      if (killed.signal === 'SIGKILL') await expectNothingOrWhole()
    }
  })
})
