import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { edited } from '../support/attack-keys.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import { cli } from '../support/cli.ts'
import { differences, readTree } from '../support/tree.ts'
import { CliVault } from '../support/vault-cli.ts'

describe('T7 another vault in the place of one that this computer knows', () => {
  let vault: AttackedVault
  /** The attacker's own, of whose ways in nothing is secret to them. */
  let other: CliVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
    other = await CliVault.create()
    await other.device.does('add', other.source('x', 'the words of another'))
  })
  afterEach(() => vault.putBack())
  afterAll(() => {
    vault[Symbol.dispose]()
    other[Symbol.dispose]()
  })

  const commands = (): readonly (readonly [string, ...string[]])[] => [
    ['ls'],
    ['cat', '/x'],
    ['get', '/', '--to', vault.own.work.at('never')],
    ['add', vault.source('secret', 'not for them')],
    ['check'],
    ['check', '--read-data'],
    ['check', '--accept-rollback'],
    ['repair', '--rebuild-index'],
    ['mkdir', '/new'],
  ]

  const refusesAll = async () => {
    for (const device of [vault.ann, vault.cyd]) await vault.refuses(device, 'VAULT_REPLACED', 'ls')
    // By their way in and by none: nothing is tried, nothing is asked for.
    for (const way of [['--recovery-file', other.code], []])
      await vault.refuses(vault.ben.by(...way), 'VAULT_REPLACED', 'ls')
    for (const [command, ...words] of commands()) {
      await vault.refuses(vault.ben, 'VAULT_REPLACED', command, ...words)
    }
    expect(readTree(vault.own.work.path).has('never')).toBe(false)
  }

  const replaced = () => {
    rmSync(vault.path, { recursive: true })
    cpSync(other.path, vault.path, { recursive: true })
  }

  it('its vault.json over ours: 4 on every device, for every command, whatever opens it', async () => {
    vault.write('vault.json', readFileSync(`${other.path}/vault.json`))
    await refusesAll()
  })

  it('all of it over ours: 4, and what is added does not go there', async () => {
    replaced()
    await refusesAll()
  })

  it('vault.json with one member changed: 4 here; 4 too where the vault was never seen', async () => {
    const sound = readFileSync(vault.at('vault.json'))
    for (const members of [{ createdMs: 1 }, { metadataKeyId: 'ab'.repeat(16) }]) {
      vault.write('vault.json', edited(sound, members))
      for (const device of [vault.ann, vault.ben, vault.cyd])
        await vault.refuses(device, 'VAULT_REPLACED', 'ls')
      const before = readTree(vault.path)
      const { code, err } = await vault.stranger().say('ls')
      expect([members, code, err]).toEqual([members, 4, expect.stringContaining('[KEYS_FILE_DAMAGED]')])
      expect(differences(before, readTree(vault.path))).toEqual([])
    }
  })

  it('no vault.json at all: 4, as what was there before is known', async () => {
    rmSync(vault.at('vault.json'))
    for (const device of [vault.ann, vault.ben, vault.cyd])
      await vault.refuses(device, 'KEYS_FILE_MISSING', 'ls')
  })

  it('opens once the person has this computer forget the old one by its path', async () => {
    replaced()
    const device = vault.ben.by('--recovery-file', other.code)
    await vault.refuses(device, 'VAULT_REPLACED', 'ls')
    const state = ['--state-dir', device.stateFolder]
    expect((await cli(['state', 'forget', vault.path, ...state])).code).toBe(0)
    expect(await device.paths()).toEqual(['/x'])
    expect(await device.cat('/x')).toBe('the words of another')
  })

  it('opens where the person made a new one by `init`', async () => {
    rmSync(vault.path, { recursive: true })
    const { ben, own } = vault
    const made = [
      '--no-keychain',
      '--passphrase-file',
      own.passphrase,
      '--recovery-out',
      own.work.at('new code'),
    ]
    expect((await ben.by().run('init', ...made)).code).toBe(0)
    const device = ben.by('--recovery-file', own.work.at('new code'))
    expect(await device.paths()).toEqual([])
    writeFileSync(own.work.at('mine'), 'my words')
    await device.does('add', own.work.at('mine'))
    expect(await device.cat('/mine')).toBe('my words')
    // The others know the old one there, and say so.
    await vault.refuses(vault.cyd.by('--recovery-file', own.work.at('new code')), 'VAULT_REPLACED', 'ls')
    rmSync(own.work.at('new code'))
  })
})
