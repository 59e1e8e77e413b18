import {
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf } from '../support/cli.ts'
import { differences, readTree, type Tree } from '../support/tree.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

/** The devices that wrote to a vault, by the folders of its journal. */
const writers = (vault: string) => readdirSync(`${vault}/journal`).sort()
const copy = (from: string, to: string) => cpSync(from, to, { recursive: true, preserveTimestamps: true })

describe('what this computer knows of a vault', () => {
  let vault: CliVault
  let device: CliDevice
  let count = 0
  beforeAll(async () => {
    vault = await CliVault.create()
    await vault.device.does('add', vault.source('a.txt', 'hello'))
    copy(vault.path, vault.work.at('original'))
  })
  afterAll(() => vault[Symbol.dispose]())

  /** A vault folder of a test's own, and a computer that has opened it. */
  const opened = async () => {
    const name = `place ${++count}`
    copy(vault.work.at('original'), vault.work.at(name))
    device = vault.another(`${name} state`, vault.work.at(name))
    await device.does('add', vault.source(`${count}.txt`, `file ${count}`))
    return device.vault
  }
  const unchanged = async (what: () => Promise<void>) => {
    const before: Tree = readTree(device.vault)
    await what()
    expect(differences(before, readTree(device.vault))).toEqual([])
  }

  it('on its first use shows the fingerprint that init showed, once', async () => {
    const stranger = vault.another('stranger')
    const seen = await stranger.say('ls')
    expect(vault.fingerprint).toMatch(/^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/)
    expect(seen.err).toContain(
      `First use of this vault on this computer. Its fingerprint is ${vault.fingerprint}: compare`,
    )
    expect((await stranger.say('ls')).err).toBe('')
  })

  it('is not begun by an attempt that did not open it: the next one shows the fingerprint still', async () => {
    const wrong = vault.source('wrong', 'not the passphrase\n')
    const stranger = vault.another('stranger 2')
    const end = await stranger.by('--passphrase-file', wrong).run('ls')
    expect([codesOf(end), end.code]).toEqual([['PASSPHRASE_WRONG'], 3])
    expect(existsSync(`${stranger.stateFolder}/vaults`)).toBe(false)
    expect((await stranger.say('ls')).err).toContain('First use')
  })

  it('moves with a folder that was moved: under its device id, which writes on', async () => {
    const from = await opened()
    const before = writers(from)
    renameSync(from, `${from} moved`)
    device = device.at(`${from} moved`)
    const { code, err } = await device.say('mkdir', '/x')
    expect([code, err]).toEqual([0, `The vault was moved here from ${from}.\n`])
    expect(writers(device.vault)).toEqual(before)
    expect((await device.say('ls')).err).toBe('')
  })

  it('tells a copy from it: each goes on by itself, under another device id, and they can be joined again', async () => {
    const original = await opened()
    const before = writers(original)
    copy(original, `${original} copy`)
    const other = device.at(`${original} copy`)
    const { code, err } = await other.say('mkdir', '/only in the copy')
    expect(code).toBe(0)
    expect(err).toBe(
      `This is a copy: the vault that this computer knows is still at ${original}. Each goes on by itself.\n`,
    )
    expect(writers(other.vault).length).toBe(before.length + 1)
    await device.does('mkdir', '/only in the original')
    expect(writers(original)).toEqual(before)
    expect(await device.paths()).not.toContain('/only in the copy')
    expect(await other.paths()).not.toContain('/only in the original')
    copy(original, other.vault)
    copy(other.vault, original)
    expect(await device.ls('-R')).toEqual(await other.ls('-R'))
    expect((await device.paths()).filter((path) => path.startsWith('/only'))).toHaveLength(2)
  })

  it('tells another vault in its place: exit 4, before anything is asked', async () => {
    const path = await opened()
    const other = await CliVault.create()
    try {
      rmSync(path, { recursive: true })
      copy(other.path, path)
      for (const way of [[], ['--recovery-file', other.code], ['--recovery-file', vault.code]]) {
        await device.by(...way).refused('VAULT_REPLACED', 4, 'ls')
      }
    } finally {
      other[Symbol.dispose]()
    }
  })

  it('tells that the vault is gone from its place: exit 4 for one without its first file, else 7', async () => {
    const path = await opened()
    rmSync(`${path}/vault.json`)
    await device.refused('KEYS_FILE_MISSING', 4, 'ls')
    rmSync(path, { recursive: true })
    const end = await device.run('ls')
    expect([codesOf(end), end.code]).toEqual([['VAULT_NOT_FOUND'], 7])
    writeFileSync(path, 'a file')
    const file = await device.run('ls')
    expect(file.code).not.toBe(0)
  })

  describe('put back to yesterday', () => {
    it('is told: reading goes on with exit 4, writing is refused, no byte changes', async () => {
      const path = await opened()
      copy(path, `${path} yesterday`)
      await device.does('add', vault.source('today.txt', 'today'))
      rmSync(path, { recursive: true })
      copy(`${path} yesterday`, path)
      await unchanged(async () => {
        const listed = await device.say('ls')
        expect(listed.code).toBe(4)
        expect(listed.out).toContain('/a.txt')
        expect(listed.err).toContain('[JOURNAL_ROLLED_BACK]')
        const { code, out, err } = await device.say('ls', '--json')
        expect([code, Array.isArray(JSON.parse(out)), JSON.parse(err).code]).toEqual([
          4,
          true,
          'JOURNAL_ROLLED_BACK',
        ])
        const cat = await device.say('cat', '/a.txt')
        expect([cat.code, cat.out]).toEqual([4, 'hello'])
        const get = await device.say('get', '/a.txt', '--to', vault.work.at(`out ${count}`))
        expect(get.code).toBe(4)
        expect(existsSync(vault.work.at(`out ${count}`, 'a.txt'))).toBe(true)
        expect((await device.say('find', 'a.txt')).code).toBe(4)
      })
      for (const [command, ...words] of [
        ['add', vault.work.at('a.txt')],
        ['mkdir', '/x'],
        ['mv', '/a.txt', '/b.txt'],
        ['rm', '/a.txt'],
      ] as const) {
        await unchanged(async () => {
          const end = await device.run(command, ...words)
          expect([codesOf(end), end.code], command).toEqual([['JOURNAL_ROLLED_BACK'], 4])
        })
      }
    })

    it('on purpose is accepted by `check --accept-rollback`: it goes on under a new device id', async () => {
      const path = await opened()
      copy(path, `${path} yesterday`)
      await device.does('mkdir', '/today')
      rmSync(path, { recursive: true })
      copy(`${path} yesterday`, path)
      const before = writers(path)
      expect((await device.say('check')).code).toBe(4)
      expect((await device.say('check', '--accept-rollback')).code).toBe(0)
      await device.does('mkdir', '/tomorrow')
      expect(writers(path).length).toBe(before.length + 1)
      expect(await device.paths()).toContain('/tomorrow')
      expect((await device.say('check')).code).toBe(0)
    })

    it('is told where a copy of it stands, too, and not after it was synced on', async () => {
      const path = await opened()
      copy(path, `${path} yesterday`)
      await device.does('mkdir', '/today')
      const restored = device.at(`${path} yesterday`)
      expect((await restored.say('ls')).code).toBe(4)
      copy(path, restored.vault)
      expect(await restored.paths()).toContain('/today')
    })

    it('is nothing to a computer that has not seen more', async () => {
      const path = await opened()
      copy(path, `${path} yesterday`)
      const second = vault.another(`second ${count}`, path)
      await second.say('ls')
      await device.does('mkdir', '/today')
      rmSync(path, { recursive: true })
      copy(`${path} yesterday`, path)
      expect((await second.say('ls')).code).toBe(0)
      expect((await device.say('ls')).code).toBe(4)
    })
  })

  it('late is no alarm: what another device says exists and has not arrived, exit 0', async () => {
    const path = await opened()
    const other = vault.another(`other ${count}`, `${path} other`)
    copy(path, other.vault)
    await other.does('mkdir', '/first')
    await other.does('mkdir', '/second')
    const segments = readdirSync(`${other.vault}/journal`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.log') && !existsSync(`${path}/journal/${name}`))
      .map((name) => ({ name, at: statSync(`${other.vault}/journal/${name}`).mtimeMs }))
      .sort((a, b) => b.at - a.at)
    // Only the newest arrives: it names the one before it.
    copy(`${other.vault}/journal/${segments[0]?.name}`, `${path}/journal/${segments[0]?.name}`)
    const listed = await device.say('ls')
    expect([listed.code, listed.err]).toEqual([0, ''])
    expect(listed.out).toContain('/second')
    expect(listed.out).not.toContain('/first')
    copy(other.vault, path)
    expect(await device.paths()).toEqual(expect.arrayContaining(['/first', '/second']))
  })

  it('a segment of another device cut anywhere beyond what was seen is no alarm; of what was seen, exit 4', async () => {
    const path = await opened()
    const other = vault.another(`other ${count}`, `${path} other`)
    copy(path, other.vault)
    await other.does('mkdir', '/cut')
    const known = new Set(readdirSync(`${path}/journal`, { recursive: true, encoding: 'utf8' }))
    const [name = ''] = readdirSync(`${other.vault}/journal`, { recursive: true, encoding: 'utf8' }).filter(
      (each) => each.endsWith('.log') && !known.has(each),
    )
    copy(`${other.vault}/journal`, `${path}/journal`)
    const segment = `${path}/journal/${name}`
    const whole = statSync(segment).size
    for (const size of [0, 40, 68, 70, 100, whole - 1]) {
      truncateSync(segment, Math.min(size, statSync(segment).size))
      const listed = await device.say('ls')
      expect([listed.code, listed.err], `${size} bytes`).toEqual([0, ''])
      copy(`${other.vault}/journal`, `${path}/journal`)
    }
    expect(await device.paths()).toContain('/cut')
    truncateSync(segment, whole - 1)
    await unchanged(async () => {
      const listed = await device.say('ls')
      expect([listed.code, listed.err.includes('[JOURNAL_ROLLED_BACK]')]).toEqual([4, true])
    })
  })

  it('cloned with the computer’s state: the one that comes second gets a new device id, nothing is lost', async () => {
    const path = await opened()
    copy(device.stateFolder, `${device.stateFolder} clone`)
    const clone = vault.another(`place ${count} state clone`, path)
    await device.does('mkdir', '/of the original')
    const before = writers(path)
    const said = await clone.say('mkdir', '/of the clone')
    expect([said.code, said.err]).toEqual([
      0,
      'Another place wrote to this vault under this computer’s id, as after restoring a backup of the computer. It goes on under a new id; nothing is lost.\n',
    ])
    expect(writers(path).length).toBe(before.length + 1)
    expect((await clone.say('ls')).err).toBe('')
    expect((await device.say('ls')).err).toBe('')
    await Promise.all([device.does('mkdir', '/more'), clone.does('mkdir', '/more of it')])
    const shown = await device.ls('-R')
    expect(shown).toEqual(await clone.ls('-R'))
    const names = shown.map((item) => item.path)
    expect(names).toEqual(
      expect.arrayContaining(['/more', '/more of it', '/of the clone', '/of the original']),
    )
  })

  it('put back to yesterday with its computer’s state: said as cloned, not as rolled back, and goes on', async () => {
    const path = await opened()
    copy(device.stateFolder, `${device.stateFolder} backup`)
    await device.does('mkdir', '/since')
    rmSync(device.stateFolder, { recursive: true })
    copy(`${device.stateFolder} backup`, device.stateFolder)
    const said = await device.say('mkdir', '/after')
    expect([
      said.code,
      said.err.startsWith('Another place wrote to this vault under this computer’s id'),
    ]).toEqual([0, true])
    expect(await device.paths()).toEqual(expect.arrayContaining(['/after', '/since']))
    expect(path).toBe(device.vault)
  })
})
