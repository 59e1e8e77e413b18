import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceId, SegmentId, VaultId } from '../../src/main/contract/ids.ts'
import { Anchors, type StateFolder, vaultsOpenedAt } from '../../src/main/index/index.ts'
import { connect } from '../../src/main/index/sqlite.ts'
import type { Head } from '../../src/main/journal/index.ts'
import { newHash, newId } from '../journal/support.ts'
import { type TempFolder, tempState } from './support.ts'

let folder: TempFolder
let state: StateFolder
let path: string
let anchors: Anchors
const vault = newId<VaultId>()
beforeEach(async () => {
  ;({ folder, state } = await tempState())
  path = await state.anchorsOf(vault)
  anchors = await Anchors.open(path)
})
afterEach(() => {
  anchors[Symbol.dispose]()
  folder[Symbol.dispose]()
})

const NOBODY: ReadonlySet<string> = new Set()

async function reopen(): Promise<Anchors> {
  anchors[Symbol.dispose]()
  anchors = await Anchors.open(path)
  return anchors
}

async function enter(realPath: string, stillThere = NOBODY, nowMs = 1): Promise<DeviceId> {
  return (await anchors.act((act) => act.enter(realPath, stillThere, newId<DeviceId>(), nowMs))).device
}

function headAt(segment: SegmentId, seq: number): Head {
  return { segment, bytes: 100 * seq, seq, hash: newHash() }
}

const bySegment = (heads: readonly Head[] | undefined) =>
  [...(heads ?? [])].sort((a, b) => a.segment.localeCompare(b.segment) || a.bytes - b.bytes)

describe('pins', () => {
  it('start empty and outlast the process', async () => {
    expect(anchors.pins).toEqual({ files: new Map(), arns: [], greatestEpoch: 0 })
    const [vaultFile, copy] = [newHash(), newHash()]
    await anchors.act((act) => {
      act.pinFile('vault.json', vaultFile)
      act.pinFile('keys/copies/a.json', copy)
      act.pinFile('keys/copies/b.json', copy)
      act.pinArn('arn:2')
      act.pinArn('arn:1')
      act.pinArn('arn:1')
      act.sawEpoch(3)
    })
    await anchors.act((act) => {
      act.pinFile('keys/copies/b.json', null)
      act.sawEpoch(2)
    })
    const files = new Map([
      ['keys/copies/a.json', copy],
      ['keys/copies/b.json', null],
      ['vault.json', vaultFile],
    ])
    expect((await reopen()).pins).toEqual({ files, arns: ['arn:1', 'arn:2'], greatestEpoch: 3 })
  })

  it('flags and the names of own key files come and go', async () => {
    await anchors.act((act) => {
      act.setFlag('no-keychain', true)
      act.setFlag('other', true)
      act.willWriteKeyFiles(['keys/a', 'keys/b', 'keys/b'])
    })
    await anchors.act((act) => {
      act.setFlag('other', false)
      act.forgetOwnKeyFiles(['keys/a', 'keys/none'])
    })
    expect(await reopen().then(({ flags, ownKeyFiles }) => [[...flags], [...ownKeyFiles]])).toEqual([
      ['no-keychain'],
      ['keys/b'],
    ])
  })
})

describe('an act', () => {
  it('that fails writes nothing of it', async () => {
    const failing = anchors.act((act) => {
      act.pinArn('arn')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(anchors.pins.arns).toEqual([])
    await anchors.act((act) => act.pinArn('arn'))
    expect(anchors.pins.arns).toEqual(['arn'])
  })

  it('waits while another process writes', async () => {
    const other = connect(path)
    other.exec('BEGIN IMMEDIATE')
    const waiting = anchors.act((act) => act.pinArn('arn'))
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    await new Promise((resolve) => setTimeout(resolve, 300))
    clearInterval(timer)
    // Nor does the window stand still.
    expect(ticks).toBeGreaterThan(3)
    expect(anchors.pins.arns).toEqual([])
    other.exec('COMMIT')
    await waiting
    other.close()
    expect(anchors.pins.arns).toEqual(['arn'])
  })

  it('is on the disk when it returns: the file is synced', async () => {
    const script = `
      import { Anchors } from '${join(import.meta.dirname, '../../src/main/index/index.ts')}'
      const anchors = await Anchors.open(${JSON.stringify(path)})
      process.stderr.write('MARK')
      await anchors.act((act) => act.pinArn('arn:traced'))
      process.stderr.write('DONE')`
    const trace = join(folder.path, 'trace')
    const program = join(folder.path, 'act.mts')
    writeFileSync(program, script)
    execFileSync(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        trace,
        '-e',
        'trace=fsync,fdatasync,write',
        process.execPath,
        '--no-warnings',
        program,
      ],
      { stdio: 'ignore' },
    )
    const during = readFileSync(trace, 'utf8').split('"MARK"')[1]?.split('"DONE"')[0] ?? ''
    expect(during).toMatch(/f(data)?sync\(/)
  })
})

describe('a vault folder', () => {
  it('that was never opened has no anchors; once it was, it has a device of its own', async () => {
    expect(anchors.placeAt('/vault')).toBeUndefined()
    const device = await enter('/vault')
    expect(anchors.placeAt('/vault')).toEqual({ device, segments: new Set(), heads: [] })
    expect(await enter('/vault', new Set(['/vault']), 2)).toBe(device)
    expect((await reopen()).places).toEqual([{ path: '/vault', device, openedMs: 2 }])
  })

  it('that was moved takes device, segments and heads with it', async () => {
    const device = await enter('/old')
    const [segment, seen] = [newId<SegmentId>(), headAt(newId(), 4)]
    await anchors.act((act) => {
      act.addSegment('/old', segment)
      act.sawHeads('/old', [seen])
    })
    expect(await enter('/new')).toBe(device)
    expect(anchors.placeAt('/new')).toEqual({ device, segments: new Set([segment]), heads: [seen] })
    expect(anchors.placeAt('/old')).toBeUndefined()
  })

  it('that was copied takes the heads over and is another device', async () => {
    const device = await enter('/old')
    const seen = [headAt(newId(), 4), headAt(newId(), 2)]
    await anchors.act((act) => {
      act.addSegment('/old', newId())
      act.sawHeads('/old', seen)
    })
    const copy = await enter('/copy', new Set(['/old']))
    expect(copy).not.toBe(device)
    const there = anchors.placeAt('/copy')
    expect([there?.device, there?.segments.size]).toEqual([copy, 0])
    expect(bySegment(there?.heads)).toEqual(bySegment(seen))
    expect(anchors.placeAt('/old')?.device).toBe(device)
    // From then on each has its own.
    await anchors.act((act) => act.sawHeads('/copy', [headAt(newId(), 1)]))
    expect([anchors.placeAt('/old')?.heads.length, anchors.placeAt('/copy')?.heads.length]).toEqual([2, 3])
  })

  it('that was cloned, or whose rollback was accepted, starts anew as another device', async () => {
    await enter('/vault')
    await anchors.act((act) => {
      act.addSegment('/vault', newId())
      act.sawHeads('/vault', [headAt(newId(), 9)])
    })
    const [device, now] = [newId<DeviceId>(), headAt(newId(), 1)]
    await anchors.act((act) => act.startAnew('/vault', device, [now]))
    expect((await reopen()).placeAt('/vault')).toEqual({ device, segments: new Set(), heads: [now] })
  })

  it('can be forgotten, with all that was seen there', async () => {
    await enter('/vault')
    await anchors.act((act) => act.sawHeads('/vault', [headAt(newId(), 9)]))
    await anchors.act((act) => act.forgetPlace('/vault'))
    expect([anchors.places, anchors.placeAt('/vault')]).toEqual([[], undefined])
    await enter('/vault')
    expect(anchors.placeAt('/vault')?.heads).toEqual([])
  })

  it('that two processes open for the first time at once is one device', async () => {
    using other = await Anchors.open(path)
    const both = await Promise.all(
      [anchors, other].map((each) => each.act((act) => act.enter('/vault', NOBODY, newId(), 1).device)),
    )
    expect(new Set(both).size).toBe(1)
  })

  it('is told from that of another vault at the same path', async () => {
    const stranger = newId<VaultId>()
    using others = await Anchors.open(await state.anchorsOf(stranger))
    await enter('/vault')
    await others.act((act) => act.enter('/elsewhere', NOBODY, newId(), 1))
    expect(await vaultsOpenedAt(state, '/vault')).toEqual([vault])
    await others.act((act) => act.enter('/vault', new Set(['/elsewhere']), newId(), 1))
    expect(await vaultsOpenedAt(state, '/vault')).toEqual([vault, stranger].sort())
    expect(await vaultsOpenedAt(state, '/nowhere')).toEqual([])
  })
})

describe('heads', () => {
  const [one, two] = [newId<SegmentId>(), newId<SegmentId>()]
  const heads = () => bySegment(anchors.placeAt('/vault')?.heads)
  const saw = (...seen: readonly Head[]) => anchors.act((act) => act.sawHeads('/vault', seen))
  beforeEach(async () => {
    await enter('/vault')
  })

  it('take the place of smaller ones of their segment, and of no other’s', async () => {
    const [first, later, other] = [headAt(one, 1), headAt(one, 5), headAt(two, 1)]
    await saw(first, other)
    await saw(later)
    expect(heads()).toEqual(bySegment([later, other]))
  })

  it('that are less than what was seen change nothing: a rollback stays one', async () => {
    const seen = headAt(one, 5)
    await saw(seen)
    await saw(headAt(one, 3))
    expect(heads()).toEqual([seen])
  })

  it('of a fork are all kept, and each goes on by itself', async () => {
    const [left, right] = [headAt(one, 5), headAt(one, 3)]
    await saw(left, right)
    expect(heads()).toEqual([right, left])
    const further = headAt(one, 7)
    await saw(further, right)
    expect(heads()).toEqual([right, further])
  })

  it('said twice are said once', async () => {
    const seen = headAt(one, 5)
    await saw(seen)
    await saw(seen, headAt(two, 1))
    await saw(seen)
    expect(heads().filter(({ segment }) => segment === one)).toEqual([seen])
  })
})

describe('a file of anchors', () => {
  it('that a newer Strongroom wrote is left as it is', async () => {
    anchors[Symbol.dispose]()
    const db = connect(path)
    db.pragma('user_version = 99')
    db.close()
    await expect(Anchors.open(path)).rejects.toMatchObject({ code: 'STATE_UNSUPPORTED', exit: 11 })
    anchors = await Anchors.open(await state.anchorsOf(newId()))
  })

  it('that is no database, or is cut, is refused: it is never taken for a first use', async () => {
    await anchors.act((act) => {
      for (let index = 0; index < 2000; index++) act.pinArn(`arn:aws:kms:eu-central-1:1:key/${index}`)
    })
    anchors[Symbol.dispose]()
    const db = connect(path)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    const whole = readFileSync(path)
    for (const bytes of [Buffer.alloc(4096, 7), whole.subarray(0, 5000)]) {
      writeFileSync(path, bytes)
      const opening = Anchors.open(path).then((each) => {
        using opened = each
        return opened.pins
      })
      await expect(opening).rejects.toMatchObject({ code: 'ANCHORS_DAMAGED', exit: 4 })
    }
    writeFileSync(path, whole)
    anchors = await Anchors.open(path)
    expect(anchors.pins.arns.length).toBe(2000)
  })
})
