import { existsSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { listVersions } from '../../src/main/vault/index.ts'
import { FaultVault, type Words } from '../support/vault-faults.ts'
import { openEyes } from '../support/vault-faults-view.ts'

const LIBRARY = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path))
const note = LIBRARY === undefined ? ' — SKIPPED: libfaketime is not installed' : ''

const vault = await FaultVault.filled()
afterAll(() => vault[Symbol.dispose]())

/** Runs a command while the computer's clock shows another time. */
async function at(time: string, words: Words): Promise<void> {
  // A jump back of the monotonic clock ends Node.
  const env = { FAKETIME: `@${time}`, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  const under = [
    'env',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    `LD_PRELOAD=${LIBRARY}`,
  ]
  await vault.expect(0, words, { under })
}

describe.skipIf(LIBRARY === undefined)(`a clock that is put forward and back (F11)${note}`, () => {
  it('changes no order: what was done last counts, on every device', async () => {
    vault.reset()
    const times = ['2041-05-06 07:08:09', '2003-02-01 00:00:00', '2026-01-01 12:00:00', '1999-12-31 23:59:59']
    for (const [i, time] of times.entries()) {
      vault.source('tree/hello.txt', 100 + i)
      await at(time, ['add', 'VAULT', 'SOURCES/tree/hello.txt', '--into', '/tree'])
    }
    await at('2001-01-01 00:00:00', ['mv', 'VAULT', '/place', '/first name'])
    await at('2000-01-01 00:00:00', ['mv', 'VAULT', '/first name', '/second name'])
    await at('1998-01-01 00:00:00', ['rm', 'VAULT', '/tree/sub'])
    await at('1997-01-01 00:00:00', ['restore', 'VAULT', '/tree/sub'])

    for (const view of [await vault.view(), await vault.viewOfStranger()]) {
      expect(view.items.get('/tree/hello.txt')).toMatch(/^file 103 /)
      expect([view.items.has('/second name'), view.items.has('/place')]).toEqual([true, false])
      expect([view.items.has('/tree/sub'), view.items.has('bin:/tree/sub')]).toEqual([true, false])
      expect(view.notes).toEqual([])
    }
    await using open = await openEyes({ path: vault.path, state: vault.state, code: vault.code })
    const sizes = listVersions(open, '/tree/hello.txt').map(({ sizeBytes }) => sizeBytes)
    expect(sizes).toEqual([103, 102, 101, 100, 21, 20])
  })
})
