import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret, VaultError } from '../../src/main/base/index.ts'
import type { KeyVersionId } from '../../src/main/contract/ids.ts'
import { edkOwner, kmsContext } from '../../src/main/keys/index.ts'
import { kmsEdkArn } from '../../src/main/keys/kms-edk.ts'
import { unwrapLocal } from '../../src/main/keys/local-edk.ts'
import { parseVaultFile } from '../../src/main/keys/vault-file.ts'
import { openKms } from '../../src/main/kms/index.ts'
import { openVault, readRecoverySheet } from '../../src/main/vault/index.ts'
import { type CliEnd, codesOf } from '../support/cli.ts'
import { openAll, type Unwrap } from '../support/ex-member.ts'
import { startKms } from '../support/kms.ts'
import type { Caller, GateKey } from '../support/kms-gate/index.ts'
import { KmsVault } from '../support/kms-vault.ts'
import { differences, readTree } from '../support/tree.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

/** Members are KMS keys here, against moto behind the gate (docs/decisions/0008): what it enforces is the gate’s word. */
let kms: Awaited<ReturnType<typeof startKms>>
beforeAll(async () => {
  kms = await startKms()
})
afterAll(() => kms[Symbol.asyncDispose]())

type Exposed = {
  readonly path: string
  readonly version: string
  readonly current: boolean
  readonly purged: boolean
  readonly wrapped: boolean
}
type Report = {
  readonly epochBegun: boolean
  readonly exposure: {
    readonly epoch: { readonly now: number; readonly readable: number }
    readonly opens: readonly Exposed[]
    readonly closed: number
  }
  readonly todo: readonly string[]
}

/** The last line that a command printed. */
function reportOf({ out }: CliEnd): Report {
  return JSON.parse(out.trim().split('\n').at(-1) ?? '')
}

/** A vault of Ann’s and Bob’s key. Each of them may use their own key alone. */
class Team implements Disposable {
  readonly vault: KmsVault
  readonly annsKey: GateKey
  readonly bobsKey: GateKey
  readonly ann: CliDevice
  readonly bob: CliDevice
  readonly bobsCaller: Caller
  #kept = 0

  private constructor(
    vault: KmsVault,
    keys: readonly [GateKey, GateKey],
    callers: readonly [Caller, Caller],
  ) {
    this.vault = vault
    ;[this.annsKey, this.bobsKey] = keys
    this.bobsCaller = callers[1]
    // Who adds a file wraps it for the other, too: that needs their key, but never to open anything.
    this.ann = vault.another('ann', callers[0], ['--kms', this.annsKey.arn])
    this.bob = vault.another('bob', callers[1], ['--kms', this.bobsKey.arn])
  }

  static async create(): Promise<Team> {
    const keys = [await kms.gate.createKey(), await kms.gate.createKey()] as const
    const vault = await KmsVault.create(
      kms.gate,
      keys.map(({ arn }) => arn),
      '--no-recovery',
    )
    const [annsKey, bobsKey] = keys
    return new Team(vault, keys, [callerOf('ann', annsKey, bobsKey), callerOf('bob', bobsKey, annsKey)])
  }

  /** A copy of the vault as it is now, which Bob takes home. */
  takeHome(): string {
    const copy = this.vault.work.at(`kept ${++this.#kept}`)
    cpSync(this.vault.path, copy, { recursive: true })
    return copy
  }

  async remove(...words: readonly string[]): Promise<Report> {
    const end = await this.ann.does('member remove', '--key', this.bobsKey.arn, ...words)
    return reportOf(end)
  }

  /** With which Bob tries everything: KMS still lets him, as it may if nobody thinks of it. */
  get bobs(): Unwrap {
    const { vaultId } = parseVaultFile(readFileSync(join(this.vault.path, 'vault.json')))
    kms.gate.actAs(this.bobsCaller)
    const client = openKms({ trusted: () => new Set([this.bobsKey.arn]) })
    return async (edk, subject, purpose) => {
      const arn = kmsEdkArn(edk)
      if (arn !== this.bobsKey.arn) return undefined
      try {
        return (await client.decrypt(arn, edk.ciphertext, kmsContext({ vaultId, subject }, purpose))).key
      } catch (error) {
        if (error instanceof VaultError && error.exit === 5) return undefined
        throw error
      }
    }
  }

  [Symbol.dispose](): void {
    kms.gate.actAs()
    this.vault[Symbol.dispose]()
  }
}

const TO_WRAP = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ReEncrypt*']

function callerOf(name: string, own: GateKey, other: GateKey): Caller {
  return kms.gate.caller(name, {
    Statement: [
      { Effect: 'Allow', Action: 'kms:*', Resource: own.arn },
      { Effect: 'Allow', Action: TO_WRAP, Resource: other.arn },
    ],
  })
}

/** The version that is shown at a path. */
const versionAt = async (device: CliDevice, path: string) => (await device.item(path)).versionId ?? ''

describe('a member who was removed, with all they kept', () => {
  let team: Team
  let report: Report
  let opened: Awaited<ReturnType<typeof openAll>>
  const id: Record<string, string> = {}
  beforeAll(async () => {
    team = await Team.create()
    const { vault, ann, bob } = team
    await ann.does('add', ...['before', 'renewed', 'purged', 'twice'].map((name) => vault.source(name, name)))
    await bob.does('add', vault.source('of bob', 'of bob'))
    for (const name of ['before', 'renewed', 'purged', 'twice', 'of bob'])
      id[name] = await versionAt(ann, `/${name}`)
    const kept = [team.takeHome()]
    await ann.does('rm', '/purged')
    await ann.does('purge', '/purged', '--yes')
    writeFileSync(vault.work.at('twice'), 'twice, again')
    await team.remove('--rewrap')
    await ann.does('add', vault.source('after', 'after'), vault.work.at('twice'))
    await ann.does('key reencrypt', '/renewed')
    for (const name of ['after', 'twice', 'renewed']) id[`new ${name}`] = await versionAt(ann, `/${name}`)
    report = await team.remove()
    opened = await openAll([...kept, vault.path], team.bobs)
  })
  afterAll(() => team[Symbol.dispose]())

  it('opens exactly the versions that the report names', () => {
    expect([...opened.texts.keys()].sort()).toEqual(
      report.exposure.opens.map(({ version }) => version).sort(),
    )
  })

  it.each([
    ['what was added before', 'before', 'before'],
    ['what they added themselves', 'of bob', 'of bob'],
    ['the old version of a file that was encrypted anew', 'renewed', 'renewed'],
    ['the old version of a file that was replaced', 'twice', 'twice'],
    ['what was purged, of which they have a copy', 'purged', 'purged'],
  ])('opens %s', (_, name, text) => {
    expect(opened.texts.get(id[name] ?? '')).toBe(text)
  })

  it.each([
    ['what was added after', 'new after'],
    ['a file that was encrypted anew', 'new renewed'],
    ['a new version of a file they knew', 'new twice'],
  ])('does not open %s', (_, name) => {
    expect(id[name]).toMatch(/^[0-9a-f]{32}$/)
    expect(opened.texts.has(id[name] ?? '')).toBe(false)
    expect(report.exposure.opens.some(({ version }) => version === id[name])).toBe(false)
  })

  it('reads names and records of the old epoch alone', () => {
    expect(report.exposure.epoch).toEqual({ now: 2, readable: 1 })
    expect(opened.names).toEqual(['before', 'of bob', 'purged', 'renewed', 'twice'])
  })

  it('is told apart in the report: current, older, purged, and still recorded', () => {
    const facts = report.exposure.opens.map(({ version, current, purged, wrapped }) => {
      const name = Object.keys(id).find((each) => id[each] === version)
      return [name, current, purged, wrapped]
    })
    expect(facts.sort()).toEqual([
      ['before', true, false, false],
      ['of bob', true, false, false],
      ['purged', false, true, false],
      ['renewed', false, false, false],
      ['twice', false, false, false],
    ])
    expect(report.exposure.closed).toBe(3)
  })

  it('is nothing once AWS takes the key from them: not even what was theirs', async () => {
    team.bobsCaller.iam = { Statement: [] }
    expect((await openAll([team.vault.path], team.bobs)).texts.size).toBe(0)
  })

  it('reads on what they knew, in their own copy of the program, and writes nothing', async () => {
    team.bobsCaller.iam = { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: team.bobsKey.arn }] }
    expect(await team.bob.cat('/before')).toBe('before')
    expect(await team.bob.paths()).not.toContain('/after')
    await team.bob.refused('EPOCH_NOT_OPEN', 5, 'mkdir', '/bob was here')
  })

  it('leaves the others all there is', async () => {
    expect(await team.ann.paths()).toEqual(['/after', '/before', '/of bob', '/renewed', '/twice'])
    expect(await team.ann.cat('/renewed')).toBe('renewed')
    const { code, out } = await team.ann.start('check', ['--read-data', '--json']).ended
    expect([code, JSON.parse(out)]).toMatchObject([0, { findings: [] }])
  })
})

describe('a member who joined late', () => {
  it('opens what was wrapped for them, not what never was, whatever the records say now', async () => {
    const keys = [await kms.gate.createKey(), await kms.gate.createKey()] as const
    const [annsKey, bobsKey] = keys
    using vault = await KmsVault.create(kms.gate, [annsKey.arn], '--no-recovery')
    await vault.device.does('add', vault.source('moved', 'moved'))
    const moved = await versionAt(vault.device, '/moved')
    await vault.device.does('key add', '--kms-key', bobsKey.arn)
    await vault.device.does('key rewrap')
    await vault.device.does('key remove', bobsKey.arn)
    await vault.device.does('add', vault.source('between', 'between'))
    const end = await vault.device.does('member remove', '--key', bobsKey.arn, '--rewrap')
    const { exposure } = reportOf(end)
    const bob: Unwrap = async (edk, subject, purpose) => {
      const { vaultId } = parseVaultFile(readFileSync(join(vault.path, 'vault.json')))
      const client = openKms({ trusted: () => new Set([bobsKey.arn]) })
      if (kmsEdkArn(edk) !== bobsKey.arn) return undefined
      return (await client.decrypt(bobsKey.arn, edk.ciphertext, kmsContext({ vaultId, subject }, purpose)))
        .key
    }
    const { texts } = await openAll([vault.path], bob)
    expect([...texts]).toEqual([[moved, 'moved']])
    expect(exposure.opens.map(({ version, wrapped }) => [version, wrapped])).toEqual([[moved, false]])
  })
})

describe('somebody who shared the key of this computer', () => {
  it('opens what was locked with the versions they had, and those before: just what the report says', async () => {
    using vault = await CliVault.create()
    const { device } = vault
    type Keys = {
      readonly keys: readonly {
        readonly label: string
        readonly versions: readonly { readonly keyVersionId: string }[]
      }[]
    }
    const keys = async () => (await device.document<Keys>('key ls')).keys[0]
    const label = (await keys())?.label ?? ''
    await device.does('add', vault.source('first', 'first'))
    await device.does('key rotate', label, '--drop-passphrase')
    await device.does('add', vault.source('second', 'second'))
    const version = (await keys())?.versions.at(-1)?.keyVersionId ?? ''
    const kept = vault.work.at('kept')
    cpSync(vault.path, kept, { recursive: true })
    await device.refused('USAGE', 2, 'member remove', '--key', label, '--version', version)
    await device.does('key rotate', label)
    await device.does('add', vault.source('third', 'third'))
    const removed = await device.does('member remove', '--key', label, '--version', version, '--rewrap')
    const again = await device.does('member remove', '--key', label, '--version', version)
    await device.does('add', vault.source('fourth', 'fourth'))
    const report = reportOf(removed)
    expect([report.epochBegun, reportOf(again).epochBegun]).toEqual([true, false])

    const theirs = await masterKeysIn(kept, vault)
    const { vaultId } = parseVaultFile(readFileSync(join(vault.path, 'vault.json')))
    const { texts, names } = await openAll([kept, vault.path], async (edk, subject) => {
      const owner = edkOwner(edk)
      const key = owner?.kind === 'local' ? theirs.get(owner.keyVersionId) : undefined
      return key && unwrapLocal(key, { vaultId, subject }, edk)
    })
    expect([...texts.values()].sort()).toEqual(['first', 'second'])
    expect(report.exposure.opens.map(({ version: id }) => id).sort()).toEqual([...texts.keys()].sort())
    // Recorded after the rotation, under the metadata key that they still had.
    expect(names).toEqual(['first', 'second', 'third'])
    expect(await device.cat('/fourth')).toBe('fourth')
  })
})

/** The master keys that opened the vault when this copy of it was taken. */
async function masterKeysIn(folder: string, vault: CliVault): Promise<ReadonlyMap<KeyVersionId, Secret>> {
  using code = readRecoverySheet(vault.code)
  await using open = await openVault({
    path: folder,
    stateFolder: vault.work.at('theirs'),
    keychain: false,
    way: { kind: 'recovery', code },
  })
  const found = new Map<KeyVersionId, Secret>()
  for (const id of open.keys.versions.keys()) {
    const key = await open.keys.masterKey(id)
    found.set(
      id,
      key.use((bytes) => Secret.take(Uint8Array.from(bytes), 'their master key')),
    )
  }
  return found
}

describe('`member remove`', () => {
  it('says what is left to do: in AWS, in the folder, with rewrap and reencrypt', async () => {
    using team = await Team.create()
    await team.ann.does('add', team.vault.source('a', 'one'))
    const first = await team.remove()
    expect(first.epochBegun).toBe(true)
    expect(first.exposure.opens).toMatchObject([{ path: '/a', current: true, wrapped: true }])
    expect(first.todo[0]).toMatch(/^In AWS, take every use of/)
    expect(first.todo[0]).toContain(`${team.bobsKey.arn}, ${team.annsKey.arn}`)
    expect(first.todo.join('\n')).toContain('key rewrap')
    const second = await team.remove('--rewrap', '--reencrypt')
    expect(second.epochBegun).toBe(false)
    expect(second.exposure.opens).toMatchObject([{ path: '/a', current: false, wrapped: false }])
    expect(second.todo.join('\n')).not.toContain('key rewrap')
    const said = await team.ann.say('member remove', '--key', team.bobsKey.arn)
    expect(said.out).toContain('1 version of files')
    expect(said.out).toContain('(an older one)')
    expect(said.out).toContain('To do: In AWS, take every use of')
    expect(readdirSync(join(team.vault.path, 'keys/metadata'))).toHaveLength(2)
  })

  it('is not misled by a metadata file that nobody vouches for', async () => {
    using team = await Team.create()
    await team.remove()
    const folder = join(team.vault.path, 'keys/metadata')
    const read = (name = '') => JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const [first, second = ''] = readdirSync(folder).sort()
    const forged = { ...read(second), record: read(first).record }
    writeFileSync(join(folder, second.replace(/^\d+/, '00000003')), JSON.stringify(forged))
    expect(await team.remove()).toMatchObject({
      epochBegun: false,
      exposure: { epoch: { now: 2, readable: 1 } },
    })
  })

  it('never removes the last one, and names a key that there is not', async () => {
    using team = await Team.create()
    await team.remove()
    const before = readTree(`${team.vault.path}/keys`)
    // Nothing but the note of the call to KMS that opened the vault is written.
    const last = await team.ann.run('member remove', '--key', team.annsKey.arn)
    expect([codesOf(last), last.code]).toEqual([['LAST_WAY_IN'], 6])
    const nobody = await team.ann.run('member remove', '--key', 'nobody')
    expect([codesOf(nobody), nobody.code]).toEqual([['KEY_NOT_FOUND'], 7])
    expect(differences(before, readTree(`${team.vault.path}/keys`))).toEqual([])
  })

  it('begins no epoch when KMS refuses to wrap for those who stay', async () => {
    using team = await Team.create()
    await team.ann.does('add', team.vault.source('a', 'one'))
    const lift = kms.gate.fault('Encrypt', { kind: 'refuse' })
    const end = await team.ann.run('member remove', '--key', team.bobsKey.arn)
    lift()
    expect([end.code, codesOf(end)]).toEqual([5, [expect.stringMatching(/^KMS_/)]])
    expect(readdirSync(join(team.vault.path, 'keys/metadata'))).toHaveLength(1)
    expect((await team.remove()).epochBegun).toBe(true)
    expect(await team.ann.cat('/a')).toBe('one')
  })

  it('has nothing wrapped by their key any more', async () => {
    using team = await Team.create()
    await team.ann.does('add', team.vault.source('a', 'one'))
    const before = kms.gate.calls.length
    await team.remove('--rewrap', '--reencrypt')
    const wraps = /^(?:Encrypt|GenerateDataKey)$/
    const called = kms.gate.calls
      .slice(before)
      .flatMap(({ operation, key }) => (wraps.test(operation) ? [key] : []))
    expect(called).toContain(team.annsKey.arn)
    expect(called).not.toContain(team.bobsKey.arn)
  })
})
