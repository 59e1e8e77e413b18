/** A whole vault, opened by open_vault.py alone (issue 4, part 6; docs/recovery.md). */
import { readdirSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bytesOf,
  copyOf,
  flip,
  makeVault,
  openByCode,
  openVault,
  strongroom,
  type Temp,
  treeOf,
} from './open-vault.ts'

let made: Temp
/** What `strongroom get` makes of it. */
let got: Readonly<Record<string, string>>
/** The ids of the versions of a path in the vault, the newest first. */
let versionsOf: (path: string) => readonly string[]

const messageOf = (version: string): string => `V/items/${version.slice(0, 2)}/${version}.sealed`
const segmentsOf = (folder: Temp): readonly string[] =>
  folder.files().filter((name) => name.endsWith('.log') && statSync(folder.at(name)).size > 0)
/** The segment that holds most: the one of the first `add`. */
const greatestSegment = (folder: Temp): string =>
  [...segmentsOf(folder)].sort((a, b) => statSync(folder.at(b)).size - statSync(folder.at(a)).size)[0] ?? ''
const there = (name: string): boolean => made.files().includes(name.replace('before-purge', 'V/items'))
const contentsOf = (folder: Temp): readonly string[] =>
  folder
    .files()
    .filter((name) => name.startsWith('out/'))
    .map((name) => folder.read(name).toString().slice(0, 40))
    .sort()

beforeAll(() => {
  made = makeVault()
  strongroom(made, ['get', 'V', '/', '--to', 'got', '--recovery-file', 'code'])
  got = treeOf(made, 'got')
  const ids = new Map<string, readonly string[]>()
  for (const path of ['/src/a.txt', '/src/Twin.txt', '/src/twin (2).txt']) {
    const words = ['ls', 'V', path, '--versions', '--json', '--recovery-file', 'code']
    const listed: readonly { versionId: string }[] = JSON.parse(strongroom(made, words).out)
    ids.set(
      path,
      listed.map(({ versionId }) => versionId),
    )
  }
  versionsOf = (path) => ids.get(path) ?? []
}, 60_000)
afterAll(() => made[Symbol.dispose]())

/** Of what is written, all but the bin: that `get` leaves out. */
const withoutBin = (tree: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !/^Bin(\/|$)/.test(path)))

describe('a sound vault', () => {
  it('gives the same tree as Strongroom itself, with names, contents, modes and times', () => {
    using folder = copyOf(made)
    const before = bytesOf(folder)
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    const tree = treeOf(folder, 'out')
    expect(withoutBin(tree)).toEqual(got)
    expect(Object.keys(got)).toEqual(
      expect.arrayContaining(['other/here.txt', 'src/twin (2).txt', 'src/new\nline', 'src/sub/nothing']),
    )
    expect(tree['other/here.txt']).toMatch(/^600 -18489599500 /)
    expect(Object.keys(tree).filter((path) => path.startsWith('Bin/'))).toEqual([
      'Bin/gone.txt',
      'Bin/old',
      'Bin/old/inside.txt',
    ])
    expect(bytesOf(folder)).toEqual(before)
  })

  it('opens by its passphrase', () => {
    using folder = copyOf(made)
    expect(openVault(folder, '--passphrase-file', 'pass')).toMatchObject({ code: 0, err: '' })
    expect(withoutBin(treeOf(folder, 'out'))).toEqual(got)
  })

  it('opens by its recovery code in lower case, with O and I or L for digits, and spaces', () => {
    using folder = copyOf(made)
    const [line = ''] = folder.read('code').toString().split('\n')
    let ones = 0
    const sloppy = line.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')
    folder.write('code', `${sloppy.replaceAll('1', () => (ones++ % 2 ? 'L' : 'i'))}\r\n`)
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
  })

  it('gives older versions, too, if asked', () => {
    using folder = copyOf(made)
    expect(openByCode(folder, '--all-versions').code).toBe(0)
    const [newest = '', oldest = ''] = versionsOf('/src/a.txt')
    expect(newest).not.toBe('')
    expect(folder.read('out/src/a.txt').toString()).toBe('hello again')
    expect(folder.read(`out/src/a (version ${oldest.slice(0, 8)}).txt`).toString()).toBe('hello')
    expect(contentsOf(folder)).not.toContain('purged')
  })
})

describe('what is not right', () => {
  const refusal = (folder: Temp, ended: ReturnType<typeof openByCode>) => {
    expect(folder.files().filter((name) => name.startsWith('out/'))).toEqual([])
    return { code: ended.code, err: ended.err }
  }

  it('a wrong passphrase', () => {
    using folder = copyOf(made)
    folder.write('pass', 'another passphrase')
    const { code, err } = refusal(folder, openVault(folder, '--passphrase-file', 'pass'))
    expect([code, err]).toEqual([3, expect.stringContaining('wrong passphrase')])
  })

  it('the recovery code of another vault', () => {
    using folder = copyOf(made)
    folder.write('code', `${'0000-'.repeat(13)}0000`)
    expect(openByCode(folder).err).toContain('typing error')
    folder.write('code', ANOTHER_CODE)
    const { code, err } = refusal(folder, openByCode(folder))
    expect([code, err]).toEqual([3, expect.stringContaining('wrong recovery code')])
  })

  it.each([
    [
      'a digit changed',
      (line: string) => line.replace(/.$/, (last) => (last === '2' ? '3' : '2')),
      'typing error',
    ],
    ['a group missing', (line: string) => line.slice(5), '56 letters and digits'],
    ['a letter that no code has', (line: string) => line.replace(/^./, 'U'), '56 letters and digits'],
  ])('a recovery code with %s', (_title, change, says) => {
    using folder = copyOf(made)
    folder.write('code', change(folder.read('code').toString().split('\n')[0] ?? ''))
    const { code, err } = refusal(folder, openByCode(folder))
    expect([code, err]).toEqual([3, expect.stringContaining(says)])
  })

  it('a folder with something in it, and one inside the vault', () => {
    using folder = copyOf(made)
    folder.write('full/mine', 'mine')
    expect(openByCode(folder, '--to', 'full').code).toBe(8)
    expect(openByCode(folder, '--to', 'V/out').code).toBe(2)
    expect(folder.read('full/mine').toString()).toBe('mine')
    expect(readdirSync(folder.at('V'))).not.toContain('out')
  })

  it('vault.json with one member changed: no metadata key is believed', () => {
    using folder = copyOf(made)
    const text = folder.read('V/vault.json').toString()
    folder.write('V/vault.json', text.replace(/"createdMs":\d/, '"createdMs":9'))
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining('vault.json was changed: its mac does not hold')])
    // Whoever changed it knows no key, so the contents are still sound; but no name is believed.
    expect(contentsOf(folder)).toContain('hello again')
    expect(folder.files().some((name) => name.endsWith('a.txt'))).toBe(false)
  })
})

describe('what is lost or damaged', () => {
  it('the journal gone: every file comes from the messages, the newest of each item', () => {
    using folder = copyOf(made)
    rmSync(folder.at('V/journal'), { recursive: true })
    const ended = openByCode(folder)
    expect(ended.code).toBe(4)
    expect(ended.err).toContain('nothing of it can be read')
    const contents = contentsOf(folder)
    expect(contents).toEqual(
      expect.arrayContaining(['', 'hello again', 'moved', 'gone', 'inside', 'in CON', 'in a:b?.txt']),
    )
    expect(contents).not.toContain('hello')
    const names = folder.files().filter((name) => name.startsWith('out/'))
    expect(names.every((name) => /^out\/Folder [0-9a-f]{8}\//.test(name))).toBe(true)
    expect(names.map((name) => name.split('/').at(-1))).toEqual(
      expect.arrayContaining(['a.txt', 'deep.bin', 'new\nline', 'moved.txt']),
    )
    expect(names.filter((name) => /\/twin( \(2\))?\.txt$/i.test(name))).toHaveLength(2)
    const a = names.find((name) => name.endsWith('/a.txt')) ?? ''
    expect(statSync(folder.at(a)).mode & 0o777).toBe(0o640)
    expect(statSync(folder.at(a)).mtimeMs).toBe(Date.parse('2021-01-01T00:00:00Z'))
  })

  it('the journal gone, and all versions asked for', () => {
    using folder = copyOf(made)
    rmSync(folder.at('V/journal'), { recursive: true })
    expect(openByCode(folder, '--all-versions').code).toBe(4)
    expect(contentsOf(folder)).toEqual(expect.arrayContaining(['hello', 'hello again']))
  })

  it.each([
    [
      'cut in its middle',
      (folder: Temp, name: string) => truncateSync(folder.at(name), statSync(folder.at(name)).size >> 1),
    ],
    [
      'with one bit changed',
      (folder: Temp, name: string) => flip(folder, name, statSync(folder.at(name)).size >> 1),
    ],
    ['gone', (folder: Temp, name: string) => unlinkSync(folder.at(name))],
  ])('a segment %s: it is named, and every file comes all the same', (_title, damage) => {
    using folder = copyOf(made)
    const segment = greatestSegment(folder)
    damage(folder, segment)
    const ended = openByCode(folder)
    expect(ended.code).toBe(4)
    expect(ended.err).toContain(segment.split('/').at(-1))
    expect(contentsOf(folder)).toEqual(
      expect.arrayContaining(['', 'hello again', 'moved', 'inside', 'in CON', 'in twin.txt']),
    )
  })

  it.each([0, 60, 700, -1])(
    'a message with one bit changed, at byte %i: it is named, the others come',
    (at) => {
      using folder = copyOf(made)
      const [version = ''] = versionsOf('/src/a.txt')
      flip(folder, messageOf(version), at)
      const ended = openByCode(folder)
      expect(ended.code).toBe(4)
      expect(ended.err).toMatch(/^open_vault: not opened: src\/a\.txt: \(4\) /m)
      const { 'src/a.txt': _, ...others } = got
      const { src, ...tree } = withoutBin(treeOf(folder, 'out'))
      expect({ ...tree, src: others.src }).toEqual(others)
      expect(src).toBeDefined()
    },
  )

  it('two messages in each other’s places: neither is taken for the other', () => {
    using folder = copyOf(made)
    const [one = ''] = versionsOf('/src/Twin.txt')
    const [two = ''] = versionsOf('/src/twin (2).txt')
    renameSync(folder.at(messageOf(one)), folder.at('aside'))
    renameSync(folder.at(messageOf(two)), folder.at(messageOf(one)))
    renameSync(folder.at('aside'), folder.at(messageOf(two)))
    const ended = openByCode(folder)
    expect(ended.code).toBe(4)
    expect(ended.err.match(/another message stands in its place/g)).toHaveLength(2)
    expect(contentsOf(folder)).not.toEqual(expect.arrayContaining(['in twin.txt']))
    expect(contentsOf(folder)).toEqual(expect.arrayContaining(['hello again']))
  })

  it('a message gone: its name is said', () => {
    using folder = copyOf(made)
    const [version = ''] = versionsOf('/src/a.txt')
    unlinkSync(folder.at(messageOf(version)))
    const ended = openByCode(folder)
    expect([ended.code, ended.err]).toEqual([
      4,
      expect.stringContaining(`missing: items/${version.slice(0, 2)}/`),
    ])
  })

  it('vault.json gone: the messages tell the vault’s id', () => {
    using folder = copyOf(made)
    unlinkSync(folder.at('V/vault.json'))
    expect(openByCode(folder).code).toBe(4)
    expect(withoutBin(treeOf(folder, 'out'))).toEqual(got)
  })

  it('keys/metadata gone: the contents come, under the ids of their versions', () => {
    using folder = copyOf(made)
    rmSync(folder.at('V/keys/metadata'), { recursive: true })
    const ended = openByCode(folder)
    expect([ended.code, ended.err]).toEqual([4, expect.stringContaining('all names are lost')])
    expect(contentsOf(folder)).toEqual(expect.arrayContaining(['hello again', 'moved', 'in CON']))
  })

  it('a file under keys/ that the journal pins, changed: it is named', () => {
    using folder = copyOf(made)
    const name = folder.files().find((each) => each.startsWith('V/keys/recovery/')) ?? ''
    const text = folder.read(name).toString()
    writeFileSync(folder.at(name), text.replace(/"createdMs":\d/, '"createdMs":9'))
    const ended = openByCode(folder)
    expect([ended.code, ended.err]).toEqual([
      4,
      expect.stringContaining('not the file that the journal tells of'),
    ])
    expect(withoutBin(treeOf(folder, 'out'))).toEqual(got)
  })

  it('a purged file whose message came back stays purged', () => {
    using folder = copyOf(made)
    // `purge` removed the message; a sync tool may bring it back from another device.
    const [purged = ''] = made.files().filter((name) => name.startsWith('before-purge/') && !there(name))
    expect(purged).not.toBe('')
    folder.write(purged.replace('before-purge', 'V/items'), made.read(purged))
    expect(openByCode(folder).code).toBe(0)
    expect(contentsOf(folder)).not.toContain('purged')
  })
})

/** A sound code, of no vault: 32 bytes of 07 and their checksum. */
const ANOTHER_CODE = '0W3G-E1R7-0W3G-E1R7-0W3G-E1R7-0W3G-E1R7-0W3G-E1R7-0W3G-E1R7-0W3M-QC3F'
