import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { differences, mapTree, readTree, type Tree, temporaries } from '../support/tree.ts'
import { makeHardTree, makeSmallTree } from '../support/tree-make.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

const FILES = 400
const NFC = 'caf\u00e9 \u00c5ngstr\u00f6m'
/** Names of the hard tree's top that the vault can't show side by side: the later one is numbered. */
const CLASHES = [['Case', 'case'] as const, [NFC, NFC.normalize('NFD')] as const]

/** What `tree` is when it comes back: names as NFC, the later of two alike numbered. */
function asShown(tree: Tree): Tree {
  const numbered = new Set(CLASHES.map((pair) => [...pair].sort().at(-1)))
  return mapTree(tree, (path) => (numbered.has(path) ? `${path} (2)` : path).normalize('NFC'))
}

describe('get', () => {
  let vault: CliVault
  let device: CliDevice
  let count = 0
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
  })
  afterAll(() => vault[Symbol.dispose]())
  const out = () => vault.work.at(`out ${++count}`)

  describe(`of a tree of ${FILES} files with hard names, times and modes`, () => {
    let source: Tree
    beforeAll(async () => {
      makeHardTree(vault.work.at('tree'), FILES)
      // A gigabyte of holes is for the tests of seal.
      rmSync(vault.work.at('tree/sparse'))
      utimesSync(vault.work.at('tree'), 1, 1)
      source = readTree(vault.work.at('tree'))
      const end = await device.does('add', vault.work.at('tree'))
      expect(filesOf(end, 'done').length).toBe(
        [...source.values()].filter(({ kind }) => kind === 'file').length,
      )
    })

    it('brings back every byte, time and mode, and every empty folder', async () => {
      const to = out()
      await device.does('get', '/tree', '--to', to)
      expect(differences(asShown(source), readTree(`${to}/tree`))).toEqual([])
      expect(temporaries(to)).toEqual([])
      const again = await device.does('get', '/tree', '--to', to)
      expect([filesOf(again, 'done'), again.lines.at(-1)?.skipped]).toEqual([
        [],
        filesOf(again, 'skipped').length,
      ])
      expect(differences(asShown(source), readTree(`${to}/tree`))).toEqual([])
    })

    it('is skipped whole when it is added again: not one byte of the vault changes', async () => {
      const before = readTree(vault.path)
      const again = await device.does('add', vault.work.at('tree'))
      expect(again.lines.at(-1)).toMatchObject({ files: 0, failed: [] })
      expect(differences(before, readTree(vault.path))).toEqual([])
    })

    it('does not show one of its names, or a part of its contents, in the vault’s files', () => {
      const names = [...readTree(vault.path).keys()].join('\n')
      for (const name of ['Case', 'hidden', 'linked', 'folder', NFC]) expect(names).not.toContain(name)
    })

    it('brings one folder of it alone, by one worker as by two', async () => {
      const to = out()
      await device.does('get', '/tree/folder 3', '--to', to, '--jobs', '1')
      const top = 'folder 3'
      const wanted = mapTree(asShown(source), (path) => {
        return path === top || path.startsWith(`${top}/`) ? path.slice(top.length + 1) : undefined
      })
      expect(wanted.size).toBeGreaterThan(20)
      expect(differences(wanted, readTree(`${to}/folder 3`))).toEqual([])
      expect([...readTree(to).keys()].filter((path) => !path.includes('/'))).toEqual(['', top])
    })
  })

  it('of / brings all that is not in the bin', async () => {
    makeSmallTree(vault.work.at('small'))
    await device.does('add', vault.work.at('small'), '--into', '/x')
    await device.does('rm', '/x/small/sub')
    const to = out()
    await device.does('get', '/x', '--to', to)
    const wanted = mapTree(readTree(vault.work.at('small')), (path) => (/^sub/.test(path) ? undefined : path))
    expect(differences(wanted, readTree(`${to}/x/small`))).toEqual([])
    await device.does('restore', '/x/small/sub')
    const all = out()
    await device.does('get', '/', '--to', all)
    expect(differences(readTree(vault.work.at('small')), readTree(`${all}/x/small`))).toEqual([])
  })

  describe('of one file', () => {
    const VERSIONS = ['first', 'second', 'third one']
    const ids: string[] = []
    beforeAll(async () => {
      for (const text of VERSIONS) {
        await device.does('add', vault.source('doc.txt', text), '--into', '/d', '--if-exists', 'version')
        ids.unshift((await device.item('/d/doc.txt')).versionId ?? '')
      }
      await device.does('add', vault.source('other.txt', 'other'), '--into', '/d')
    })

    it('brings the current version, and each older one by its id', async () => {
      const to = out()
      await device.does('get', '/d/doc.txt', '--to', to)
      expect(readFileSync(`${to}/doc.txt`, 'utf8')).toBe('third one')
      expect((await device.versions('/d/doc.txt')).map(({ versionId }) => versionId)).toEqual(ids)
      for (const [i, id] of ids.entries()) {
        const place = out()
        await device.does('get', '/d/doc.txt', '--to', place, '--version', id)
        expect(readFileSync(`${place}/doc.txt`, 'utf8')).toBe(VERSIONS.at(-1 - i))
        expect(await device.cat('/d/doc.txt', '--version', id)).toBe(VERSIONS.at(-1 - i))
      }
    })

    it('is found by its item’s id as by its path', async () => {
      const { itemId } = await device.item('/d/doc.txt')
      expect(await device.cat(itemId)).toBe('third one')
    })

    it('never overwrites unless told: exit 8; --overwrite replaces, --keep-both numbers', async () => {
      const to = out()
      mkdirSync(to)
      writeFileSync(`${to}/doc.txt`, 'mine')
      const end = await device.run('get', '/d/doc.txt', '--to', to)
      expect([codesOf(end), end.code]).toEqual([['DESTINATION_EXISTS'], 8])
      expect(readFileSync(`${to}/doc.txt`, 'utf8')).toBe('mine')
      await device.does('get', '/d/doc.txt', '--to', to, '--keep-both')
      expect(readFileSync(`${to}/doc (2).txt`, 'utf8')).toBe('third one')
      expect(readFileSync(`${to}/doc.txt`, 'utf8')).toBe('mine')
      await device.does('get', '/d/doc.txt', '--to', to, '--overwrite')
      expect(readFileSync(`${to}/doc.txt`, 'utf8')).toBe('third one')
    })

    it('in a job of several, an equal file was done before, another one is in the way', async () => {
      const to = out()
      await device.does('get', '/d', '--to', to)
      writeFileSync(`${to}/d/other.txt`, 'mine')
      const end = await device.run('get', '/d', '--to', to)
      expect([codesOf(end), end.code]).toEqual([['DESTINATION_EXISTS'], 8])
      expect(filesOf(end, 'skipped').map(({ code }) => code)).toEqual(['DONE'])
      expect(readFileSync(`${to}/d/other.txt`, 'utf8')).toBe('mine')
    })

    it('follows no link that lies where it writes', async () => {
      const to = out()
      mkdirSync(to)
      mkdirSync(vault.work.at('elsewhere'))
      symlinkSync(vault.work.at('elsewhere'), `${to}/d`)
      const end = await device.run('get', '/d', '--to', to)
      expect(end.code).not.toBe(0)
      expect([...readTree(vault.work.at('elsewhere')).keys()]).toEqual([''])
    })
  })

  it.each([
    ['what is not there', 'ITEM_NOT_FOUND', 7, ['/none']],
    ['what is in the bin', 'ITEM_NOT_FOUND', 7, ['/gone/small']],
    ['another case', 'ITEM_NOT_FOUND', 7, ['/D/doc.txt']],
    ['a version of no file', 'ITEM_NOT_FOUND', 7, ['/d/doc.txt', '--version', '0'.repeat(32)]],
    ['a version that is no id', 'USAGE', 2, ['/d/doc.txt', '--version', 'x']],
    ['a version of two files', 'USAGE', 2, ['/d/doc.txt', '/d/other.txt', '--version', '0'.repeat(32)]],
    ['two rules', 'USAGE', 2, ['/d/doc.txt', '--overwrite', '--keep-both']],
    ['two things of one name', 'USAGE', 2, ['/x/small', '/y/small']],
  ])('refuses %s, and writes nothing', async (_, code, exit, words) => {
    if (!existsSync(vault.work.at('made'))) {
      mkdirSync(vault.work.at('made'))
      await device.does('add', vault.work.at('small'), '--into', '/gone')
      await device.does('add', vault.work.at('small'), '--into', '/y')
      await device.does('rm', '/gone/small')
    }
    const to = out()
    await device.refused(code, exit, 'get', ...words, '--to', to)
    expect(existsSync(to) ? [...readTree(to).keys()] : ['']).toEqual([''])
  })

  it('cat of a folder is refused, of an empty file is empty', async () => {
    await device.refused('USAGE', 2, 'cat', '/d')
    await device.refused('ITEM_NOT_FOUND', 7, 'cat', '/none')
    await device.does('add', vault.source('nothing', ''), '--into', '/d')
    expect(await device.cat('/d/nothing')).toBe('')
  })

  it('into a folder that can’t be made is refused, and leaves the vault as it was', async () => {
    writeFileSync(vault.work.at('a file'), '')
    await device.refused('DESTINATION_EXISTS', 8, 'get', '/d/doc.txt', '--to', vault.work.at('a file/x'))
  })
})
