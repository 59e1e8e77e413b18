import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CliDevice, CliVault, type Listed } from '../support/vault-cli.ts'

describe('in a vault', () => {
  let vault: CliVault
  let device: CliDevice
  let top: string
  let count = 0
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
    for (const folder of ['tree/sub/empty', 'tree/Sub 2'])
      mkdirSync(vault.work.at(folder), { recursive: true })
    for (const name of ['a.txt', 'sub/b.txt', 'sub/caf\u00e9', 'Sub 2/c']) vault.source(`tree/${name}`, name)
  })
  afterAll(() => vault[Symbol.dispose]())
  beforeEach(async () => {
    const into = `/t${++count}`
    await device.does('add', vault.work.at('tree'), '--into', into)
    top = `${into}/tree`
  })

  /** The paths below the folder of this test. */
  const below = async (...words: readonly string[]) =>
    (await device.ls(top, '-R', ...words)).map(({ path }) => path.slice(top.length + 1))
  const WHOLE = ['Sub 2', 'Sub 2/c', 'a.txt', 'sub', 'sub/b.txt', 'sub/caf\u00e9', 'sub/empty']
  const binned = async () =>
    (await device.ls('--bin')).filter(({ path }) => path.startsWith(`${top}/`)).map(({ path }) => path)

  it('ls lists a folder by name, -R all below it, a file as itself', async () => {
    expect((await device.ls(top)).map(({ path }) => path)).toEqual([
      `${top}/Sub 2`,
      `${top}/a.txt`,
      `${top}/sub`,
    ])
    expect(await below()).toEqual(WHOLE)
    expect((await device.ls(`${top}/a.txt`)).map(({ path }) => path)).toEqual([`${top}/a.txt`])
    const { out } = await device.say('ls', top)
    expect(out).toBe(`${top}/Sub 2/\n${top}/a.txt\n${top}/sub/\n`)
    const long = await device.say('ls', `${top}/a.txt`, '-l')
    expect(long.out).toMatch(
      /^ +5 B {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}[0-9a-f]{32} {2}\/t\d+\/tree\/a\.txt\n$/,
    )
  })

  it('ls --json tells path, kind, size, time, mode and ids', async () => {
    const [folder, , file] = [...(await device.ls(top, '-R'))].slice(0, 3)
    const id = expect.stringMatching(/^[0-9a-f]{32}$/)
    expect(folder).toMatchObject({
      path: `${top}/Sub 2`,
      kind: 'folder',
      sizeBytes: 0,
      versionId: null,
      heads: [],
    })
    expect(file).toEqual({
      path: `${top}/a.txt`,
      kind: 'file',
      sizeBytes: 5,
      mtimeMs: expect.any(Number),
      mode: 0o644,
      itemId: id,
      versionId: file?.heads[0],
      heads: [id],
    })
  })

  it('find finds by a part of a name, where case and form don’t count, and nothing in the bin', async () => {
    const find = async (text: string) =>
      (await device.document<readonly Listed[]>('find', text)).flatMap(({ path }) =>
        path.startsWith(`${top}/`) ? [path.slice(top.length + 1)] : [],
      )
    expect((await find('SUB')).sort()).toEqual(['Sub 2', 'sub'])
    expect(await find('cafe\u0301')).toEqual(['sub/caf\u00e9'])
    expect(await find('b.tx')).toEqual(['sub/b.txt'])
    expect(await find('no such name')).toEqual([])
    await device.does('rm', `${top}/sub`)
    expect(await find('b.tx')).toEqual([])
  })

  it('mkdir makes a folder, with -p those on the way, and is content with one that is there', async () => {
    await device.does('mkdir', `${top}/new`)
    await device.does('mkdir', '-p', `${top}/x/y/z`)
    await device.does('mkdir', '-p', `${top}/x/y/z`)
    expect((await below()).filter((path) => !WHOLE.includes(path))).toEqual(['new', 'x', 'x/y', 'x/y/z'])
  })

  it('mv renames, moves into a folder, moves several; messages stay as they are', async () => {
    const before = await device.item(`${top}/a.txt`)
    await device.does('mv', `${top}/a.txt`, `${top}/A.TXT`)
    await device.does('mv', `${top}/A.TXT`, `${top}/sub/b.txt`, `${top}/Sub 2`)
    await device.does('mv', `${top}/sub/empty`, `${top}/Sub 2/renamed`)
    expect(await below()).toEqual([
      'Sub 2',
      'Sub 2/A.TXT',
      'Sub 2/b.txt',
      'Sub 2/c',
      'Sub 2/renamed',
      'sub',
      'sub/caf\u00e9',
    ])
    expect(await device.item(`${top}/Sub 2/A.TXT`)).toEqual({ ...before, path: `${top}/Sub 2/A.TXT` })
    expect(await device.cat(`${top}/Sub 2/A.TXT`)).toBe('a.txt')
  })

  it('rm moves to the bin, a folder with all it holds; restore brings back as it was', async () => {
    const before = await device.ls(top, '-R')
    await device.does('rm', `${top}/sub`, `${top}/a.txt`)
    expect(await below()).toEqual(['Sub 2', 'Sub 2/c'])
    expect(await binned()).toEqual([`${top}/a.txt`, `${top}/sub`])
    const end = await device.does('restore', `${top}/sub`, `${top}/a.txt`)
    expect(end.lines.at(-1)).toMatchObject({ paths: [`${top}/sub`, `${top}/a.txt`] })
    expect(await device.ls(top, '-R')).toEqual(before)
  })

  it('restore gives another name where its own was taken meanwhile, and the other keeps its', async () => {
    await device.does('rm', `${top}/a.txt`)
    await device.does('add', vault.source('a.txt', 'newer'), '--into', top)
    const { out } = await device.say('restore', `${top}/a.txt`)
    expect(out).toBe(`${top}/a (2).txt\n`)
    expect(await device.cat(`${top}/a.txt`)).toBe('newer')
    expect(await device.cat(`${top}/a (2).txt`)).toBe('a.txt')
  })

  it('two things in the bin that had one path are told apart by their ids', async () => {
    await device.does('rm', `${top}/a.txt`)
    await device.does('add', vault.source('a.txt', 'newer'), '--into', top)
    const { itemId } = await device.item(`${top}/a.txt`)
    await device.does('rm', `${top}/a.txt`)
    const end = await device.refused('USAGE', 2, 'restore', `${top}/a.txt`)
    expect(end.lines.at(-1)?.message).toContain(itemId)
    await device.does('restore', itemId)
    expect(await device.cat(`${top}/a.txt`)).toBe('newer')
  })

  it('what is in a folder that is in the bin comes back with it, not without it', async () => {
    await device.does('rm', `${top}/sub/b.txt`)
    await device.does('rm', `${top}/sub`)
    const end = await device.refused('USAGE', 2, 'restore', `${top}/sub/b.txt`)
    expect(end.lines.at(-1)?.message).toContain(`${top}/sub`)
    await device.does('restore', `${top}/sub/b.txt`, `${top}/sub`)
    expect(await below()).toEqual(WHOLE)
  })

  it('purge takes what is in the bin for ever, its messages too', async () => {
    const messages = async () =>
      new Set((await device.ls(top, '-R')).flatMap(({ versionId }) => versionId ?? []))
    const before = await messages()
    await device.does('rm', `${top}/sub`)
    const end = await device.does('purge', `${top}/sub`, '--yes')
    expect(end.lines.at(-1)).toMatchObject({ type: 'result', files: 2, folders: 2, versions: 2 })
    expect(await binned()).toEqual([])
    const left = await messages()
    const there = (id: string) => vault.has(`items/${id.slice(0, 2)}/${id}.sealed`)
    expect([...before].map((id) => there(id) === left.has(id))).not.toContain(false)
    expect([before.size, left.size]).toEqual([4, 2])
    await device.refused('ITEM_NOT_FOUND', 7, 'restore', `${top}/sub`)
  })

  it('purge --version takes one version, current or not, and never the only one', async () => {
    for (const text of ['second', 'third one']) {
      await device.does('add', vault.source('a.txt', text), '--into', top)
    }
    const [third, second, first] = await device.versions(`${top}/a.txt`)
    await device.does('purge', `${top}/a.txt`, '--version', second?.versionId ?? '', '--yes')
    expect((await device.versions(`${top}/a.txt`)).map(({ versionId }) => versionId)).toEqual([
      third?.versionId,
      first?.versionId,
    ])
    await device.does('purge', `${top}/a.txt`, '--version', third?.versionId ?? '', '--yes')
    expect(await device.cat(`${top}/a.txt`)).toBe('a.txt')
    await device.refused('USAGE', 2, 'purge', `${top}/a.txt`, '--version', first?.versionId ?? '', '--yes')
    await device.refused('ITEM_NOT_FOUND', 7, 'purge', `${top}/a.txt`, '--version', '0'.repeat(32), '--yes')
  })

  it('purge asks, and where nobody can be asked is refused without --yes', async () => {
    await device.does('rm', `${top}/sub`)
    const end = await device.refused('USAGE', 2, 'purge', `${top}/sub`)
    expect(end.lines.at(-1)?.message).toContain('--yes')
    expect(await binned()).toEqual([`${top}/sub`])
  })
})
