import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as journal from '../../src/main/journal/index.ts'
import {
  coverableHeads,
  type JournalSink,
  type JournalSource,
  standingOps,
} from '../../src/main/journal/index.ts'
import { Dice, say, shown } from './histories.ts'
import { oracle, type Told } from './oracle.ts'
import { folderOps, type MemoryDisk, newId, readFresh, saying, TestDevice, TestVault } from './support.ts'

const HISTORIES = 150

/** Some devices work apart, and a sync tool carries files between them: late, in pieces, in any order. */
async function live(dice: Dice): Promise<{ vault: TestVault; devices: TestDevice[]; told: Told[] }> {
  const vault = new TestVault()
  const devices = Array.from(
    { length: 2 + dice.roll(3) },
    (_, index) => new TestDevice(vault, `device ${index}`),
  )
  const told: Told[] = []
  for (let step = 0; step < 40; step++) {
    const device = dice.pick(devices)
    device.clockMs += dice.roll(3) - 1
    switch (dice.roll(10)) {
      case 0:
        device.forget()
        await device.read()
        break
      case 1:
        await device.read()
        if (device.known.cursors.length > 0 && coverableHeads(device.known)) device.checkpoint()
        break
      case 2:
        if (device.writer && !device.writer.ended) await device.append([], true)
        break
      case 3:
      case 4:
      case 5:
        carry(dice, dice.pick(devices).disk, device.disk)
        await device.read()
        break
      default: {
        // As a vault does it: read what is new, then write.
        await device.read()
        const seen = [...standingOps(device.state, [])]
        const ops = Array.from({ length: 1 + dice.roll(3) }, () => say(dice, seen))
        const batches = await device.append(ops.map((op) => [op]))
        for (const { at, ops: written } of batches) {
          for (const [index, op] of written.entries()) told.push({ op, stamp: { batch: at, index } })
        }
      }
    }
  }
  return { vault, devices, told }
}

/** Carries some files over, some of them only in part. */
function carry(dice: Dice, from: MemoryDisk, to: MemoryDisk): void {
  for (const name of dice.some([...from.files.keys()])) {
    const part = from.copy()
    if (dice.chance(3)) part.cut(name, dice.roll(part.at(name).length + 1))
    to.pull(part, [name])
  }
}

describe('devices that work apart', () => {
  it(`come to one state, the one that the rules give, when all has arrived (${HISTORIES} histories)`, async () => {
    let begunFromCheckpoint = 0
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const { vault, devices, told } = await live(new Dice(seed))
      for (const device of devices) for (const { disk } of devices) device.disk.pull(disk)
      const expected = JSON.stringify([...oracle(told)].sort())
      for (const device of devices) {
        const { findings, frontier } = await device.read()
        expect(findings, `seed ${seed}`).toEqual([])
        expect(JSON.stringify(shown(journal, device.state)), `seed ${seed}, ${device.name}`).toBe(expected)
        expect(saying(device.state)).toEqual(saying(devices[0]?.state ?? device.state))
        const own = device.writer?.head
        expect(frontier.filter(({ segment }) => segment === own?.segment).length).toBeLessThanOrEqual(1)
      }
      const [first] = devices
      if (!first) continue
      const fresh = await readFresh(vault, first.disk)
      begunFromCheckpoint += fresh.reading.known.checkpoint ? 1 : 0
      expect(JSON.stringify(shown(journal, fresh.state)), `seed ${seed}, fresh`).toBe(expected)
      expect(saying(fresh.state)).toEqual(saying(first.state))
      for (const name of [...first.disk.files.keys()])
        if (name.endsWith('.ckpt')) first.disk.files.delete(name)
      const bare = await readFresh(vault, first.disk)
      expect(saying(bare.state), `seed ${seed}, without checkpoints`).toEqual(saying(fresh.state))
    }
    expect(begunFromCheckpoint).toBeGreaterThan(HISTORIES / 3)
  })

  it('each tells in its opens all that it had seen: what the others lack is missing there', async () => {
    const vault = new TestVault()
    const [a, b, c] = [new TestDevice(vault, 'a'), new TestDevice(vault, 'b'), new TestDevice(vault, 'c')]
    await a.append([folderOps(newId(), '1')])
    b.disk.pull(a.disk)
    await b.read()
    await b.append([folderOps(newId(), '2')])
    c.disk.pull(b.disk, b.files)
    expect((await c.read()).findings).toMatchObject([{ kind: 'missing', by: b.writer?.segment }])
    c.disk.pull(a.disk)
    await c.read()
    await c.append([folderOps(newId(), '3')])
    // c's open names b's head; a's is named by b's own open, so c leaves it out.
    const opened = c.state.witnesses.get(c.writer?.segment ?? newId())
    expect(opened?.map(({ op }) => op.heads.map(({ segment }) => segment))).toEqual([[b.writer?.segment]])
    // What it has named it doesn't name again.
    const [again] = await c.append([folderOps(newId(), '4')])
    expect(again?.ops.map(({ kind }) => kind)).toEqual(['put'])
    a.disk.pull(c.disk)
    expect((await a.read()).findings).toEqual([])
  })

  it('may set their clocks as they like: what was done after seeing something wins over it', async () => {
    const vault = new TestVault()
    const [ahead, behind] = [new TestDevice(vault, 'ahead'), new TestDevice(vault, 'behind')]
    ahead.clockMs = 3_000_000_000_000
    behind.clockMs = 0
    const item = newId<journal.ItemView['id']>()
    await ahead.append([folderOps(item, 'first')])
    for (const [name, from, to] of [
      ['second', ahead, behind],
      ['third', behind, ahead],
      ['fourth', ahead, behind],
    ] as const) {
      to.disk.pull(from.disk)
      await to.read()
      await to.append([folderOps(item, name)])
      expect(journal.project(to.state).get(item)?.name).toBe(name)
    }
  })
})

/** The port on a real folder, in the least that it takes. */
class RealFolder implements JournalSource, JournalSink {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async list(prefix: string) {
    const names = await readdir(join(this.#root, prefix), { recursive: true }).catch(() => [])
    const files = await Promise.all(
      names.map(async (name) => {
        const entry = await stat(join(this.#root, prefix, name))
        return entry.isFile() ? [{ name: `${prefix}${name}`, sizeBytes: entry.size }] : []
      }),
    )
    return files.flat()
  }

  async read(name: string, { offset, length }: journal.ByteRange) {
    await using handle = await open(join(this.#root, name))
    const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  }

  async append(name: string, offset: number, bytes: Uint8Array) {
    await mkdir(dirname(join(this.#root, name)), { recursive: true })
    await using handle = await open(join(this.#root, name), offset === 0 ? 'wx' : 'r+')
    await handle.write(bytes, 0, bytes.length, offset)
    await handle.sync()
  }
}

describe('on a real folder', () => {
  it('a journal is written, read while it grows, and read back', async () => {
    const root = await mkdtemp(join(tmpdir(), 'strongroom-journal-'))
    try {
      const vault = new TestVault()
      const device = new TestDevice(vault)
      const folder = new RealFolder(root)
      Object.assign(device, { disk: folder })
      const reader = new TestDevice(vault, 'reader')
      Object.assign(reader, { disk: folder })
      for (let count = 1; count <= 20; count++) {
        await device.append([folderOps(newId(), `folder ${count}`)], count === 20)
        const { findings } = await reader.read()
        expect([findings, reader.state.items.size]).toEqual([[], count])
      }
      const { state } = await journal.loadState({ access: vault.access(folder) })
      expect(saying(state)).toEqual(saying(device.state))
    } finally {
      await rm(root, { recursive: true })
    }
  })
})
