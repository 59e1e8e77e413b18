import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WorkFolder } from '../support/tree.ts'
import { CliDevice, CliVault, PASSPHRASE } from '../support/vault-cli.ts'
import { answering } from '../support/vault-terminal.ts'

describe('at a terminal', () => {
  let work: WorkFolder
  let vault: CliVault
  beforeAll(async () => {
    work = new WorkFolder()
    writeFileSync(work.at('passphrase'), `${PASSPHRASE}\n`)
    vault = await CliVault.create()
  })
  afterAll(() => {
    work[Symbol.dispose]()
    vault[Symbol.dispose]()
  })
  const state = () => ['--state-dir', work.at('state')]
  const here = () => ['--state-dir', vault.device.stateFolder]

  it('init without a keychain shows the code, has it typed back, asks for a passphrase; both open', async () => {
    const { code, screen } = await answering(
      ['init', work.at('new'), ...state()],
      [
        { expect: 'Group 3 of the code', sendGroup: 3 },
        { expect: 'Group 11 of the code', sendGroup: 11 },
        { expect: 'The vault will open by a passphrase instead.' },
        { expect: 'Passphrase: ', send: `${PASSPHRASE}\r` },
        { expect: 'The same again: ', send: `${PASSPHRASE}\r` },
      ],
    )
    expect([code, screen.includes('It opens by its passphrase, its recovery code.')]).toEqual([0, true])
    expect(screen).not.toContain(PASSPHRASE)
    const groups = screen.match(/(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}/g) ?? []
    writeFileSync(work.at('written down'), groups.slice(0, 2).join('-'))
    for (const way of [
      ['--recovery-file', work.at('written down')],
      ['--passphrase-file', work.at('passphrase')],
    ]) {
      const device = new CliDevice(work.at('new'), work.at('state'), way)
      expect(await device.ls()).toEqual([])
    }
  })

  it('init makes nothing if the code was not written down, the name not typed, or the passphrase mistyped', async () => {
    const before = readdirSync(work.path)
    const target = work.at('none')
    const wrong = await answering(
      ['init', target, ...state()],
      [{ expect: 'Group 3 of the code', send: 'XXXX\r' }],
    )
    expect([wrong.code, wrong.screen.includes('That is not group 3')]).toEqual([2, true])
    const unnamed = await answering(
      ['init', target, '--no-recovery', ...state()],
      [{ expect: 'Type its name, none, to go on: ', send: 'yes\r' }],
    )
    expect(unnamed.code).toBe(2)
    const mistyped = await answering(
      ['init', target, '--recovery-out', work.at('code'), ...state()],
      [
        { expect: 'Passphrase: ', send: `${PASSPHRASE}\r` },
        { expect: 'The same again: ', send: 'another\r' },
      ],
    )
    expect(mistyped.code).toBe(2)
    const interrupted = await answering(
      ['init', target, '--recovery-out', work.at('code'), ...state()],
      [{ expect: 'Passphrase: ', send: '\x03' }],
    )
    expect(interrupted.code).toBe(130)
    expect(readdirSync(work.path)).toEqual(before)
  })

  it('init without a recovery code goes on once the vault’s name was typed', async () => {
    const { code } = await answering(
      ['init', work.at('plain'), '--no-recovery', '--passphrase-file', work.at('passphrase'), ...state()],
      [{ expect: 'Type its name, plain, to go on: ', send: 'plain\r' }],
    )
    expect([code, existsSync(work.at('plain/keys/recovery'))]).toEqual([0, false])
  })

  it('a vault that the keychain does not open asks for its passphrase', async () => {
    await vault.device.does('add', vault.source('a.txt', 'hello'))
    const right = await answering(
      ['ls', vault.path, ...here()],
      [{ expect: 'Passphrase of the vault: ', send: `${PASSPHRASE}\r` }],
    )
    expect([right.code, right.screen.includes('/a.txt')]).toEqual([0, true])
    const wrong = await answering(
      ['ls', vault.path, ...here()],
      [{ expect: 'Passphrase of the vault: ', send: 'not it\r' }],
    )
    expect([wrong.code, wrong.screen.includes('[PASSPHRASE_WRONG]')]).toEqual([3, true])
    expect(wrong.screen).not.toContain('/a.txt')
  })

  it('purge goes on only if “purge” is typed', async () => {
    await vault.device.does('add', vault.source('b.txt', 'hello'))
    await vault.device.does('rm', '/b.txt')
    const purge = ['purge', vault.path, '/b.txt', ...here(), '--recovery-file', vault.code]
    const question = 'This removes 1 file, 1 version'
    const no = await answering(purge, [{ expect: question }, { expect: 'to go on: ', send: 'yes\r' }])
    expect(no.code).toBe(2)
    expect((await vault.device.ls('--bin')).map(({ path }) => path)).toEqual(['/b.txt'])
    const yes = await answering(purge, [{ expect: question }, { expect: 'to go on: ', send: 'purge\r' }])
    expect([yes.code, yes.screen.includes('Purged 1 file, 1 version')]).toEqual([0, true])
    expect(await vault.device.ls('--bin')).toEqual([])
  })
})
