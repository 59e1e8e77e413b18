import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asVaultError, Secret } from '../../src/main/base/index.ts'
import { type Id, parseId, ROOT_ID } from '../../src/main/contract/ids.ts'
import { ACT_KINDS, type ActKind } from '../../src/main/policy/index.ts'
import * as room from '../../src/main/vault/index.ts'
import { CliVault } from '../support/vault-cli.ts'
import { ServiceDevice } from '../support/vault-service.ts'

type Room = typeof room
/** What the room offers that can be called. */
type Use = { [K in keyof Room]: Room[K] extends (...args: never[]) => unknown ? K : never }[keyof Room]
type Vault = room.OpenVault

/** How a use asks the policy: the acts, and calls that are refused wherever it is asked. Or why it needn't ask. */
type Asks =
  | { readonly acts: readonly ActKind[]; readonly tries: readonly ((vault: Vault) => Promise<unknown>)[] }
  | {
      readonly why:
        | 'only reads what the vault says of itself'
        | 'no vault is open'
        | 'its steps ask'
        | 'is the policy'
    }

const READS = { why: 'only reads what the vault says of itself' } as const
const NO_VAULT = { why: 'no vault is open' } as const
const STEPS = { why: 'its steps ask' } as const
const POLICY = { why: 'is the policy' } as const

/** Nothing is written there: it is refused before. */
const OUT = join(import.meta.dirname, 'never-made')
const RUNTIME = { workerPath: join(import.meta.dirname, '../../out/main/worker.js') }
const NO_ID = 'f'.repeat(32)
const noId = <T extends Id<string>>(): T => parseId<T>(NO_ID) ?? fail()
const asks = (act: ActKind, ...tries: readonly ((vault: Vault) => Promise<unknown>)[]): Asks => {
  return { acts: [act], tries }
}
const keyOf = (vault: Vault) => room.wrappingKeys(vault)[0] ?? fail()
const versionOf = (vault: Vault) => keyOf(vault).versions[0]?.keyVersionId ?? fail()
const fail = (): never => {
  throw new Error('the vault has no key')
}
const secret = () => Secret.random('passphrase')
const here = { paths: [import.meta.filename], ifExists: 'version' } as const

/** They deny what only reads; the last one, which nobody can read, all that writes. */
const RULES = [
  ['export', 'no'],
  ['keys', 'kms'],
  ['moon-phase', 'full'],
] as const

/** Every use of a vault. One that is missing here does not compile, and fails the first test. */
const USES: Readonly<Record<Use, Asks>> = {
  addFiles: {
    acts: ['add', 'remove-source'],
    tries: [(vault) => room.addFiles(vault, RUNTIME, here)],
  },
  binItems: asks('bin', (vault) => room.binItems(vault, ['/a'])),
  restoreItems: asks('restore', (vault) => room.restoreItems(vault, ['/gone'])),
  purge: asks('purge', (vault) => room.purge(vault, () => room.planPurge(vault, ['/gone']))),
  makeFolder: asks('make-folder', (vault) => room.makeFolder(vault, '/new')),
  moveItems: asks('move', (vault) => room.moveItems(vault, ['/a'], '/b')),
  moveTo: asks('move', (vault) => room.moveTo(vault, [], ROOT_ID)),
  renameItem: asks('rename', (vault) => room.renameItem(vault, ROOT_ID, 'x')),
  getItems: asks('get', (vault) =>
    room.getItems(vault, RUNTIME, { names: ['/a'], to: OUT, exists: 'refuse' }),
  ),
  catFile: {
    acts: ['cat', 'preview'],
    tries: [(vault) => room.catFile(vault, '/a').next()],
  },
  setVersionState: {
    acts: ['retire-key', 'disable-key', 'enable-key'],
    tries: (['retired', 'disabled', 'active'] as const).map(
      (state) => (vault) => room.setVersionState(vault, keyOf(vault), versionOf(vault), state),
    ),
  },
  destroyVersion: asks('destroy-key', (vault) => room.destroyVersion(vault, keyOf(vault), versionOf(vault))),
  declareGone: asks('device-gone', (vault) => room.declareGone(vault, noId())),
  addKmsKey: asks('add-key', (vault) =>
    room.addKmsKey(vault, { arn: `arn:aws:kms:eu-west-1:111122223333:key/${NO_ID}`, label: 'x' }),
  ),
  removeRecipient: asks('remove-recipient', (vault) => room.removeRecipient(vault, keyOf(vault))),
  createRecovery: asks('add-recovery', (vault) => room.createRecovery(vault, { give: async () => {} })),
  testRecovery: asks('test-recovery', (vault) => room.testRecovery(vault, secret(), 1)),
  reencryptItems: asks('reencrypt', (vault) => room.reencryptItems(vault, ['/'])),
  rewrapVersions: asks('rewrap', (vault) => room.rewrapVersions(vault)),
  makeCurrent: asks('restore-version', (vault) => {
    const { versionId } = [...room.listItems(vault, '/a')][0] ?? fail()
    return room.makeCurrent(vault, '/a', versionId ?? fail())
  }),
  repairVault: asks('repair', (vault) => room.repairVault(vault)),
  rotate: asks('rotate', (vault) => room.rotate(vault, { key: keyOf(vault), dropPassphrase: true })),
  addPassphrase: asks('set-passphrase', (vault) => room.addPassphrase(vault, secret(), true)),
  removeWayIn: asks('remove-way-in', (vault) => room.removeWayIn(vault, { kind: 'passphrase' }, false)),
  beginEpoch: asks('new-epoch', (vault) => room.beginEpoch(vault)),
  acceptHeld: asks('accept-held', (vault) => room.acceptHeld(vault, [noId()])),
  sealFiles: asks('seal', (vault) =>
    room.sealFiles(RUNTIME, {
      paths: [import.meta.filename],
      to: OUT,
      exists: 'refuse',
      with: { kind: 'vault', vault },
    }),
  ),
  changePolicy: asks('set-policy', (vault) =>
    room.changePolicy(vault, { kind: 'set', rule: { kind: 'export', answer: 'yes' }, folder: ROOT_ID }),
  ),
  // No rule can deny it: that it asks shows in what `policy explain` says alone.
  unsealFiles: { acts: ['unseal'], tries: [] },
  removeMember: STEPS,

  auditRows: READS,
  exportAudit: READS,
  noteAuditExport: READS,
  reconcileAudit: READS,
  verifyAudit: READS,
  checkVault: READS,
  countByKeyVersion: READS,
  estimateAdd: READS,
  estimateGet: READS,
  findItems: READS,
  folderNamed: READS,
  heldRecords: READS,
  impactOf: READS,
  itemsBelow: READS,
  keyNamed: READS,
  listBin: READS,
  listItems: READS,
  listVersions: READS,
  messageOf: READS,
  openerOf: READS,
  planPurge: READS,
  planVersionPurge: READS,
  rebuildIndex: READS,
  recoveryWays: READS,
  versionNamed: READS,
  waysIn: READS,
  wrappingKeys: READS,
  codeFromLine: NO_VAULT,
  createVault: NO_VAULT,
  defaultStateFolder: NO_VAULT,
  forgetVault: NO_VAULT,
  inspectFile: NO_VAULT,
  listKnownVaults: NO_VAULT,
  openPassphrase: NO_VAULT,
  openRawAesKey: NO_VAULT,
  openVault: NO_VAULT,
  readRecoverySheet: NO_VAULT,
  recoveryCodeText: NO_VAULT,
  vaultThatSealed: NO_VAULT,
  writeRecoverySheet: NO_VAULT,
  checkPolicy: POLICY,
  explainPolicy: POLICY,
  keysDue: POLICY,
  lockAfterMinutes: POLICY,
  policyOf: POLICY,
  previewPolicy: POLICY,
  rulesAt: POLICY,
  shownFolder: POLICY,
}

const ACTS = Object.entries(USES).flatMap(([use, asked]) => ('acts' in asked ? [{ use, ...asked }] : []))
/** These bring plain text out, or lock it outside the vault: a rule denies them, an unread one does not. */
const DENIED: ReadonlySet<ActKind> = new Set(['get', 'cat', 'seal'])

describe('every use of a vault', () => {
  let vault: CliVault
  let device: ServiceDevice
  beforeAll(async () => {
    vault = await CliVault.create()
    const { device: cli } = vault
    await cli.does('add', vault.source('a', 'text'), vault.source('gone', 'text'))
    await cli.does('rm', '/gone')
    device = new ServiceDevice(vault.path, cli.stateFolder, vault.code)
    await device.opened((open) =>
      open.record(RULES.map(([name, value]) => ({ kind: 'set' as const, name: `policy/${name}`, value }))),
    )
  })
  afterAll(() => vault[Symbol.dispose]())

  it('is known here, as an act or as none', () => {
    const offered = Object.entries(room).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    )
    const classes = offered.filter((name) => /^[A-Z]/.test(name))
    expect(offered.filter((name) => !classes.includes(name)).sort()).toEqual(Object.keys(USES).sort())
  })

  it('asks for an act of its own: no act is without a use', () => {
    expect([...new Set(ACTS.flatMap(({ acts }) => acts))].sort()).toEqual([...ACT_KINDS].sort())
  })

  it.each(ACTS.filter(({ tries }) => tries.length > 0))(
    '$use asks the policy before it does anything',
    async ({ acts, tries }) => {
      const denied = acts.every((act) => DENIED.has(act) || act === 'preview')
      await device.opened(async (open) => {
        const items = open.index.items.counts()
        for (const attempt of tries) {
          const error = await attempt(open).then(() => undefined, asVaultError)
          expect(error?.code, error?.message).toBe(denied ? 'POLICY_DENIED' : 'VAULT_UNSUPPORTED')
        }
        expect(open.index.items.counts()).toEqual(items)
      })
    },
  )
})
