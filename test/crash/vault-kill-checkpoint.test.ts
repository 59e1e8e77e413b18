import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { callsOf, readLog } from '../support/faults.ts'
import { FaultVault } from '../support/vault-faults.ts'
import { chosen, wordsOf } from '../support/vault-faults-sweep.ts'
import { kindsOf, viewDifferences } from '../support/vault-faults-view.ts'

const SCRIPT = 'vault-faults-checkpoint.child.ts'

const vault = await FaultVault.filled()
afterAll(() => vault[Symbol.dispose]())

/** Writes a checkpoint, and says whether the run was killed. @throws it failed */
async function write(at?: number): Promise<{ readonly killed: boolean; readonly log: string }> {
  const end = await vault.runScript(SCRIPT, at === undefined ? {} : { at, act: { kind: 'kill' } })
  const killed = end.signal === 'SIGKILL'
  if (!killed && end.code !== 0) throw new Error(`the script ended with ${end.code}: ${end.err}`)
  return { killed, log: end.log }
}

const checkpoints = () =>
  readdirSync(vault.path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ckpt'))

// One is there, and a new one takes its place.
vault.reset()
await write()
await vault.expect(0, ['mkdir', 'VAULT', '/since'])
const before = await vault.view()
vault.save()
const { log } = await write()
const points = callsOf(readLog(log)).map((call) => ({ at: call.n, words: wordsOf(call, vault), call }))

describe('the writing of a checkpoint, killed', () => {
  it('and not killed leaves one alone, and the same in the vault for one who reads it first', async () => {
    expect(checkpoints()).toHaveLength(1)
    expect(viewDifferences(before, await vault.viewOfStranger())).toEqual([])
  })

  it.each(chosen(vault, points))(
    'at call $at ($words) loses nothing, and the next is whole',
    async ({ at }) => {
      vault.reset()
      expect((await write(at)).killed).toBe(true)
      expect(viewDifferences(before, await vault.viewOfStranger())).toEqual([])
      await write()
      await vault.expect(0, ['repair', 'VAULT'])
      const after = await vault.view()
      expect(viewDifferences(before, after)).toEqual([])
      expect(kindsOf(after.notes)).toEqual([])
      expect(viewDifferences(before, await vault.viewOfStranger())).toEqual([])
      expect(checkpoints()).toHaveLength(1)
    },
  )
})
