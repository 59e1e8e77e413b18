import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliOptions, cli, codesOf, startCli } from '../support/cli.ts'
import { callsOf, faultEnv, readLog } from '../support/faults.ts'
import { differences, mapTree, readTree, WorkFolder } from '../support/tree.ts'
import { CliDevice, PASSPHRASE } from '../support/vault-cli.ts'

const UMASK_0 = ['/bin/sh', '-c', 'umask 0; exec "$@"', 'sh']

describe('init', () => {
  let work: WorkFolder
  let count = 0
  beforeAll(() => {
    work = new WorkFolder()
    mkdirSync(work.at('full'))
    for (const [name, text] of Object.entries({
      passphrase: `${PASSPHRASE}\n`,
      weak: 'password\n',
      empty: '\nsecond line\n',
      file: 'a file',
      'full/file': 'in a folder',
      taken: 'a file of the person’s',
    }))
      writeFileSync(work.at(name), text)
  })
  afterAll(() => work[Symbol.dispose]())

  const env = () => ({ STRONGROOM_STATE_DIR: work.at('state') })
  const fresh = () => `v${++count}`
  const passphrase = () => ['--no-keychain', '--passphrase-file', work.at('passphrase')]
  const init = (name: string, options: readonly string[], more: CliOptions = {}) =>
    cli(['init', work.at(name), ...options], { env: env(), ...more })
  /** All but the folder itself, whose time tells that something came and went. */
  const inWork = () => mapTree(readTree(work.path), (path) => (path === '' ? undefined : path))
  const lists = async (name: string, ...way: readonly string[]) => {
    const { code, out } = await new CliDevice(work.at(name), work.at('state'), way).say('ls', '--json')
    return [code, out]
  }

  it('makes a vault that opens by its passphrase and by its recovery code, and says so', async () => {
    const name = fresh()
    const args = ['init', work.at(name), ...passphrase(), '--recovery-out', work.at(`${name} code`)]
    const { code, out, err } = await startCli(args, { env: env() }).ended
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n')).toEqual([
      `The vault ${name} is ready: ${work.at(name)}`,
      `It opens by its passphrase, its recovery code (${work.at(`${name} code`)}).`,
      expect.stringMatching(
        /^Fingerprint ([0-9A-Z]{4}-){4}[0-9A-Z]{4}: another computer shows the same when it first opens this vault\.$/,
      ),
      '',
    ])
    expect(await lists(name, '--passphrase-file', work.at('passphrase'))).toEqual([0, '[]\n'])
    expect(await lists(name, '--recovery-file', work.at(`${name} code`))).toEqual([0, '[]\n'])
    const [first = '', blank, ...rest] = readFileSync(work.at(`${name} code`), 'utf8').split('\n')
    expect(first).toMatch(/^([0-9A-Z]{4}-){13}[0-9A-Z]{4}$/)
    expect(blank).toBe('')
    expect(rest.join('\n')).toContain(`“${name}”`)
  })

  it('takes a name, a passphrase from standard input, and an empty folder that is there', async () => {
    const name = fresh()
    mkdirSync(work.at(name), { mode: 0o755 })
    const options = ['--name', 'Papers', '--no-keychain', '--passphrase-stdin', '--no-recovery']
    const end = await init(name, options, { input: `${PASSPHRASE}\r\nrest` })
    expect([...codesOf(end), end.code]).toEqual([0])
    expect(end.lines.at(-1)).toMatchObject({
      type: 'result',
      path: work.at(name),
      name: 'Papers',
      ways: { keychain: false, passphrase: true, recovery: false },
      removed: [],
    })
    expect(statSync(work.at(name)).mode & 0o777).toBe(0o700)
    expect(readdirSync(work.at(`${name}/keys`)).sort()).toEqual(['copies', 'metadata', 'versions'])
    expect(await lists(name, '--passphrase-file', work.at('passphrase'))).toEqual([0, '[]\n'])
  })

  describe('under umask 0', () => {
    const state = () => work.at('new state')
    const under = () => ({ env: { STRONGROOM_STATE_DIR: state() }, under: UMASK_0 })
    beforeAll(async () => {
      const options = [...passphrase(), '--recovery-out', work.at('umask code')]
      expect((await init('umask', options, under())).code).toBe(0)
      const device = new CliDevice(
        work.at('umask'),
        state(),
        ['--recovery-file', work.at('umask code')],
        under(),
      )
      await device.does('add', work.at('full'))
      await device.does('rm', '/full/file')
    })

    it('all files are 0600 and all folders 0700: in the vault, in the state folder, the code', () => {
      const modes = [...readTree(work.at('umask')), ...[...readTree(state())].slice(1)].map(
        ([path, entry]) => `${path} ${entry.kind === 'other' ? 'none' : entry.mode}`,
      )
      expect(modes.length).toBeGreaterThan(20)
      expect(modes.filter((line) => !/ [67]00$/.test(line))).toEqual([])
      expect(statSync(work.at('umask code')).mode & 0o777).toBe(0o600)
    })

    it('the state folder itself is 0700, too', () => {
      expect(statSync(state()).mode & 0o777).toBe(0o700)
    })
  })

  it('brings the code out first, vault.json last but for the name; every file durable before that', async () => {
    const name = fresh()
    const log = `${work.path} log`
    const fault = faultEnv({ dir: work.path, log })
    const code = work.at(`${name} code`)
    const end = await init(name, [...passphrase(), '--recovery-out', code], { env: { ...env(), ...fault } })
    expect(end.code).toBe(0)
    const vault = new RegExp(`^.*\\.${name}\\.strongroom-new-[0-9a-f]{32}/?`)
    const named = callsOf(readLog(log)).flatMap(({ call, path, second = '' }) => {
      if (call === 'rename' && second === work.at(name)) return ['the vault’s name']
      if (call === 'link' && second === code) return ['the code']
      if (call === 'link' && vault.test(second)) return [second.replace(vault, '').replace(/\/.*$/, '')]
      return call === 'create' && path.endsWith('.log') ? ['the segment'] : []
    })
    expect(named.filter((step, at) => step !== named[at - 1])).toEqual([
      'the code',
      'keys',
      'the segment',
      'vault.json',
      'the vault’s name',
    ])
    const calls = readLog(log)
    const rename = calls.findIndex(({ call, second }) => call === 'rename' && second === work.at(name))
    const parentSynced = calls.slice(rename).some(({ call, path }) => call === 'fsync' && path === work.path)
    expect([rename > 0, parentSynced]).toEqual([true, true])
  })

  describe('refuses, and makes nothing,', () => {
    const NO_KEYCHAIN = ['--no-recovery']
    it.each<[string, string, number, (at: (name: string) => string) => readonly string[]]>([
      ['a folder that holds something', 'DESTINATION_EXISTS', 8, (at) => [at('full'), '--no-recovery']],
      ['the name of a file', 'DESTINATION_EXISTS', 8, (at) => [at('file'), '--no-recovery']],
      [
        'a recovery file that exists',
        'DESTINATION_EXISTS',
        8,
        (at) => [at('new'), '--recovery-out', at('taken')],
      ],
      ['a drive’s root', 'USAGE', 2, () => ['/', '--no-recovery']],
      ['a folder that is missing', 'NOT_FOUND', 7, (at) => [at('none/new'), '--no-recovery']],
      [
        'a recovery file in no folder',
        'NOT_FOUND',
        7,
        (at) => [at('new'), '--recovery-out', at('none/code')],
      ],
      ['to show the code to nobody', 'USAGE', 2, (at) => [at('new')]],
      ['a code and none', 'USAGE', 2, (at) => [at('new'), '--recovery-out', at('code'), '--no-recovery']],
      ['two passphrases', 'USAGE', 2, (at) => [at('new'), ...NO_KEYCHAIN, '--passphrase-stdin']],
      ['a second argument', 'USAGE', 2, (at) => [at('new'), at('other'), '--no-recovery']],
    ])('%s', async (_, code, exit, args) => {
      const before = inWork()
      const end = await cli(['init', ...args((name) => work.at(name)), ...passphrase()], { env: env() })
      expect([codesOf(end), end.code]).toEqual([[code], exit])
      expect(differences(before, inWork())).toEqual([])
    })

    it.each([
      ['a weak passphrase', 'PASSPHRASE_WEAK', 2, ['--no-keychain', '--passphrase-file', 'weak']],
      ['an empty passphrase', 'PASSPHRASE_EMPTY', 2, ['--no-keychain', '--passphrase-file', 'empty']],
      ['a passphrase file that is missing', 'NOT_FOUND', 7, ['--no-keychain', '--passphrase-file', 'none']],
      ['neither keychain nor passphrase', 'USAGE', 2, ['--no-keychain']],
      ['a keychain that is not there, without a passphrase', 'KEYCHAIN_UNAVAILABLE', 5, []],
    ])('%s', async (_, code, exit, options) => {
      const before = inWork()
      const args = options.map((word) => (word.startsWith('--') ? word : work.at(word)))
      const end = await init('new', [...args, '--recovery-out', work.at('code')])
      expect([codesOf(end), end.code]).toEqual([[code], exit])
      expect(differences(before, inWork())).toEqual([])
    })

    it('a folder that may not be written to', async () => {
      const nobody = ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
      chmodSync(work.path, 0o755)
      const before = inWork()
      const end = await init('new', ['--no-recovery', ...passphrase()], {
        under: nobody,
        env: { STRONGROOM_STATE_DIR: '/tmp/strongroom-nobody-state' },
      })
      expect([codesOf(end), end.code]).toEqual([['ACCESS_DENIED'], 10])
      expect(differences(before, inWork())).toEqual([])
      expect(existsSync('/tmp/strongroom-nobody-state/vaults')).toBe(false)
    })
  })

  it('takes a weak passphrase for somebody who wants it', async () => {
    const name = fresh()
    const options = ['--no-keychain', '--passphrase-file', work.at('weak'), '--allow-weak-passphrase']
    expect((await init(name, [...options, '--no-recovery'])).code).toBe(0)
    expect(await lists(name, '--passphrase-file', work.at('weak'))).toEqual([0, '[]\n'])
  })

  it('without a keychain to be reached takes the passphrase instead, and says so', async () => {
    const name = fresh()
    const args = ['init', work.at(name), '--passphrase-file', work.at('passphrase'), '--no-recovery']
    const { code, out, err } = await startCli(args, { env: env() }).ended
    expect(code).toBe(0)
    expect(err).toBe(
      'There is no system keychain to be reached here. The vault opens by its passphrase. [KEYCHAIN_UNAVAILABLE]\n',
    )
    expect(out).toContain('It opens by its passphrase.\n')
  })
})
