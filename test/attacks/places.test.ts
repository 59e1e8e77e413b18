import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CODES, type ErrorCode } from '../../src/main/contract/codes.ts'
import { AttackedVault, messageName } from '../support/attack-vault.ts'
import { codesByName } from '../support/attacked-messages.ts'
import { codesOf } from '../support/cli.ts'
import { differences, readTree } from '../support/tree.ts'
import { CliVault } from '../support/vault-cli.ts'

describe('an attack on where messages stand', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    // Of one size, so that nothing but their contents tells them apart.
    vault = await AttackedVault.create({ x: 'the words of X', y: 'the words of Y', sound: 'left alone' })
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  /** Every command that touches `path` ends so. Nothing changes but for the note of `get`. */
  const refused = async (path: string, code: ErrorCode) => {
    const { ben } = vault
    await ben.ls()
    await vault.refusesToShow(ben, code, path)
    for (const words of [[], ['--read-data']]) {
      const before = vault.listing(ben)
      const end = await ben.run('check', ...words)
      expect([words, end.code, [...codesByName(end.lines.at(-1), '/')]]).toEqual([
        words,
        4,
        [[path.slice(1), code]],
      ])
      expect(differences(before, vault.listing(ben))).toEqual([])
    }
    const to = vault.fresh()
    const items = readTree(vault.at('items'))
    const end = await ben.run('get', path, '/sound', '--to', to)
    expect([codesOf(end), end.code]).toEqual([[code], CODES[code].exit])
    expect(readdirSync(to)).toEqual(['sound'])
    expect(differences(items, readTree(vault.at('items')))).toEqual([])
    const first = await vault.stranger().run('cat', path)
    expect([codesOf(first), first.code]).toEqual([[code], CODES[code].exit])
  }

  it('T5 the message of X over that of Y, and the two swapped: 4 for each that another stands for', async () => {
    const [x, y] = [vault.at(await vault.message('/x')), vault.at(await vault.message('/y'))]
    const [ofX, ofY] = [readFileSync(x), readFileSync(y)]
    writeFileSync(y, ofX)
    await refused('/y', 'MESSAGE_TAMPERED')
    expect(await vault.ben.cat('/x')).toBe('the words of X')
    writeFileSync(x, ofY)
    const end = await vault.cyd.run('check')
    expect([end.code, codesByName(end.lines.at(-1), '/')]).toEqual([
      4,
      new Map([
        ['x', 'MESSAGE_TAMPERED'],
        ['y', 'MESSAGE_TAMPERED'],
      ]),
    ])
    for (const path of ['/x', '/y']) await vault.refusesToShow(vault.cyd, 'MESSAGE_TAMPERED', path)
  })

  it('T5 the message of another vault, under the same names and keys’ owner: 4 in both', async () => {
    using other = await CliVault.create()
    await other.device.does('add', other.source('x', 'the words of X'))
    const { versionId } = await other.device.item('/x')
    const theirs = `${other.path}/${messageName(versionId ?? '')}`
    const ours = vault.at(await vault.message('/x'))
    const [ofTheirs, ofOurs] = [readFileSync(theirs), readFileSync(ours)]
    writeFileSync(ours, ofTheirs)
    writeFileSync(theirs, ofOurs)
    await refused('/x', 'MESSAGE_TAMPERED')
    const end = await other.device.run('cat', '/x')
    expect([codesOf(end), end.code]).toEqual([['MESSAGE_TAMPERED'], 4])
  })

  it('T6 the message from before a file was replaced, in the place of the new one: 4', async () => {
    const before = readFileSync(vault.at(await vault.message('/x')))
    await vault.ben.does('add', vault.source('x', 'the news of X!'))
    writeFileSync(vault.at(await vault.message('/x')), before)
    await refused('/x', 'MESSAGE_TAMPERED')
  })

  it('T6 the message from before, and the new one gone as if it had never been: 4', async () => {
    await vault.ben.does('add', vault.source('x', 'the news of X!'))
    rmSync(vault.at(await vault.message('/x')))
    await refused('/x', 'MESSAGE_MISSING')
  })

  it('T14 a purged message put back is not taken in: `repair` removes it', async () => {
    const name = await vault.message('/x')
    const purged = readFileSync(vault.at(name))
    await vault.ann.does('rm', '/x')
    await vault.ann.does('purge', '/x', '--yes')
    expect(existsSync(vault.at(name))).toBe(false)
    for (const device of [vault.ann, vault.ben, vault.stranger()]) {
      mkdirSync(dirname(vault.at(name)), { recursive: true })
      writeFileSync(vault.at(name), purged)
      expect((await device.run('check')).lines.at(-1)).toMatchObject({
        findings: [],
        notes: [{ kind: 'purged', path: name }],
      })
      expect(await vault.says(device, 'cat', '/x')).toEqual([7, 'ITEM_NOT_FOUND'])
      const end = await device.does('repair')
      expect(end.lines.at(-1)).toMatchObject({ adopted: [], left: [], removed: [name] })
      expect(existsSync(vault.at(name))).toBe(false)
      expect(await device.paths()).toEqual(['/from ben', '/from cyd', '/sound', '/y'])
    }
  })

  it('T14 a purged message under a name of its own is not taken in either', async () => {
    const purged = readFileSync(vault.at(await vault.message('/x')))
    await vault.ann.does('rm', '/x')
    await vault.ann.does('purge', '/x', '--yes')
    const name = messageName('ab'.repeat(16))
    mkdirSync(dirname(vault.at(name)), { recursive: true })
    vault.write(name, purged)
    const end = await vault.ben.does('repair')
    expect(end.lines.at(-1)).toMatchObject({
      adopted: [],
      left: [{ name, code: 'MESSAGE_TAMPERED' }],
      removed: [],
    })
    expect(readFileSync(vault.at(name)).equals(purged)).toBe(true)
    expect(await vault.ben.paths()).toEqual(['/from ben', '/from cyd', '/sound', '/y'])
  })

  it.each<[string, ErrorCode, (path: string, moved: string) => unknown]>([
    ['a link to a sound message', 'NOT_A_FILE', (path, moved) => symlinkSync(moved, path)],
    ['a link to nothing', 'NOT_A_FILE', (path) => symlinkSync('/nowhere/at/all', path)],
    ['a FIFO that nobody writes to', 'NOT_A_FILE', (path) => execFileSync('mkfifo', [path])],
    ['an empty file', 'MESSAGE_TRUNCATED', (path) => writeFileSync(path, '')],
    ['a folder', 'NOT_A_FILE', (path) => mkdirSync(path)],
    ['nothing', 'MESSAGE_MISSING', () => {}],
  ])('T16 %s in the place of a message: 4, without waiting', async (_, code, place) => {
    const path = vault.at(await vault.message('/x'))
    place(path, move(path))
    await refused('/x', code)
  })

  /** Who has never seen the vault takes a segment that isn't there for one that is still to come: 0. */
  it.each<[string, number, (path: string, moved: string) => unknown]>([
    ['a link to it', 4, (path, moved) => symlinkSync(moved, path)],
    ['a FIFO', 4, (path) => execFileSync('mkfifo', [path])],
    ['a folder', 0, (path) => mkdirSync(path)],
    ['an empty file', 0, (path) => writeFileSync(path, '')],
  ])('T16 %s in the place of vault.json, of a file under keys/, of a segment: 4', async (_, late, place) => {
    const journal = readdirSync(vault.at('journal'), { recursive: true, encoding: 'utf8' })
    const segment = `journal/${journal.find((name) => name.endsWith('.log'))}`
    for (const name of [
      'vault.json',
      `keys/versions/${readdirSync(vault.at('keys/versions'))[0]}`,
      segment,
    ]) {
      place(vault.at(name), move(vault.at(name)))
      const before = readTree(vault.path)
      const codes = [vault.ben, vault.stranger()].map(async (device) => (await device.say('ls')).code)
      expect([name, ...(await Promise.all(codes))]).toEqual([name, 4, name === segment ? late : 4])
      expect(differences(before, readTree(vault.path))).toEqual([])
      vault.putBack()
    }
  })

  /** Moves a file out of the vault. @returns where it is now */
  const move = (path: string): string => {
    const moved = vault.fresh()
    renameSync(path, moved)
    return moved
  }
})
