import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

type Version = { readonly keyVersionId: string; readonly state: string; readonly opens: number }
type Keys = {
  readonly keys: readonly {
    readonly keyId: string
    readonly label: string
    readonly versions: readonly Version[]
  }[]
  readonly ways: { readonly passphrase: boolean; readonly recoveries: readonly { readonly id: string }[] }
}
type Impact = {
  readonly affected: readonly { readonly path: string; readonly current: boolean; readonly inBin: boolean }[]
}

/** `strongroom key …` of one device. */
function keysOf(device: CliDevice) {
  const run = async (act: string, ...words: readonly string[]) => {
    const way = words.some((word) => word.startsWith('--passphrase')) ? [] : device.way
    const env = { STRONGROOM_STATE_DIR: device.stateFolder }
    return await startCli(['key', act, device.vault, ...words, ...way], { env }).ended
  }
  const does = async <T>(act: string, ...words: readonly string[]): Promise<T> => {
    const { code, out, err } = await run(act, ...words, '--json')
    expect([code, err], `${act} ${words.join(' ')}`).toEqual([0, ''])
    return JSON.parse(out)
  }
  const refused = async (code: string, exit: number, act: string, ...words: readonly string[]) => {
    const end = await run(act, ...words)
    expect([end.code, end.err]).toEqual([exit, expect.stringContaining(`[${code}]`)])
  }
  const ls = async () => await does<Keys>('ls')
  return { does, refused, ls }
}

/** SHA-256 of every message. */
function messages(vault: string): readonly string[] {
  return readdirSync(join(vault, 'items'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sealed'))
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(vault, 'items', name)))
          .digest('hex')}`,
    )
    .sort()
}

describe('five rotations', () => {
  let vault: CliVault
  let key: ReturnType<typeof keysOf>
  let label: string
  let before: readonly string[]
  const versions = async () => (await key.ls()).keys[0]?.versions ?? []
  beforeAll(async () => {
    vault = await CliVault.create()
    key = keysOf(vault.device)
    label = (await key.ls()).keys[0]?.label ?? ''
    await vault.device.does('add', vault.source('first', 'first'), vault.source('twice', 'once'))
    for (let round = 1; round <= 5; round++) {
      const { keyVersionId } = await key.does<{ readonly keyVersionId: string }>(
        'rotate',
        label,
        '--passphrase-file',
        vault.passphrase,
      )
      writeFileSync(vault.work.at('twice'), `${round} times`)
      await vault.device.does('add', vault.source(`n${round}`, `new ${round}`), vault.work.at('twice'))
      expect((await versions()).at(-1)).toMatchObject({ keyVersionId, state: 'active' })
    }
    before = messages(vault.path)
  })
  afterAll(() => vault[Symbol.dispose]())

  it('leave each file under the version that was active when it came', async () => {
    const counts = (await versions()).map(({ state, opens }) => [state, opens])
    expect(counts).toEqual([
      ...Array(5)
        .fill(0)
        .map(() => ['retired', 2]),
      ['active', 2],
    ])
  })

  it.each([
    ['the recovery code', (made: CliVault) => made.device],
    ['the passphrase', (made: CliVault) => made.device.by('--passphrase-file', made.passphrase)],
    ['the recovery code, on a computer that never saw the vault', (made: CliVault) => made.another('fresh')],
  ])('leave every version open by %s', async (_, deviceOf) => {
    const { code, out } = await deviceOf(vault).start('check', ['--read-data', '--json']).ended
    expect([code, JSON.parse(out.trim().split('\n').at(-1) ?? '')]).toMatchObject([
      0,
      { findings: [], files: 12 },
    ])
  })

  it('impact names what a version alone opens: old versions and the bin, too', async () => {
    await vault.device.does('rm', '/first')
    const [first] = await versions()
    const { affected } = await key.does<Impact>('impact', label, '--version', first?.keyVersionId ?? '')
    expect(affected.map(({ path, current, inBin }) => [path, current, inBin]).sort()).toEqual([
      ['/first', true, true],
      ['/twice', false, false],
    ])
  })

  it('destroy is refused while something needs the version, and for the active one', async () => {
    const all = await versions()
    await key.refused('KEY_NEEDED', 6, 'destroy', label, '--version', all[0]?.keyVersionId ?? '', '--yes')
    await key.refused('KEY_NEEDED', 6, 'destroy', label, '--version', all.at(-1)?.keyVersionId ?? '', '--yes')
    await key.refused('USAGE', 2, 'destroy', label, '--version', all[0]?.keyVersionId ?? '')
    await key.refused('USAGE', 2, 'retire', label, '--version', all.at(-1)?.keyVersionId ?? '')
    await key.refused('KEY_NOT_FOUND', 7, 'retire', label, '--version', '0'.repeat(32))
  })

  it('a disabled version opens nothing until it is enabled', async () => {
    const [first] = await versions()
    const id = first?.keyVersionId ?? ''
    await key.does('disable', label, '--version', id)
    const { code, err } = await vault.device.say('check', '--read-data')
    expect([code, err]).toEqual([4, expect.any(String)])
    const end = await vault.device.say(
      'cat',
      '/twice',
      '--version',
      (await vault.device.versions('/twice')).at(-1)?.versionId ?? '',
    )
    expect([end.code, end.err]).toEqual([5, expect.stringContaining('[KEY_DISABLED]')])
    await key.does('enable', label, '--version', id)
    expect((await vault.device.say('check', '--read-data')).code).toBe(0)
  })

  it('rewrap moves all to the active version, untouched as messages, and has nothing to do again', async () => {
    expect(await key.does('rewrap')).toMatchObject({ rewrapped: 10, skipped: 2, failed: [] })
    expect(await key.does('rewrap')).toMatchObject({ rewrapped: 0, skipped: 12, failed: [] })
    expect(messages(vault.path)).toEqual(before)
    expect((await versions()).map(({ opens }) => opens)).toEqual([0, 0, 0, 0, 0, 12])
    expect((await vault.device.say('check', '--read-data')).code).toBe(0)
  })

  it('destroy then takes the version, its copies go, and everything opens', async () => {
    const [first] = await versions()
    const id = first?.keyVersionId ?? ''
    await key.does('destroy', label, '--version', id, '--yes')
    expect((await versions())[0]).toMatchObject({ state: 'destroyed', opens: 0 })
    expect(readdirSync(join(vault.path, 'keys/copies', id))).toEqual([])
    expect((await vault.another('later').say('check', '--read-data')).code).toBe(0)
  })
})

describe('a device that was not there', () => {
  let vault: CliVault
  afterAll(() => vault[Symbol.dispose]())

  it('keeps a version from being destroyed, until it has seen that it is retired, or is said to be gone', async () => {
    vault = await CliVault.create()
    const key = keysOf(vault.device)
    const other = vault.another('other')
    await other.say('add', vault.source('theirs', 'theirs'))
    const [{ label = '' } = {}] = (await key.ls()).keys
    await key.does('rotate', label, '--passphrase-file', vault.passphrase)
    await key.does('rewrap')
    const id = (await key.ls()).keys[0]?.versions[0]?.keyVersionId ?? ''
    await key.refused('KEY_NEEDED', 6, 'destroy', label, '--version', id, '--yes')
    await other.does('mkdir', '/seen')
    await key.does('destroy', label, '--version', id, '--yes')
  })
})

describe('ways in', () => {
  let vault: CliVault
  beforeAll(async () => {
    vault = await CliVault.create()
  })
  afterAll(() => vault[Symbol.dispose]())

  it('a second recovery code opens the vault, and the first still does; removed, it does not', async () => {
    const key = keysOf(vault.device)
    await key.does('add', '--recovery-out', vault.work.at('code2'))
    const second = vault.device.by('--recovery-file', vault.work.at('code2'))
    expect((await second.say('ls')).code).toBe(0)
    const { recoveries } = (await key.ls()).ways
    const added = recoveries.at(-1)?.id ?? ''
    await key.does('remove', added)
    expect([(await second.say('ls')).code, (await vault.device.say('ls')).code]).toEqual([3, 0])
  })

  it('the passphrase is changed by adding the new one after taking away the old', async () => {
    const key = keysOf(vault.device)
    await key.does('remove', 'passphrase')
    expect((await vault.device.by('--passphrase-file', vault.passphrase).say('ls')).code).toBe(3)
    const file = vault.source('new-passphrase', 'nine quiet owls 4410 slept\n')
    await key.does('add', '--new-passphrase-file', file)
    expect((await vault.device.by('--passphrase-file', file).say('ls')).code).toBe(0)
    expect((await vault.device.by('--passphrase-file', vault.passphrase).say('ls')).code).toBe(3)
  })

  it('the last one beside the keychain is kept', async () => {
    const key = keysOf(vault.device)
    await key.does('remove', 'passphrase')
    const [{ id = '' } = {}] = (await key.ls()).ways.recoveries
    await key.refused('LAST_WAY_IN', 6, 'remove', id)
    await key.refused('KEY_NOT_FOUND', 7, 'remove', '0'.repeat(32))
    await key.refused('KEY_NOT_FOUND', 7, 'remove', 'nonsense')
  })

  it('a rotation without the passphrase is refused where one opens the vault, and changes nothing', async () => {
    using made = await CliVault.create()
    const key = keysOf(made.device)
    const [{ label = '', versions = [] } = {}] = (await key.ls()).keys
    await key.refused('USAGE', 2, 'rotate', label)
    const wrong = made.source('wrong', 'quite another one 7781\n')
    const env = { STRONGROOM_STATE_DIR: made.device.stateFolder }
    const end = await startCli(['key', 'rotate', made.path, label, '--passphrase-file', wrong], { env }).ended
    expect(end.code).toBe(3)
    expect((await key.ls()).keys[0]?.versions).toEqual(versions)
    await key.does('rotate', label, '--drop-passphrase')
    expect((await key.ls()).ways.passphrase).toBe(false)
    expect((await made.device.say('ls')).code).toBe(0)
  })
})

it('get into the vault’s own folder is refused, and leaves it as it was', async () => {
  using vault = await CliVault.create()
  await vault.device.does('add', vault.source('a', 'a'))
  await vault.device.refused('USAGE', 2, 'get', '/a', '--to', `${vault.path}/out`)
  await vault.device.refused('USAGE', 2, 'get', '/a', '--to', vault.path)
})
