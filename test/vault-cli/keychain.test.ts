import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, startCli } from '../support/cli.ts'
import { faultEnv } from '../support/faults.ts'
import { KeyringSession, keyringNote, keyringRuns } from '../support/keyring.ts'
import { WorkFolder } from '../support/tree.ts'
import { CliDevice, PASSPHRASE } from '../support/vault-cli.ts'

/** The key version of a new vault. */
const versionIn = (vault: string): string =>
  (readdirSync(`${vault}/keys/versions`)[0] ?? '').replace('.json', '')

type Entry = Readonly<Record<string, string>>

/** The keychain's entry for a vault, as each library would mark it: keytar goes first, where it could be built. */
function entriesIn(vault: string): readonly [Entry, Entry] {
  const { vaultId } = JSON.parse(readFileSync(`${vault}/vault.json`, 'utf8'))
  const account = `${vaultId}/${versionIn(vault)}`
  return [
    { service: 'Strongroom', account },
    { service: 'Strongroom Vault', username: account },
  ]
}

/** The one that is there. */
function entryIn(session: KeyringSession, vault: string): Entry {
  const [keytar, other] = entriesIn(vault)
  return session.lookup(keytar) === undefined ? other : keytar
}

describe.skipIf(!keyringRuns)(`with the system’s keychain${keyringNote}`, () => {
  let session: KeyringSession
  let work: WorkFolder
  let device: CliDevice
  let entry: Entry
  let secret: string
  beforeAll(async () => {
    session = await KeyringSession.start()
    work = new WorkFolder()
    writeFileSync(work.at('passphrase'), `${PASSPHRASE}\n`)
    writeFileSync(work.at('wrong'), 'another passphrase 99\n')
    device = new CliDevice(work.at('vault'), work.at('state'), [], { env: session.env })
    const options = ['--passphrase-file', work.at('passphrase'), '--recovery-out', work.at('code')]
    const end = await device.run('init', ...options)
    expect([...codesOf(end), end.code]).toEqual([0])
    expect(end.lines.at(-1)).toMatchObject({ ways: { keychain: true, passphrase: true, recovery: true } })
    entry = entryIn(session, work.at('vault'))
    secret = session.lookup(entry) ?? ''
  })
  afterAll(async () => {
    await session[Symbol.asyncDispose]()
    work[Symbol.dispose]()
  })

  const passphrase = () => device.by('--passphrase-file', work.at('passphrase'))
  const code = () => device.by('--recovery-file', work.at('code'))
  const opensSilently = async () =>
    expect(await device.say('ls')).toMatchObject({ code: 0, out: '', err: '' })

  it('init puts the key into it, and the vault opens silently from then on', async () => {
    expect(Buffer.from(secret, 'base64').length).toBe(32)
    await opensSilently()
  })

  it('an entry that is gone: exit 3 with nothing given, and either other way puts it back', async () => {
    for (const [way, words] of [
      [passphrase(), 'passphrase'],
      [code(), 'recovery code'],
    ] as const) {
      session.clear(entry)
      const end = await device.refused('VAULT_LOCKED', 3, 'ls')
      expect(end.lines.at(-1)?.message).toBe('The system’s keychain has no entry for this vault.')
      const { code: exit, err } = await way.say('ls')
      expect([exit, err]).toEqual([
        0,
        `Opened by the ${words}; its key is in this computer’s keychain now.\n`,
      ])
      expect(session.lookup(entry)).toBe(secret)
      await opensSilently()
    }
  })

  it('an entry that holds something else: exit 4; the other ways open, and it is left as it is', async () => {
    const other = Buffer.from('x'.repeat(44))
    session.clear(entry)
    session.store(entry, other)
    await device.refused('KEYCHAIN_ENTRY_WRONG', 4, 'ls')
    for (const way of [passphrase(), code()]) {
      const { code: exit, err } = await way.say('ls')
      expect(exit).toBe(0)
      expect(err).toContain('[KEYCHAIN_ENTRY_WRONG]')
    }
    expect(session.lookup(entry)).toBe(other.toString())
    session.clear(entry)
    await code().say('ls')
    await opensSilently()
  })

  it('a wrong passphrase, a wrong code and a mistyped one: exit 3, each its own, and the keychain is not asked', async () => {
    const other = new CliDevice(work.at('vault 2'), work.at('state'), [], { env: session.env })
    expect((await other.run('init', '--recovery-out', work.at('code 2'))).code).toBe(0)
    const [line = ''] = readFileSync(work.at('code'), 'utf8').split('\n')
    writeFileSync(work.at('mistyped'), line.startsWith('A') ? `B${line.slice(1)}` : `A${line.slice(1)}`)
    writeFileSync(work.at('no code'), 'hello')
    const wrong = device.by('--passphrase-file', work.at('wrong'))
    await wrong.refused('PASSPHRASE_WRONG', 3, 'ls')
    await device.by('--recovery-file', work.at('code 2')).refused('RECOVERY_CODE_WRONG', 3, 'ls')
    await device.by('--recovery-file', work.at('mistyped')).refused('RECOVERY_CODE_MISTYPED', 3, 'ls')
    await device.by('--recovery-file', work.at('no code')).refused('RECOVERY_CODE_MISTYPED', 3, 'ls')
    await other.by('--passphrase-file', work.at('passphrase')).refused('WAY_IN_MISSING', 3, 'ls')
    await device.by('--recovery-file', work.at('none')).refused('NOT_FOUND', 7, 'ls')
    await device
      .by('--recovery-file', work.at('code'), '--passphrase-file', work.at('passphrase'))
      .refused('USAGE', 2, 'ls')
    await opensSilently()
  })

  it('a code is read in any case, with spaces or without, and O for 0, I and L for 1', async () => {
    const [line = ''] = readFileSync(work.at('code'), 'utf8').split('\n')
    const sloppy = line.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    writeFileSync(work.at('sloppy'), `${sloppy}\r\n`)
    expect((await device.by('--recovery-file', work.at('sloppy')).say('ls')).code).toBe(0)
  })

  it('a damaged copy is named, exit 4, whatever opens the vault; without it the others open as ever', async () => {
    const folder = work.at('vault/keys/copies', versionIn(work.at('vault')))
    const files = readdirSync(folder).map((name) => ({
      name,
      text: readFileSync(`${folder}/${name}`, 'utf8'),
    }))
    const copy = files.find(({ text }) => text.includes('"passphrase"'))
    if (copy === undefined) throw new Error('no passphrase copy')
    writeFileSync(
      `${folder}/${copy.name}`,
      copy.text.replace(/"box":"./, (start) => `${start.slice(0, -1)}!`),
    )
    try {
      for (const way of [device, passphrase(), code()]) {
        const end = await way.refused('KEYS_FILE_DAMAGED', 4, 'ls')
        expect(end.lines.at(-1)?.message).toContain(copy.name)
      }
      rmSync(`${folder}/${copy.name}`)
      await opensSilently()
      expect((await code().say('ls')).code).toBe(0)
      const end = await passphrase().refused('KEYS_FILE_MISSING', 4, 'ls')
      expect(end.lines.at(-1)?.message).toContain(copy.name)
    } finally {
      writeFileSync(`${folder}/${copy.name}`, copy.text)
    }
    expect((await passphrase().say('ls')).code).toBe(0)
  })

  it('--no-keychain is remembered: nothing is asked of it or put into it; --keychain takes it in again', async () => {
    session.clear(entry)
    expect(await code().say('ls', '--no-keychain')).toMatchObject({ code: 0, err: '' })
    expect(await code().say('ls')).toMatchObject({ code: 0, err: '' })
    expect(session.lookup(entry)).toBeUndefined()
    await device.refused('VAULT_LOCKED', 3, 'ls')
    const { code: exit, err } = await code().say('ls', '--keychain')
    expect([exit, err]).toEqual([
      0,
      'Opened by the recovery code; its key is in this computer’s keychain now.\n',
    ])
    expect(session.lookup(entry)).toBe(secret)
    await opensSilently()
    await device.by('--no-keychain').refused('VAULT_LOCKED', 3, 'ls')
    await opensSilently()
  })

  it('locked: exit 5 with nothing given; the other ways open, and say that the key was not put there', async () => {
    await session.stopKeyring()
    await session.startKeyring('locked')
    try {
      await device.refused('KEYCHAIN_LOCKED', 5, 'ls')
      const { code: exit, err } = await code().say('ls')
      expect([exit, err.includes('[KEYCHAIN_LOCKED]')]).toEqual([0, true])
      const end = await new CliDevice(work.at('new'), work.at('state'), [], { env: session.env }).run(
        'init',
        '--no-recovery',
      )
      expect([codesOf(end), end.code]).toEqual([['KEYCHAIN_LOCKED'], 5])
      expect(readdirSync(work.path)).not.toContain('new')
    } finally {
      await session.unlock()
    }
    await opensSilently()
  })

  it('not to be reached (no D-Bus): exit 5 with nothing given; the other ways open', async () => {
    const without = new CliDevice(work.at('vault'), work.at('state'), [])
    await without.refused('KEYCHAIN_UNAVAILABLE', 5, 'ls')
    for (const [option, file] of [
      ['--passphrase-file', 'passphrase'],
      ['--recovery-file', 'code'],
    ] as const) {
      expect((await without.by(option, work.at(file)).say('ls')).code).toBe(0)
    }
    await opensSilently()
  })

  it('a vault without a passphrase removes no source until its recovery code was tested: exit 6', async () => {
    const alone = new CliDevice(work.at('alone'), work.at('state'), [], { env: session.env })
    expect((await alone.run('init', '--recovery-out', work.at('code 3'))).code).toBe(0)
    writeFileSync(work.at('precious'), 'precious')
    await alone.refused('REMOVE_SOURCE_UNSAFE', 6, 'add', work.at('precious'), '--remove-source')
    expect(readFileSync(work.at('precious'), 'utf8')).toBe('precious')
    await alone.does('add', work.at('precious'))
    const env = { ...session.env, STRONGROOM_STATE_DIR: work.at('state') }
    const test = ['recovery', 'test', work.at('alone'), '--recovery-file', work.at('code 3')]
    expect((await startCli(test, { env }).ended).code).toBe(0)
    writeFileSync(work.at('second'), 'second')
    await alone.does('add', work.at('second'), '--remove-source')
    expect(existsSync(work.at('second'))).toBe(false)
    expect(await alone.cat('/second')).toBe('second')
  })

  it('a new computer opens by the code, and its own keychain opens it from then on', async () => {
    await using other = await KeyringSession.start()
    const there = new CliDevice(work.at('vault'), work.at('state 2'), [], { env: other.env })
    await there.refused('VAULT_LOCKED', 3, 'ls')
    const { err } = await there.by('--recovery-file', work.at('code')).say('ls')
    expect(err).toContain('its key is in this computer’s keychain now')
    expect(await there.say('ls')).toMatchObject({ code: 0, err: '' })
    expect(other.lookup(entry)).toBe(secret)
  })

  it('an init that was killed leaves an entry that the next one removes', async () => {
    const folder = work.at('killed')
    const init = (env: Readonly<Record<string, string>>) =>
      new CliDevice(folder, work.at('state 3'), [], { env: { ...session.env, ...env } }).run(
        'init',
        '--no-recovery',
      )
    const kill = { calls: ['rename'], only: '.strongroom-new-', at: 1, act: { kind: 'kill' } } as const
    expect((await init(faultEnv({ dir: work.path, ...kill }))).signal).toBe('SIGKILL')
    const staging = readdirSync(work.path).find((name) => name.includes('.strongroom-new-')) ?? ''
    const left = entryIn(session, work.at(staging))
    expect(session.lookup(left)).toBeDefined()
    const end = await init({})
    expect(end.lines.at(-1)).toMatchObject({ removed: [work.at(staging)] })
    expect(session.lookup(left)).toBeUndefined()
    expect(session.lookup(entryIn(session, folder))).toBeDefined()
  })

  it('an init that fails leaves no entry, and nothing that knows of it', async () => {
    const stop = { calls: ['rename'], only: '.strongroom-new-', at: 1, act: { kind: 'stop' } } as const
    const env = { ...session.env, ...faultEnv({ dir: work.path, ...stop }) }
    const failing = new CliDevice(work.at('failed'), work.at('state 4'), [], { env })
    const running = failing.start('init', ['--no-recovery', '--json'])
    await running.stopped()
    const staging = readdirSync(work.path).find((name) => name.startsWith('.failed.strongroom-new-')) ?? ''
    const made = entryIn(session, work.at(staging))
    expect(session.lookup(made)).toBeDefined()
    writeFileSync(work.at('failed'), 'somebody was faster')
    running.goOn()
    expect((await running.ended).code).not.toBe(0)
    expect(session.lookup(made)).toBeUndefined()
    expect(readdirSync(work.at('state 4', 'vaults'))).toEqual([])
    expect(readFileSync(work.at('failed'), 'utf8')).toBe('somebody was faster')
    expect(readdirSync(work.path)).not.toContain(staging)
  })
})
