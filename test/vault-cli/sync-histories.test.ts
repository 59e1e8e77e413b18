import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dice } from '../journal/histories.ts'
import { CliVault } from '../support/vault-cli.ts'
import {
  addOne,
  binItems,
  listBin,
  listItems,
  listVersions,
  makeFolder,
  moveItems,
  planPurge,
  purge,
  restoreItems,
  ServiceDevice,
  textOf,
  wholeView,
} from '../support/vault-service.ts'
import { syncSome, syncWhole } from '../support/vault-sync.ts'

const { STRONGROOM_SYNC_HISTORIES } = process.env
/** More, for a soak: STRONGROOM_SYNC_HISTORIES=2000. */
const HISTORIES = Number(STRONGROOM_SYNC_HISTORIES ?? 8)
const STEPS = 14
const NAMES = ['a.txt', 'A.txt', 'b', 'doc', 'caf\u00e9']
const FOLDERS = ['/', '/x', '/x/y', '/z']

/** What somebody was told is in the vault: the text of each version, and its item. */
type Told = Map<string, { readonly item: string; readonly text: string }>

/** One act of one person at one device, that may turn out to be refused. */
async function act(dice: Dice, device: ServiceDevice, source: string, told: Told, purged: Set<string>) {
  await device.opened(async (vault) => {
    const items = [...listItems(vault, '/', true)].filter(({ path }) => !/^\/Recovered$/.test(path))
    const some = items.length > 0 ? dice.pick(items).path : undefined
    const bin = listBin(vault)
    const turn = dice.roll(12)
    if (turn < 5 || some === undefined) {
      const name = dice.pick(NAMES)
      const text = `${name} ${dice.roll(1e9)} ${'x'.repeat(dice.roll(50))}`
      mkdirSync(source, { recursive: true })
      writeFileSync(`${source}/${name}`, text)
      const before = new Set(told.keys())
      const target = dice.pick(FOLDERS)
      if (!(await isFolderOrFree(vault, target))) return
      if ((await addOne(vault, `${source}/${name}`, target)) === 0) return
      for (const { kind, itemId } of listItems(vault, '/', true)) {
        if (kind === 'folder') continue
        for (const { version, sizeBytes } of listVersions(vault, itemId)) {
          if (before.has(version) || sizeBytes !== Buffer.byteLength(text)) continue
          if ((await textOf(vault, itemId, version)) === text) told.set(version, { item: itemId, text })
        }
      }
    } else if (turn < 6) await orRefused(makeFolder(vault, dice.pick(FOLDERS), true))
    else if (turn < 8)
      await orRefused(moveItems(vault, [some], dice.pick([...FOLDERS, `/${dice.pick(NAMES)}`])))
    else if (turn < 10) await binItems(vault, [some])
    else if (bin.length > 0) {
      const { itemId } = dice.pick(bin)
      if (turn === 10) await orRefused(restoreItems(vault, [itemId]))
      else {
        const done = await purge(vault, () => planPurge(vault, [itemId]))
        for (const { version } of done.versions) purged.add(version)
      }
    }
  })
}

async function isFolderOrFree(vault: Parameters<typeof wholeView>[0], path: string): Promise<boolean> {
  const steps = path.split('/').filter((step) => step !== '')
  const above = steps.map((_, i) => `/${steps.slice(0, i + 1).join('/')}`)
  const items = [...listItems(vault, '/', true)]
  return !items.some((item) => item.kind === 'file' && above.includes(item.path))
}

/** What is in the way is refused; a fault of ours is not. */
async function orRefused(doing: Promise<unknown>): Promise<void> {
  await doing.catch((error: unknown) => {
    if (!(error instanceof Error) || !/^(ITEM_EXISTS|USAGE|ITEM_NOT_FOUND)/.test(codeOf(error))) throw error
  })
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message)

describe('two devices on two folders that a sync tool carries files between', () => {
  let vault: CliVault
  beforeAll(async () => {
    vault = await CliVault.create()
  })
  afterAll(() => vault[Symbol.dispose]())

  it(`show the same in the end, and nothing is lost (${HISTORIES} histories)`, { timeout: 1e9 }, async () => {
    let versions = 0
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const dice = new Dice(seed)
      const at = (name: string) => vault.work.at(`h${seed}`, name)
      const devices = ['left', 'right'].map((side) => {
        syncWhole(vault.path, at(side))
        return new ServiceDevice(at(side), at(`${side} state`), vault.code)
      })
      const [left, right] = devices
      if (left === undefined || right === undefined) throw new Error('two of them')
      const told: Told = new Map()
      const purged = new Set<string>()
      for (let step = 0; step < STEPS; step++) {
        const device = dice.pick(devices)
        await act(dice, device, at('source'), told, purged)
        if (dice.chance(2)) {
          const [from, to] = dice.shuffle([left, right])
          if (from && to) syncSome(dice, from.folder, to.folder)
        }
      }
      const settle = () => {
        syncWhole(left.folder, right.folder)
        syncWhole(right.folder, left.folder)
      }
      settle()
      const views = await Promise.all(devices.map((device) => device.opened(async (open) => wholeView(open))))
      expect(views[0], `seed ${seed}`).toEqual(views[1])
      await left.opened(async (open) => {
        for (let bin = listBin(open); bin.length > 0; bin = listBin(open)) {
          await restoreItems(
            open,
            bin.map(({ itemId }) => itemId),
          )
        }
      })
      settle()
      for (const device of devices) {
        await device.opened(async (open) => {
          const calm = new Set(['copy', 'forked', 'torn'])
          expect(
            open.findings.filter(({ kind }) => !calm.has(kind)),
            `seed ${seed}`,
          ).toEqual([])
          for (const [version, { item, text }] of told) {
            if (purged.has(version)) continue
            const there = listVersions(open, item).map((each) => String(each.version))
            expect(there, `seed ${seed}`).toContain(version)
            const id = listVersions(open, item).find((each) => each.version === version)?.version ?? null
            expect(await textOf(open, item, id), `seed ${seed}`).toBe(text)
            versions++
          }
        })
      }
    }
    expect(versions).toBeGreaterThan(HISTORIES * 3)
  })
})
