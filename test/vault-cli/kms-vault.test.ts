import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, codesOf } from '../support/cli.ts'
import { startKms } from '../support/kms.ts'
import { KmsVault } from '../support/kms-vault.ts'
import { differences, readTree, WorkFolder } from '../support/tree.ts'
import { CliVault } from '../support/vault-cli.ts'

/** Vaults on KMS keys, against moto behind the gate (docs/decisions/0008): what the gate enforces is the gate’s word. */
let kms: Awaited<ReturnType<typeof startKms>>
beforeAll(async () => {
  kms = await startKms()
})
afterAll(() => kms[Symbol.asyncDispose]())

const since = (before: number, operation: string) =>
  kms.gate.calls.slice(before).filter((call) => call.operation === operation)

describe('a vault on one KMS key', () => {
  it('is made, takes files, and gives them back: one GenerateDataKey a file in, one Decrypt a file out', async () => {
    const key = await kms.gate.createKey({ alias: 'alias/cli-papers' })
    using vault = await KmsVault.create(kms.gate, ['alias/cli-papers'])
    const { out } = await vault.device.say('key ls')
    // No keychain holds anything of it.
    expect(out).toContain('Ways in: AWS KMS\n')
    const folder = vault.work.at('in')
    mkdirSync(folder)
    for (let n = 0; n < 40; n++) writeFileSync(`${folder}/file ${n}.txt`, `contents ${n}`)
    const beforeAdd = kms.gate.calls.length
    await vault.device.does('add', folder)
    expect(since(beforeAdd, 'GenerateDataKey')).toHaveLength(40)
    // To open the vault: its metadata key, once.
    expect(since(beforeAdd, 'Decrypt')).toHaveLength(1)
    const said = await vault.device.say('add', folder, '--into', '/said')
    expect(said.err).toContain('This asks AWS KMS up to 40 times (less than $0.01')
    const beforeGet = kms.gate.calls.length
    await vault.device.does('get', '/in', '--to', vault.work.at('out'))
    expect(since(beforeGet, 'Decrypt')).toHaveLength(41)
    expect(readFileSync(vault.work.at('out/in/file 7.txt'), 'utf8')).toBe('contents 7')
    expect(await vault.device.cat('/in/file 3.txt')).toBe('contents 3')
    // Ids only, and always the pinned ARN.
    for (const { context, key: called } of kms.gate.calls.slice(beforeAdd)) {
      for (const [name, value] of Object.entries(context ?? {})) {
        expect(name).toMatch(/^strongroom-(vault|version|metadata)$/)
        expect(value).toMatch(/^[0-9a-f]{32}$/)
      }
      expect(called).toBe(key.arn)
    }
  })

  it('asks nobody on another computer until its ARN is confirmed', async () => {
    const key = await kms.gate.createKey({ alias: 'alias/cli-second' })
    using vault = await KmsVault.create(kms.gate, [key.arn])
    await vault.device.does('add', vault.source('a', 'one'))
    const other = vault.another('state 2')
    const before = kms.gate.calls.length
    await other.refused('KMS_KEY_UNCONFIRMED', 3, 'ls')
    const stranger = await kms.gate.createKey()
    await other.refused('KMS_KEY_UNCONFIRMED', 3, 'ls', '--kms', stranger.arn)
    expect(kms.gate.calls.length).toBe(before)
    expect((await other.say('ls', '--kms', key.arn)).code).toBe(0)
    expect(await other.paths()).toEqual(['/a'])
  })

  it('opens by its recovery code alone, files and all, when AWS can not be reached', async () => {
    const key = await kms.gate.createKey()
    using vault = await KmsVault.create(kms.gate, [key.arn])
    await vault.device.does('add', vault.source('a', 'one'))
    using _ = { [Symbol.dispose]: kms.gate.fault('Decrypt', { kind: 'reset' }) }
    const alone = vault.another('state 3', kms.gate.admin, ['--recovery-file', vault.code])
    const { code, out, err } = await alone.say('cat', '/a')
    expect([code, out]).toEqual([0, 'one'])
    expect(err).not.toContain('keychain')
  })
})

describe('T7, with KMS', () => {
  it('another vault with a key of its own in the place of a known one: 4, and not one call', async () => {
    const [ours, theirs] = [await kms.gate.createKey(), await kms.gate.createKey()]
    using vault = await KmsVault.create(kms.gate, [ours.arn])
    using other = await KmsVault.create(kms.gate, [theirs.arn])
    const before = kms.gate.calls.length
    for (const files of ['vault.json', '.'] as const) {
      cpSync(`${other.path}/${files}`, `${vault.path}/${files}`, { recursive: true })
      await vault.device.refused('VAULT_REPLACED', 4, 'ls')
    }
    expect(kms.gate.calls.length).toBe(before)
  })

  it('a metadata file that names a stranger’s key is passed over, and the key is not asked', async () => {
    const [ours, theirs] = [await kms.gate.createKey(), await kms.gate.createKey()]
    using vault = await KmsVault.create(kms.gate, [ours.arn])
    const [name = ''] = readdirSync(`${vault.path}/keys/metadata`)
    const text = readFileSync(`${vault.path}/keys/metadata/${name}`, 'utf8')
    const { record, ...rest } = JSON.parse(text)
    // One digit differs at most: the ARNs have one length.
    const swapped = Buffer.from(
      Buffer.from(record, 'base64').toString('latin1').replaceAll(ours.arn, theirs.arn),
      'latin1',
    )
    const stranger = JSON.stringify({ ...rest, record: swapped.toString('base64') })
    const members = JSON.parse(stranger)
    const canonical = JSON.stringify(members, Object.keys(members).sort())
    writeFileSync(`${vault.path}/keys/metadata/00000009-${name.slice(9)}`, canonical)
    expect((await vault.device.say('ls')).code).toBe(0)
    expect(
      kms.gate.calls.filter(({ key, operation }) => key === theirs.arn && operation !== 'DescribeKey'),
    ).toEqual([])
  })
})

describe('several recipients', () => {
  it('each KMS key alone opens every file', async () => {
    const [one, two] = [await kms.gate.createKey(), await kms.gate.createKey()]
    using vault = await KmsVault.create(kms.gate, [one.arn, two.arn], '--no-recovery')
    await vault.device.does('add', vault.source('a', 'one'))
    for (const [off, on] of [
      [one, two],
      [two, one],
    ] as const) {
      off.state = 'Disabled'
      expect(await vault.device.cat('/a')).toBe('one')
      off.state = 'Enabled'
      expect(on.state).toBe('Enabled')
    }
    one.state = 'Disabled'
    two.state = 'Disabled'
    await vault.device.refused('KMS_KEY_DISABLED', 5, 'ls')
  })

  it('a KMS key is added to a vault of this computer; rewrap moves its files, and it opens them alone', async () => {
    const key = await kms.gate.createKey({ alias: 'alias/cli-added' })
    using vault = await CliVault.create(kms.gate.env())
    await vault.device.does('add', vault.source('a', 'one'))
    await vault.device.does('key add', '--kms-key', 'alias/cli-added')
    await vault.device.does('add', vault.source('b', 'two'))
    const before = readTree(`${vault.path}/items`)
    const end = await vault.device.does('key rewrap')
    expect(end.lines.at(-1)).toMatchObject({ rewrapped: 1, skipped: 1, failed: [] })
    expect(differences(before, readTree(`${vault.path}/items`))).toEqual([])
    const byKms = vault.another('state kms').by('--kms', key.arn)
    expect(await byKms.paths()).toEqual(['/a', '/b'])
    expect(await byKms.by().cat('/a')).toBe('one')
    expect((await vault.device.does('key rewrap')).lines.at(-1)).toMatchObject({ rewrapped: 0, skipped: 2 })
    // And it goes again: its EDKs with it.
    await vault.device.does('key remove', 'cli-added')
    await vault.device.does('key rewrap')
    const refused = await byKms.by().run('cat', '/a')
    expect([refused.code, codesOf(refused)]).toEqual([3, ['VAULT_LOCKED']])
  })
})

describe('rotation at KMS', () => {
  it('five times over 60 files: rewrap moves each to the newest material, and touches no message', async () => {
    const key = await kms.gate.createKey()
    using vault = await KmsVault.create(kms.gate, [key.arn])
    const folder = vault.work.at('in')
    mkdirSync(folder)
    for (let n = 0; n < 60; n++) writeFileSync(`${folder}/${n}`, `contents ${n}`)
    await vault.device.does('add', folder)
    const before = readTree(`${vault.path}/items`)
    for (let round = 0; round < 5; round++) {
      await key.rotate()
      const end = await vault.device.does('key rewrap')
      expect(end.lines.at(-1)).toMatchObject({ rewrapped: 60, skipped: 0, failed: [] })
    }
    expect((await vault.device.does('key rewrap')).lines.at(-1)).toMatchObject({ rewrapped: 0, skipped: 60 })
    expect(differences(before, readTree(`${vault.path}/items`))).toEqual([])
    expect(await vault.device.cat('/in/42')).toBe('contents 42')
  })
})

describe('what KMS refuses', () => {
  it.each([
    ['a disabled key', 'KMS_KEY_DISABLED', 'Disabled'],
    ['a key that waits for its deletion', 'KMS_KEY_PENDING_DELETION', 'PendingDeletion'],
  ] as const)(
    '%s: its own code, nothing changed, and the recovery code still opens',
    async (_, code, state) => {
      const key = await kms.gate.createKey()
      using vault = await KmsVault.create(kms.gate, [key.arn])
      await vault.device.does('add', vault.source('a', 'one'))
      key.state = state
      await vault.device.refused(code, 5, 'ls')
      const alone = vault.another('state 9', kms.gate.admin, ['--recovery-file', vault.code])
      expect((await alone.say('cat', '/a')).out).toBe('one')
    },
  )

  it('who may not decrypt is told so, and changes nothing', async () => {
    const key = await kms.gate.createKey()
    using vault = await KmsVault.create(kms.gate, [key.arn])
    const bob = vault.another('state bob', kms.gate.caller('bob', { Version: '2012-10-17', Statement: [] }))
    await bob.refused('KMS_ACCESS_DENIED', 5, 'ls', '--kms', key.arn)
  })

  it('a file that KMS fails between two others does not stop them, and the next run does it', async () => {
    const key = await kms.gate.createKey()
    using vault = await KmsVault.create(kms.gate, [key.arn])
    const folder = vault.work.at('in')
    mkdirSync(folder)
    for (let n = 0; n < 9; n++) writeFileSync(`${folder}/${n}`, `contents ${n}`)
    const lift = kms.gate.fault(
      { operation: 'GenerateDataKey', after: 4, times: 1 },
      { kind: 'refuse', type: 'AccessDeniedException' },
    )
    const end = await vault.device.run('add', folder)
    lift()
    expect(end.code).toBe(5)
    expect(end.lines.at(-1)).toMatchObject({ files: 8 })
    expect((await vault.device.does('add', folder)).lines.at(-1)).toMatchObject({ files: 1, skipped: 8 })
  })
})

describe('sealed files', () => {
  it('are sealed and opened with a KMS key, whose context is the message’s own', async () => {
    const key = await kms.gate.createKey({ alias: 'alias/cli-seal' })
    using work = new WorkFolder()
    writeFileSync(work.at('a'), 'one')
    const env = kms.gate.env()
    const sealed = await cli(['seal', work.at('a'), '--kms', 'alias/cli-seal'], { env })
    expect([codesOf(sealed), sealed.code]).toEqual([[], 0])
    const opened = await cli(['unseal', work.at('a.sealed'), '--kms', key.arn, '--to', work.at('out')], {
      env,
    })
    expect([codesOf(opened), opened.code]).toEqual([[], 0])
    expect(readFileSync(work.at('out/a'), 'utf8')).toBe('one')
    const other = await kms.gate.createKey()
    const wrong = await cli(['unseal', work.at('a.sealed'), '--kms', other.arn, '--to', work.at('no')], {
      env,
    })
    expect([codesOf(wrong), wrong.code]).toEqual([['KEY_MISMATCH'], 3])
  })
})
