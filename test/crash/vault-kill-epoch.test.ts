import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FaultVault } from '../support/vault-faults.ts'
import { chosen, faultAndAgain, groundOf, IN_SOAK, type Scenario } from '../support/vault-faults-sweep.ts'

/** Reads and closes leave nothing behind; `npm run soak` kills at them, too. */
const CHANGING = new Set([
  'write',
  'pwrite',
  'fsync',
  'fdatasync',
  'rename',
  'link',
  'unlink',
  'mkdir',
  'open',
])

const vault = await FaultVault.filled()
vault.reset()
afterAll(() => vault[Symbol.dispose]())

/** A vault whose key is to be rotated: somebody has the version that it has now. */
const [versionFile = ''] = readdirSync(join(vault.path, 'keys/versions'))
const keyVersionId = versionFile.slice(0, 32)
const { keyId } = JSON.parse(readFileSync(join(vault.path, 'keys/versions', versionFile), 'utf8'))
await vault.expect(0, ['key', 'rotate', 'VAULT', keyId, '--drop-passphrase'])
vault.save()

const scenario: Scenario = {
  name: 'member remove',
  words: ['member', 'remove', 'VAULT', '--key', keyId, '--version', keyVersionId],
  doneBefore: 0,
  atomic: true,
}
const ground = await groundOf(vault, scenario)
const points = chosen(vault, ground.points).filter(({ call }) => IN_SOAK || CHANGING.has(call.call))
const writes = ground.points.filter(({ call }) => call.call === 'write' && call.path.startsWith(vault.path))

/** The epochs that the vault’s metadata files are of. */
const epochs = () =>
  readdirSync(join(vault.path, 'keys/metadata'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(vault.path, 'keys/metadata', name), 'utf8')).epoch)
    .sort()

describe('member remove, killed', () => {
  const before = epochs().filter((epoch) => epoch === 1)
  // What a killed run wrote under a key that nobody has is passed over. Its temporary file goes with the next files added.
  const mayStay = ['torn', 'arriving', 'keyless', 'checkpoint-unfit', 'temporary']
  let killed = 0

  it.each(points)(
    'at call $at ($words) loses nothing, and begins one epoch when run again',
    async ({ at }) => {
      const { end, again } = await faultAndAgain(vault, scenario, ground, { at, act: { kind: 'kill' } })
      if (end.signal === 'SIGKILL') killed++
      expect(epochs()).toEqual([...before, 2])
      expect(again.notes.filter((note) => !mayStay.includes(note.split(' ')[0] ?? ''))).toEqual([])
    },
  )

  it.each(writes.map((_, i) => i + 1))(
    'amid write %i to the vault loses nothing, and begins one epoch when run again',
    async (at) => {
      const fault = { calls: ['write'], only: `${vault.path}/`, at, act: { kind: 'torn' } } as const
      const { end } = await faultAndAgain(vault, scenario, ground, fault)
      if (end.signal === 'SIGKILL') killed++
      expect(epochs()).toEqual([...before, 2])
    },
  )

  it('was really killed nearly each time', () => {
    expect(points.length + writes.length).toBeGreaterThan(20)
    expect(killed).toBeGreaterThan((points.length + writes.length) * 0.9)
  })
})
