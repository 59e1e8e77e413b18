import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { run } from '../support/process.ts'
import { differences, readTree, temporaries } from '../support/tree.ts'
import { setMtime } from '../support/tree-make.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

describe('add', () => {
  let vault: CliVault
  let device: CliDevice
  let count = 0
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
  })
  afterAll(() => vault[Symbol.dispose]())

  const fresh = () => `/f${++count}`
  const names = async (folder: string) => (await device.ls(folder, '-R')).map(({ path }) => path)

  it('says what it did, and in --json for each file where it is now', async () => {
    const into = fresh()
    const end = await device.does('add', vault.source('a.txt', 'hello'), '--into', into)
    expect(filesOf(end, 'done')).toEqual([
      { type: 'file', status: 'done', path: vault.work.at('a.txt'), target: `${into}/a.txt`, bytes: 5 },
    ])
    expect(end.lines.at(-1)).toMatchObject({ type: 'result', files: 1, bytes: 5, skipped: 0, failed: [] })
    expect(await device.cat(`${into}/a.txt`)).toBe('hello')
    const said = await device.say('add', vault.source('b.txt', 'hello'), '--into', into)
    expect([said.code, said.out]).toEqual([0, `${into}/b.txt\n`])
    expect(said.err).toMatch(/^Added 1 file, 5 B, in [0-9.]+ s\.\n$/)
  })

  it('makes the folders of --into, and adds into one that is there', async () => {
    const into = fresh()
    await device.does('add', vault.source('a.txt', 'hello'), '--into', `${into}/deep/er/`)
    await device.does('add', vault.source('b.txt', 'hello'), '--into', `${into}/deep`)
    expect(await names(into)).toEqual([
      `${into}/deep`,
      `${into}/deep/b.txt`,
      `${into}/deep/er`,
      `${into}/deep/er/a.txt`,
    ])
  })

  it('again skips what is unchanged, and changes not one byte of the vault', async () => {
    const into = fresh()
    mkdirSync(vault.work.at('tree/empty'), { recursive: true })
    for (const name of ['tree/a', 'tree/b']) vault.source(name, name)
    await device.does('add', vault.work.at('tree'), '--into', into)
    const before = readTree(vault.path)
    const again = await device.does('add', vault.work.at('tree'), '--into', into)
    expect(filesOf(again, 'skipped').map(({ code }) => code)).toEqual(['DONE', 'DONE'])
    expect(again.lines.at(-1)).toMatchObject({ files: 0, skipped: 2 })
    expect(differences(before, readTree(vault.path))).toEqual([])
  })

  it('makes a changed file a new version, and keeps the one before', async () => {
    const into = fresh()
    const source = vault.source('doc', 'first')
    await device.does('add', source, '--into', into)
    const { itemId } = await device.item(`${into}/doc`)
    writeFileSync(source, 'second!')
    await device.does('add', source, '--into', into)
    const versions = await device.versions(`${into}/doc`)
    expect(versions.map(({ sizeBytes, current }) => [sizeBytes, current])).toEqual([
      [7, true],
      [5, false],
    ])
    expect(await device.item(`${into}/doc`)).toMatchObject({ itemId, sizeBytes: 7, heads: { length: 1 } })
    expect(await device.cat(`${into}/doc`)).toBe('second!')
    expect(await device.cat(`${into}/doc`, '--version', versions[1]?.versionId ?? '')).toBe('first')
  })

  it('takes a file of another time for a changed one, and one of another mode with its next version', async () => {
    const into = fresh()
    const source = vault.source('doc', 'the same')
    await device.does('add', source, '--into', into)
    setMtime(source, 1)
    const again = await device.does('add', source, '--into', into)
    expect(filesOf(again, 'done').length).toBe(1)
    expect(await device.item(`${into}/doc`)).toMatchObject({ mtimeMs: 1, sizeBytes: 8 })
    expect((await device.versions(`${into}/doc`)).length).toBe(2)
  })

  it('with --if-exists skip leaves changed files as they are, with keep-both numbers the new one', async () => {
    const into = fresh()
    const source = vault.source('doc.txt', 'first')
    await device.does('add', source, '--into', into)
    writeFileSync(source, 'second!')
    const skipped = await device.does('add', source, '--into', into, '--if-exists', 'skip')
    expect(filesOf(skipped, 'skipped').map(({ code }) => code)).toEqual(['IN_VAULT'])
    await device.does('add', source, '--into', into, '--if-exists', 'keep-both')
    expect(await names(into)).toEqual([`${into}/doc (2).txt`, `${into}/doc.txt`])
    expect(await device.cat(`${into}/doc.txt`)).toBe('first')
    expect(await device.cat(`${into}/doc (2).txt`)).toBe('second!')
  })

  it('keeps two files apart whose names differ in case alone, also when it runs again', async () => {
    const into = fresh()
    mkdirSync(vault.work.at('case'))
    for (const name of ['Doc', 'doc']) vault.source(`case/${name}`, `${name} ${name.length}${name}`)
    vault.source('case/DOC', 'a third, and longer')
    await device.does('add', vault.work.at('case'), '--into', into)
    const before = await device.ls(into, '-R')
    expect(before.length).toBe(4)
    const again = await device.does('add', vault.work.at('case'), '--into', into)
    expect(again.lines.at(-1)).toMatchObject({ files: 0, skipped: 3 })
    expect(await device.ls(into, '-R')).toEqual(before)
    vault.source('case/doc', 'changed')
    await device.does('add', vault.work.at('case'), '--into', into)
    const contents = before.flatMap(({ kind, path }) => (kind === 'file' ? [device.cat(path)] : []))
    expect((await Promise.all(contents)).sort()).toEqual(['Doc 3Doc', 'a third, and longer', 'changed'])
  })

  it('keeps two files apart whose names are written in two forms of Unicode, also when it runs again', async () => {
    const into = fresh()
    mkdirSync(vault.work.at('forms'))
    for (const form of ['NFC', 'NFD'])
      vault.source(`forms/${'caf\u00e9'.normalize(form)}`, form === 'NFC' ? 'whole' : 'in parts')
    await device.does('add', vault.work.at('forms'), '--into', into)
    const before = await device.ls(into, '-R')
    const again = await device.does('add', vault.work.at('forms'), '--into', into)
    expect(again.lines.at(-1)).toMatchObject({ files: 0, skipped: 2 })
    expect(await device.ls(into, '-R')).toEqual(before)
    // Into a folder that has only one of them, either form is that file.
    const only = `${into}/only`
    await device.does('add', vault.work.at(`forms/${'caf\u00e9'.normalize('NFC')}`), '--into', only)
    await device.does('add', vault.work.at(`forms/${'caf\u00e9'.normalize('NFD')}`), '--into', only)
    expect((await device.versions(`${only}/caf\u00e9`)).length).toBe(2)
  })

  it('refuses two things of one name before it adds any; the same thing named twice is added once', async () => {
    for (const side of ['left', 'right']) {
      mkdirSync(vault.work.at(side, 'same'), { recursive: true })
      vault.source(`${side}/same/${side}`, side)
    }
    const [left, right] = [vault.work.at('left/same'), vault.work.at('right/same')]
    await device.refused('USAGE', 2, 'add', left, right)
    const into = fresh()
    await device.does('add', left, `${left}/`, '--into', into)
    expect(await names(into)).toEqual([`${into}/same`, `${into}/same/left`])
    await device.does('add', right, '--into', into)
    expect(await names(into)).toEqual([`${into}/same`, `${into}/same/left`, `${into}/same/right`])
  })

  it('goes on past what it can’t add, names it, and ends with its code', async () => {
    const into = fresh()
    const odd = vault.work.at('odd')
    mkdirSync(odd)
    vault.source('odd/a', 'a')
    symlinkSync('a', vault.work.at('odd/link'))
    await run('mkfifo', [vault.work.at('odd/pipe')])
    const server = createServer().listen(vault.work.at('odd/socket'))
    try {
      const end = await device.run('add', odd, vault.work.at('missing'), '--into', into)
      expect(filesOf(end, 'skipped').map(({ code }) => code)).toEqual(['SYMLINK', 'FIFO', 'SOCKET'])
      expect([codesOf(end), end.code]).toEqual([['NOT_FOUND'], 7])
      expect(await names(into)).toEqual([`${into}/odd`, `${into}/odd/a`])
    } finally {
      server.close()
    }
  })

  it('never adds the vault itself, which may lie in what is added', async () => {
    const into = fresh()
    const outer = vault.work.at('outer')
    mkdirSync(outer)
    vault.source('outer/note', 'mine')
    symlinkSync(vault.path, vault.work.at('outer/link'))
    const end = await device.does('add', vault.work.path, '--into', into)
    const added = filesOf(end, 'done').map(({ path = '' }) => path)
    expect(added).toContain(vault.work.at('outer/note'))
    expect(added.filter((path) => path.startsWith(vault.path))).toEqual([])
  })

  it('refuses a file where a folder would go, and a folder where a file would go, and adds the rest', async () => {
    const into = fresh()
    await device.does('mkdir', into)
    await device.does('mkdir', `${into}/x`)
    await device.does('add', vault.source('y', 'file'), '--into', into)
    for (const part of ['in/x', 'out/y']) rmSync(vault.work.at(part), { recursive: true, force: true })
    mkdirSync(vault.work.at('in'))
    mkdirSync(vault.work.at('out/y'), { recursive: true })
    vault.source('in/x', 'file')
    vault.source('out/y/z', 'file')
    const paths = [vault.work.at('in/x'), vault.work.at('out/y'), vault.source('rest', 'rest')]
    const end = await device.run('add', ...paths, '--into', into)
    expect([codesOf(end), end.code]).toEqual([['ITEM_EXISTS'], 8])
    expect(await names(into)).toEqual([`${into}/rest`, `${into}/x`, `${into}/y`])
  })

  it.each([
    ['a folder that is a file', 'USAGE', 2, ['a.txt', '--into', '/is-a-file']],
    ['a folder below a file', 'USAGE', 2, ['a.txt', '--into', '/is-a-file/x']],
    ['a folder whose name can be none', 'USAGE', 2, ['a.txt', '--into', `/${'x'.repeat(256)}`]],
    ['a folder that leads out', 'USAGE', 2, ['a.txt', '--into', '/..']],
    ['another rule', 'USAGE', 2, ['a.txt', '--if-exists', 'overwrite']],
    ['no threads', 'USAGE', 2, ['a.txt', '--jobs', '0']],
    ['nothing to add', 'USAGE', 2, []],
    ['a file that is missing', 'NOT_FOUND', 7, ['missing']],
  ])('refuses %s, and changes nothing', async (_, code, exit, words) => {
    vault.source('a.txt', 'hello')
    if (!existsSync(vault.work.at('is-a-file'))) {
      await device.does('add', vault.source('is-a-file', 'x'))
    }
    const [source, ...rest] = words
    await device.refused(code, exit, 'add', ...(source === undefined ? [] : [vault.work.at(source)]), ...rest)
  })

  it('leaves no temporary file behind, and nothing that is not the vault’s', () => {
    const strange = [...readTree(vault.path).keys()].filter((path) => {
      return !/^$|^(items|keys|journal)(\/|$)|^vault\.json$/.test(path)
    })
    expect([...temporaries(vault.path), ...strange]).toEqual([])
  })

  it('takes a file with two names twice, each as its own', async () => {
    const into = fresh()
    mkdirSync(vault.work.at('links'))
    vault.source('links/one', 'shared')
    linkSync(vault.work.at('links/one'), vault.work.at('links/two'))
    await device.does('add', vault.work.at('links'), '--into', into)
    expect(await device.cat(`${into}/links/two`)).toBe('shared')
    expect(readFileSync(vault.work.at('links/one'), 'utf8')).toBe('shared')
  })
})
