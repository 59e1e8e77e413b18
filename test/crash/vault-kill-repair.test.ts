import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FaultVault, type VaultFault, type Words } from '../support/vault-faults.ts'
import { chosen, faultAndAgain, groundOf, type Scenario } from '../support/vault-faults-sweep.ts'
import { kindsOf, viewDifferences } from '../support/vault-faults-view.ts'

const KILL = { act: { kind: 'kill' } } as const

const beds = [await FaultVault.filled(), await FaultVault.filled()] as const
afterAll(() => {
  for (const bed of beds) bed[Symbol.dispose]()
})

/** Removes this device's indexes, and with them what it knew of unfinished jobs. */
function loseIndex(vault: FaultVault): void {
  const names = readdirSync(vault.state, { recursive: true, encoding: 'utf8' })
  for (const name of names) if (name.includes('index.db')) rmSync(join(vault.state, name))
}

/** Kills a command at a call. @throws it was not killed there */
async function kill(vault: FaultVault, words: Words, at: VaultFault): Promise<void> {
  const end = await vault.run(words, { ...at, at: 1, ...KILL })
  if (end.signal !== 'SIGKILL') throw new Error(`${words.join(' ')} was not killed`)
}

describe('an add that is killed before it is recorded', () => {
  const [vault] = beds

  it('leaves messages that check names, and that the next add of this device removes', async () => {
    vault.reset()
    await kill(vault, ['add', 'VAULT', 'SOURCES/more/new'], { calls: ['write'], only: '/journal/' })
    expect(kindsOf((await vault.viewOfStranger()).notes)).toContain('orphan')
    await vault.expect(0, ['add', 'VAULT', 'SOURCES/more/below/newer'])
    const { items, notes } = await vault.view()
    expect([items.has('/new'), items.has('/newer')]).toEqual([false, true])
    expect(kindsOf(notes)).not.toContain('orphan')
  })

  it('leaves messages that repair adopts for a device that knows nothing of the job', async () => {
    vault.reset()
    await kill(vault, ['add', 'VAULT', 'SOURCES/more/new'], { calls: ['write'], only: '/journal/' })
    loseIndex(vault)
    await vault.expect(0, ['repair', 'VAULT'])
    const adopted = await vault.view()
    expect(kindsOf(adopted.notes)).not.toContain('orphan')
    vault.reset()
    await vault.expect(0, ['add', 'VAULT', 'SOURCES/more/new'])
    expect(viewDifferences(await vault.view(), adopted)).toEqual([])
  })
})

const [, vault] = beds
// What repair finds to do: an orphan, a message of a purged version, and a file that was never finished.
vault.reset()
await kill(vault, ['purge', 'VAULT', '/gone', '/lone', '--yes'], { calls: ['unlink'], only: '/items/' })
await kill(vault, ['add', 'VAULT', 'SOURCES/more/below/newer'], { calls: ['rename'], only: '/items/' })
await kill(vault, ['mkdir', 'VAULT', '/torn'], { calls: ['fdatasync'], only: '/journal/' })
// A second add would clear up after the first: it is another device's, as far as this one knows.
loseIndex(vault)
await kill(vault, ['add', 'VAULT', 'SOURCES/more/new'], { calls: ['write'], only: '/journal/' })
loseIndex(vault)
vault.save()

const repair: Scenario = { name: 'repair', words: ['repair', 'VAULT'], doneBefore: 0, atomic: false }
const ground = await groundOf(vault, repair)
const points = chosen(vault, ground.points)

describe('repair, killed', () => {
  it('and not killed finds nothing more to do', () => {
    expect(kindsOf(ground.before.notes)).toEqual(['orphan', 'purged', 'temporary', 'torn'])
    // A segment that was cut off stays as it is.
    expect(kindsOf(ground.after.notes)).toEqual(['torn'])
    expect(ground.after.items.has('/new')).toBe(true)
  })

  it.each(points)('at call $at ($words) loses nothing, and finishes when run again', async ({ at }) => {
    const { again } = await faultAndAgain(vault, repair, ground, { at, ...KILL })
    expect(kindsOf(again.notes)).toEqual(['torn'])
  })
})
