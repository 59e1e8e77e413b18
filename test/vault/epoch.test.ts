import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { VaultError } from '../../src/main/base/index.ts'
import { loadState } from '../../src/main/journal/index.ts'
import {
  acceptHeld,
  beginEpoch,
  checkVault,
  heldRecords,
  listItems,
  makeFolder,
  type OpenVault,
  rotate,
  wrappingKeys,
} from '../../src/main/vault/index.ts'
import { journalAccess } from '../../src/main/vault/journal-access.ts'
import { readTree } from '../support/tree.ts'
import { CliVault } from '../support/vault-cli.ts'
import { addOne, ServiceDevice } from '../support/vault-service.ts'
import { syncWhole } from '../support/vault-sync.ts'

let made: CliVault
/** Two devices of one vault, each with a disk of its own, which a sync tool carries over. */
let one: ServiceDevice
let two: ServiceDevice
let tests = 0

beforeAll(async () => {
  made = await CliVault.create()
  one = new ServiceDevice(made.path, made.work.at('state'), made.code)
  await one.opened((vault) => addOne(vault, made.source('first', 'first'), '/'))
  await one.opened((vault) => makeFolder(vault, '/of two'))
})
beforeEach(() => {
  tests++
  const device = (name: string) => {
    cpSync(made.path, made.work.at(`disk ${name} ${tests}`), { recursive: true })
    return new ServiceDevice(
      made.work.at(`disk ${name} ${tests}`),
      made.work.at(`state ${name} ${tests}`),
      made.code,
    )
  }
  one = device('one')
  two = device('two')
})
afterAll(() => made[Symbol.dispose]())

function sync(from: ServiceDevice, to: ServiceDevice): void {
  syncWhole(from.folder, to.folder)
}

const epochOf = async (device: ServiceDevice) =>
  await device.opened(async (vault) => vault.keys.newest[0]?.epoch)
const folder = (device: ServiceDevice, name: string) =>
  device.opened((vault) => makeFolder(vault, `/${name}`))
const shown = (device: ServiceDevice) =>
  device.opened(async (vault) => [...listItems(vault, '/', true)].map(({ path }) => path).sort())
const kinds = ({ findings }: OpenVault) => findings.map(({ kind }) => kind)

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act
    return 'done'
  } catch (error) {
    return error instanceof VaultError ? error.code : String(error)
  }
}

describe('a new epoch', () => {
  it('keeps all there was, takes new records, and is every device’s', async () => {
    expect(await one.opened((vault) => beginEpoch(vault))).toBe(2)
    await folder(one, 'after')
    sync(one, two)
    await folder(two, 'after, of two')
    sync(two, one)
    for (const device of [one, two]) {
      expect(await epochOf(device)).toBe(2)
      expect(await shown(device)).toEqual(['/after', '/after, of two', '/first', '/of two'])
      const { findings, notes } = await device.opened((vault) => checkVault(vault, { readData: true }))
      expect([findings, notes]).toEqual([[], []])
    }
    expect(await one.opened((vault) => beginEpoch(vault))).toBe(3)
    expect(await shown(one)).toHaveLength(4)
  })

  it('is read whole by a device that has never seen the vault', async () => {
    await one.opened((vault) => beginEpoch(vault))
    await folder(one, 'after')
    const fresh = new ServiceDevice(one.folder, made.work.at('state fresh'), made.code)
    expect(await shown(fresh)).toEqual(['/after', '/first', '/of two'])
  })

  it('tells nothing to the key of the epoch before: what is recorded after it is not read', async () => {
    await one.opened(async (vault) => {
      const [old] = vault.keys.metadata.all()
      const before = new Map(old ? [[old.id, { epoch: old.epoch, key: old.key }]] : [])
      await beginEpoch(vault)
      await folder(one, 'after')
      const access = { ...journalAccess(vault.vaultId, vault.store, vault.keys), keys: before }
      const { state, reading } = await loadState({ access })
      const names = [...state.items.values()].map(({ name }) => name?.value)
      expect(names.sort()).toEqual(['first', 'of two'])
      expect(reading.findings.map(({ kind }) => kind).filter((kind) => kind !== 'keyless')).toEqual([
        'checkpoint-unfit',
      ])
    })
  })

  it('refuses what a process records that has the vault open under the key before', async () => {
    await one.opened(async (late) => {
      await makeFolder(late, '/in time')
      await one.opened((vault) => beginEpoch(vault))
      const before = readTree(one.folder)
      expect(await codeOf(makeFolder(late, '/too late'))).toBe('KEY_CHANGED')
      expect(readTree(one.folder)).toEqual(before)
    })
    // Not even the end of its segment is written, which would be held for ever.
    expect(await one.opened(async (vault) => kinds(vault))).toEqual([])
    expect(await shown(one)).toEqual(['/first', '/in time', '/of two'])
  })

  it('begun by another device while a process has the vault open, is noticed before the next record', async () => {
    await one.opened(async (late) => {
      await two.opened((vault) => beginEpoch(vault))
      sync(two, one)
      expect(await codeOf(makeFolder(late, '/too late'))).toBe('KEY_CHANGED')
    })
    expect(await one.opened(async (vault) => kinds(vault))).toEqual([])
  })

  it('takes no records before its first has arrived', async () => {
    await one.opened((vault) => makeFolder(vault, '/not arrived'))
    await one.opened((vault) => beginEpoch(vault))
    syncWhole(one.folder, two.folder, (name) => name.startsWith('keys/'))
    expect(await shown(two)).toEqual(['/first', '/of two'])
    const before = readTree(two.folder)
    expect(await codeOf(folder(two, 'too early'))).toBe('EPOCH_AWAITED')
    expect(readTree(two.folder)).toEqual(before)
    sync(one, two)
    await folder(two, 'in time')
    expect(await shown(two)).toEqual(['/first', '/in time', '/not arrived', '/of two'])
  })

  it('leaves nobody out who was let in since the vault was opened', async () => {
    await one.opened(async (late) => {
      const [key] = wrappingKeys(late)
      await one.opened(async (vault) => key && (await rotate(vault, { key, dropPassphrase: true })))
      const before = readTree(one.folder)
      expect(await codeOf(beginEpoch(late))).toBe('KEY_CHANGED')
      expect(readTree(one.folder)).toEqual(before)
    })
    expect(await one.opened((vault) => beginEpoch(vault))).toBe(2)
    expect(await epochOf(one)).toBe(2)
  })

  it('is not believed of a file that no holder of the key before wrote', async () => {
    await one.opened(async (vault) => {
      await two.opened((other) => beginEpoch(other))
      const name = readdirSync(join(two.folder, 'keys/metadata')).sort().at(-1) ?? ''
      const forged = JSON.parse(readFileSync(join(two.folder, 'keys/metadata', name), 'utf8'))
      const record = Buffer.from(forged.record, 'base64')
      record[record.length - 1] = (record.at(-1) ?? 0) ^ 1
      const path = join(one.folder, 'keys/metadata', name)
      writeFileSync(path, JSON.stringify({ ...forged, record: record.toString('base64') }))
      await makeFolder(vault, '/goes on')
      rmSync(path)
    })
    expect(await shown(one)).toContain('/goes on')
  })
})

describe('what comes late', () => {
  beforeEach(async () => {
    await one.opened((vault) => beginEpoch(vault))
    await two.opened(async (vault) => {
      await addOne(vault, made.source('late', 'late'), '/')
    })
    sync(two, one)
    sync(one, two)
  })

  it('is held, and said: who, when, what; on the device that wrote it, too', async () => {
    for (const device of [one, two]) {
      expect(await shown(device)).toEqual(['/first', '/of two'])
      const held = await device.opened((vault) => heldRecords(vault))
      expect(held).toMatchObject([{ records: expect.any(Number), versions: 1, names: ['late'] }])
      const { findings, notes } = await device.opened((vault) => checkVault(vault, {}))
      expect(findings).toEqual([])
      expect(notes.map(({ kind }) => kind)).toContain('held')
    }
  })

  it('counts once it is accepted, everywhere', async () => {
    const segment = (await one.opened((vault) => heldRecords(vault)))[0]?.segment
    expect(segment).toBeDefined()
    await one.opened(async (vault) => {
      expect(await acceptHeld(vault, segment ? [segment] : [])).toBeGreaterThan(0)
      expect([...listItems(vault, '/', true)].map(({ path }) => path)).toContain('/late')
    })
    sync(one, two)
    for (const device of [one, two]) {
      expect(await shown(device)).toEqual(['/first', '/late', '/of two'])
      expect(await device.opened((vault) => heldRecords(vault))).toEqual([])
    }
  })

  it('is accepted only where something is held', async () => {
    const held = await one.opened((vault) => heldRecords(vault))
    const [segment] = held.map((each) => each.segment)
    const open = await one.opened(async (vault) => vault.journal.heads.map((head) => head.segment))
    const other = open.find((each) => each !== segment)
    const act = one.opened((vault) => acceptHeld(vault, segment && other ? [segment, other] : []))
    expect(await codeOf(act)).toBe('USAGE')
    expect(await one.opened((vault) => heldRecords(vault))).toEqual(held)
  })
})

describe('two devices that begin an epoch at once', () => {
  beforeEach(async () => {
    for (const device of [one, two]) await device.opened((vault) => beginEpoch(vault))
    await folder(one, 'after, of one')
    await folder(two, 'after, of two')
    sync(two, one)
    sync(one, two)
  })

  it('are both read, and neither writes', async () => {
    for (const device of [one, two]) {
      expect(await shown(device)).toEqual(['/after, of one', '/after, of two', '/first', '/of two'])
      const before = readTree(device.folder)
      expect(await codeOf(folder(device, 'no'))).toBe('EPOCH_CONFLICT')
      expect(readTree(device.folder)).toEqual(before)
    }
  })

  it('go on once a person settles it, with all that either recorded', async () => {
    expect(await codeOf(one.opened((vault) => beginEpoch(vault)))).toBe('EPOCH_CONFLICT')
    expect(await one.opened((vault) => beginEpoch(vault, { settles: true }))).toBe(3)
    sync(one, two)
    await folder(two, 'settled')
    sync(two, one)
    for (const device of [one, two]) {
      const all = ['/after, of one', '/after, of two', '/first', '/of two', '/settled']
      expect(await shown(device)).toEqual(all)
      expect(await device.opened(async (vault) => kinds(vault))).toEqual([])
    }
  })
})
