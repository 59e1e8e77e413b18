import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf } from '../support/cli.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'
import { syncWhole } from '../support/vault-sync.ts'

describe('two devices on one folder', () => {
  let vault: CliVault
  let first: CliDevice
  let second: CliDevice
  beforeAll(async () => {
    vault = await CliVault.create()
    first = vault.device
    second = vault.another('state 2')
  })
  afterAll(() => vault[Symbol.dispose]())
  const both = async () => [await first.ls('-R'), await second.ls('-R')] as const

  it('see each other’s files, versions, moves and bin, in turn', async () => {
    await first.does('add', vault.source('doc', 'of the first'), '--into', '/in turn')
    const { itemId } = await second.item('/in turn/doc')
    await second.does('add', vault.source('doc', 'of the second, later'), '--into', '/in turn')
    expect(await first.cat('/in turn/doc')).toBe('of the second, later')
    expect((await first.versions('/in turn/doc')).length).toBe(2)
    await first.does('mv', '/in turn/doc', '/in turn/moved')
    expect((await second.item('/in turn/moved')).itemId).toBe(itemId)
    await second.does('rm', '/in turn/moved')
    expect((await first.ls('--bin')).map((item) => item.itemId)).toEqual([itemId])
    await first.does('restore', itemId)
    await first.refused('ITEM_EXISTS', 8, 'mkdir', '/in turn/moved')
    await second.refused('ITEM_EXISTS', 8, 'mkdir', '/in turn/moved')
  })

  it('at once: both add trees, also under the same names, and nothing is lost', async () => {
    const runs = [first, second, first, second].map((device, i) => {
      const tree = `at once ${i}`
      mkdirSync(vault.work.at(tree))
      for (let file = 0; file < 30; file++) vault.source(`${tree}/${file}`, `${i} ${file}`)
      const same = vault.work.at(`same ${i}`)
      mkdirSync(same)
      return device.run(
        'add',
        vault.work.at(tree),
        vault.source(`same ${i}/same.txt`, `same ${i}`),
        '--into',
        '/once',
      )
    })
    const ends = await Promise.all(runs)
    // Of one device the second sees what the first added: then it is refused, or a version of it.
    for (const end of ends) expect(codesOf(end).filter((code) => code !== 'ITEM_EXISTS')).toEqual([])
    const [mine, other] = await both()
    expect(mine).toEqual(other)
    const files = mine.filter(({ path, kind }) => kind === 'file' && /\/at once \d\/\d+$/.test(path))
    expect(files.length).toBe(120)
    const same = mine.filter(({ path }) => /\/same( \(\d\))?\.txt$/.test(path))
    const texts = await Promise.all(
      same.map(async ({ path, itemId }) => {
        const versions = await first.versions(path)
        return Promise.all(versions.map(({ versionId }) => first.cat(itemId, '--version', versionId)))
      }),
    )
    const refused = ends.filter((end) => codesOf(end).length > 0).length
    expect(new Set(texts.flat()).size + refused).toBe(4)
  })

  it('at once: both change one folder’s items, and end with one view', async () => {
    await first.does('mkdir', '/dance')
    for (const name of ['a', 'b', 'c']) await first.does('mkdir', `/dance/${name}`)
    const ids = (await first.ls('/dance')).map((item) => item.itemId)
    const ends = await Promise.all([
      first.run('mv', '/dance/a', '/dance/b'),
      second.run('mv', '/dance/b', '/dance/a'),
      first.run('rm', '/dance/c'),
      second.run('mkdir', '/dance/c/inner'),
    ])
    expect(ends.map(({ code }) => code).filter((code) => code !== 0 && code !== 2 && code !== 7)).toEqual([])
    const [mine, other] = await both()
    expect(mine).toEqual(other)
    const shown = [...mine, ...(await first.ls('--bin'))].map((item) => item.itemId)
    expect(shown).toEqual(expect.arrayContaining(ids))
  })
})

describe('two devices on two folders', () => {
  let vault: CliVault
  let left: CliDevice
  let right: CliDevice
  beforeAll(async () => {
    vault = await CliVault.create()
    left = vault.device
    right = vault.another('state 2', vault.work.at('vault 2'))
    await left.does('add', vault.source('doc', 'before'))
    syncWhole(left.vault, right.vault)
    expect((await right.say('cat', '/doc')).out).toBe('before')
  })
  afterAll(() => vault[Symbol.dispose]())
  const sync = () => {
    syncWhole(left.vault, right.vault)
    syncWhole(right.vault, left.vault)
  }

  it('that changed a file apart show both versions as a conflict, the same one as current', async () => {
    await left.does('add', vault.source('doc', 'on the left'))
    await right.does('add', vault.source('doc', 'on the right side'))
    sync()
    const shown = await left.item('/doc')
    expect(shown.heads.length).toBe(2)
    expect(await right.item('/doc')).toEqual(shown)
    expect((await left.say('ls')).out).toBe('/doc  (2 versions conflict)\n')
    const texts = await Promise.all(shown.heads.map((id) => right.cat('/doc', '--version', id)))
    expect(texts.sort()).toEqual(['on the left', 'on the right side'])
  })

  it('one edits what the other puts into the bin: the edit stays', async () => {
    await left.does('add', vault.source('edited', 'first'))
    sync()
    await left.does('rm', '/edited')
    await right.does('add', vault.source('edited', 'edited meanwhile'))
    sync()
    for (const device of [left, right]) {
      expect(await device.cat('/edited')).toBe('edited meanwhile')
      expect(await device.ls('--bin')).toEqual([])
    }
  })

  it('one adds into a folder that the other purges: what was added is in “Recovered”', async () => {
    await left.does('mkdir', '/folder')
    sync()
    await left.does('rm', '/folder')
    await left.does('purge', '/folder', '--yes')
    await right.does('add', vault.source('late', 'added late'), '--into', '/folder')
    sync()
    expect(await left.ls('-R')).toEqual(await right.ls('-R'))
    expect(await left.cat('/Recovered/late')).toBe('added late')
  })

  it('what only a conflict copy of a segment holds counts, and is no alarm', async () => {
    const journal = () => readdirSync(`${left.vault}/journal`, { recursive: true, encoding: 'utf8' })
    const before = new Set(journal())
    await left.does('mkdir', '/by copy')
    const [name = ''] = journal().filter((each) => !before.has(each))
    syncWhole(left.vault, right.vault, (file) => file !== `journal/${name}`)
    expect(await right.paths()).not.toContain('/by copy')
    const copy = name.replace('.log', ' (conflicted copy 2).log')
    copyFileSync(`${left.vault}/journal/${name}`, `${right.vault}/journal/${copy}`)
    const listed = await right.say('ls')
    expect([listed.code, listed.err, listed.out.includes('/by copy/')]).toEqual([0, '', true])
    sync()
    expect(await left.ls('-R')).toEqual(await right.ls('-R'))
  })

  it('a message that has not arrived is missed by its file alone: exit 4, and no alarm for the rest', async () => {
    await left.does('add', vault.source('apart', 'arrives late'))
    const { versionId } = await left.item('/apart')
    const name = `items/${versionId?.slice(0, 2)}/${versionId}.sealed`
    syncWhole(left.vault, right.vault, (file) => file !== name)
    const end = await right.run('cat', '/apart')
    expect([codesOf(end), end.code]).toEqual([['MESSAGE_MISSING'], 4])
    expect(await right.cat('/edited')).toBe('edited meanwhile')
    sync()
    expect(await right.cat('/apart')).toBe('arrives late')
  })
})
