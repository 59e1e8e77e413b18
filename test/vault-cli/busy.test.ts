import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf, jsonLines } from '../support/cli.ts'
import { faultEnv } from '../support/faults.ts'
import type { Running } from '../support/process.ts'
import { differences, readTree, temporaries } from '../support/tree.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

describe('while another process of this computer works on the vault', () => {
  let vault: CliVault
  let device: CliDevice
  let count = 0
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
    await device.does('add', vault.source('a.txt', 'hello'))
  })
  afterAll(() => vault[Symbol.dispose]())

  /** A process that stopped itself, the write lock held, just before it begins its segment. */
  const holder = async (): Promise<Running> => {
    const fault = {
      dir: vault.path,
      calls: ['create'],
      only: '/journal/',
      at: 1,
      act: { kind: 'stop' },
    } as const
    const running = device.start('mkdir', [`/held ${++count}`], { env: faultEnv(fault) })
    await running.stopped()
    return running
  }

  it('F14: stopped with the lock held, reading goes on; writing waits 10 s, then exit 9 with nothing changed', async () => {
    const held = await holder()
    try {
      expect((await device.say('ls')).code).toBe(0)
      expect(await device.cat('/a.txt')).toBe('hello')
      expect((await device.versions('/a.txt')).length).toBe(1)
      const before = readTree(vault.path)
      const began = performance.now()
      const writers = [
        device.run('mkdir', '/x'),
        device.run('mv', '/a.txt', '/b.txt'),
        device.run('add', vault.source('b.txt', 'later')),
      ]
      for (const end of await Promise.all(writers))
        expect([codesOf(end), end.code]).toEqual([['VAULT_BUSY'], 9])
      const seconds = (performance.now() - began) / 1000
      expect(seconds).toBeGreaterThan(9.9)
      expect(seconds).toBeLessThan(20)
      expect(differences(before, readTree(vault.path))).toEqual([])
    } finally {
      held.goOn()
      await held.ended
    }
    expect(await device.paths()).toEqual(['/a.txt', `/held ${count}`])
    await device.does('mkdir', '/after it went on')
  })

  it('F14: killed with the lock held, the next one writes at once', async () => {
    const held = await holder()
    const waiting = device.run('mkdir', '/waited')
    held.signal('SIGKILL')
    await held.ended
    const began = performance.now()
    expect([(await waiting).code, (await device.run('mkdir', '/at once')).code]).toEqual([0, 0])
    expect((performance.now() - began) / 1000).toBeLessThan(5)
    expect(await device.paths()).toEqual(expect.arrayContaining(['/a.txt', '/at once', '/waited']))
    expect((await device.say('ls')).err).toBe('')
  })

  it('which adds for long, every other command works, and sees what was recorded so far', async () => {
    const tree = vault.work.at('tree')
    mkdirSync(tree)
    const FILES = 1_200
    for (let i = 0; i < FILES; i++) vault.source(`tree/${i}`, `file ${i}`)
    const adding = device.start('add', [tree, '--json', '--jobs', '1'])
    let isDone = false
    const ended = adding.ended.finally(() => {
      isDone = true
    })
    const seen: number[] = []
    for (let round = 0; !isDone; round++) {
      await device.does('mkdir', `/round ${round}`)
      await device.does('mv', `/round ${round}`, `/moved ${round}`)
      seen.push((await device.ls('-R')).filter(({ path }) => path.startsWith('/tree/')).length)
      await device.does('rm', `/moved ${round}`)
    }
    const end = await ended
    expect([codesOf({ lines: jsonLines(end.out) }), end.code]).toEqual([[], 0])
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    const all = (await device.ls('-R')).filter(({ path }) => path.startsWith('/tree/'))
    expect(all.length).toBe(FILES)
    expect(await device.cat('/tree/7')).toBe('file 7')
  })

  it('killed amid adding, all that it called done is there; the next run finishes and leaves nothing behind', async () => {
    const tree = vault.work.at('killed')
    mkdirSync(tree)
    const FILES = 900
    for (let i = 0; i < FILES; i++) vault.source(`killed/${i}`, `file ${i}`)
    const kill = {
      dir: vault.path,
      calls: ['fdatasync'],
      only: '/journal/',
      at: 2,
      act: { kind: 'kill' },
    } as const
    const killed = await device.start('add', [tree, '--json'], { env: faultEnv(kill) }).ended
    expect(killed.signal).toBe('SIGKILL')
    const done = filesOf({ lines: jsonLines(killed.out) }, 'done').map(({ target }) => target)
    const { out, err } = await device.say('ls', '/killed', '--json')
    const there = new Set(err === '' && out.startsWith('[') ? JSON.parse(out).map(pathOf) : [])
    expect(done.filter((target) => !there.has(target))).toEqual([])
    const again = await device.does('add', tree)
    expect(again.lines.at(-1)).toMatchObject({ failed: [] })
    const listed = await device.ls('-R')
    expect(listed.filter(({ path }) => path.startsWith('/killed/')).length).toBe(FILES)
    expect(temporaries(vault.path)).toEqual([])
    const versions = new Set(
      [...listed, ...(await device.ls('--bin'))].map(({ versionId }) => `${versionId}.sealed`),
    )
    const orphans = [...readTree(`${vault.path}/items`).keys()].filter((path) => {
      return path.includes('/') && !versions.has(path.slice(path.indexOf('/') + 1))
    })
    expect(orphans).toEqual([])
  })
})

const pathOf = ({ path }: { readonly path: string }): string => path
