import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliEnd, cli, codesOf, filesOf, RawKey } from '../support/cli.ts'
import { IS_ROOT } from '../support/process.ts'
import {
  differences,
  type Entry,
  mapTree,
  readTree,
  sha256Of,
  type Tree,
  temporaries,
  WorkFolder,
} from '../support/tree.ts'
import { contents, makeHardTree, makeSmallTree, setMtime } from '../support/tree-make.ts'

const FILES = 2_000
const SEALED = '.sealed'

const expectDone = (end: CliEnd, files: number) => {
  expect(codesOf(end)).toEqual([])
  expect(end.code).toBe(0)
  expect(filesOf(end, 'done').length).toBe(files)
}

describe('a tree of 2,000 mixed files with hard names', () => {
  const work = new WorkFolder()
  const key = new RawKey(work.path)
  const seal = (...more: readonly string[]) => cli(['seal', work.at('tree'), ...more, ...key.options])
  const unseal = (...more: readonly string[]) =>
    cli(['unseal', work.at('sealed/tree'), ...more, ...key.options])
  let source: Tree
  let files: readonly string[]

  beforeAll(async () => {
    files = makeHardTree(work.at('tree'), FILES)
    source = readTree(work.at('tree'))
    expectDone(await seal('--to', work.at('sealed')), files.length)
  })
  afterAll(() => work[Symbol.dispose]())

  it('is really what it should be: 2,000 files, depth 40, names of 255 bytes, times before 1970', () => {
    const entries = [...source.values()]
    const found = entries.filter(({ kind }) => kind === 'file')
    expect(found.length).toBe(files.length)
    expect(found.length).toBeGreaterThanOrEqual(FILES)
    const paths = [...source.keys()]
    expect(Math.max(...paths.map((path) => path.split('/').length))).toBeGreaterThan(40)
    const longest = (path: string) => Math.max(...path.split('/').map((step) => Buffer.byteLength(step)))
    expect(paths.filter((path) => longest(path) === 255).length).toBeGreaterThan(5)
    expect(entries.some((entry) => entry.kind !== 'other' && entry.mtimeMs < -1)).toBe(true)
    expect(lstatSync(work.at('tree/linked 1')).nlink).toBe(2)
    const sparse = lstatSync(work.at('tree/sparse'))
    expect([sparse.size, sparse.blocks * 512 < 1024 ** 2]).toEqual([1024 ** 3, true])
  })

  it('keeps every file, folder, time and mode in its sealed form, and no name twice', () => {
    const sealed = readTree(work.at('sealed/tree'))
    const plain = (tree: Tree, file: (entry: Entry & { kind: 'file' }) => string) =>
      [...tree].map(([path, entry]) =>
        entry.kind === 'file' ? file(entry) : `${path} ${JSON.stringify(entry)}`,
      )
    const facts = ({ mtimeMs, mode }: { mtimeMs: number; mode: string }) => `${mtimeMs} ${mode}`
    expect(plain(sealed, facts).sort()).toEqual(plain(source, facts).sort())
    expect(
      [...sealed.keys()].every((path) => sealed.get(path)?.kind === 'folder' || path.endsWith(SEALED)),
    ).toBe(true)
  })

  it('comes back identical: bytes, times to the millisecond, modes, empty folders', async () => {
    expectDone(await unseal('--to', work.at('opened')), files.length)
    expect(differences(source, readTree(work.at('opened/tree')))).toEqual([])
    expect(differences(source, readTree(work.at('tree')))).toEqual([])
    expect(temporaries(work.path)).toEqual([])
  })

  it('comes back as sparse as it was', () => {
    const { size, blocks } = lstatSync(work.at('opened/tree/sparse'))
    expect([size, blocks * 512 < 16 * 1024 ** 2]).toEqual([1024 ** 3, true])
  })

  it('is skipped as done by the same command again, byte for byte and inode for inode', async () => {
    const before = identities(work.at('sealed/tree'))
    const again = await seal('--to', work.at('sealed'))
    expectDone(again, 0)
    const skipped = filesOf(again, 'skipped')
    expect(skipped.length).toBe(files.length)
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['DONE']))
    expect(identities(work.at('sealed/tree'))).toEqual(before)
  })

  it('is skipped as done by the same unseal again', async () => {
    const before = identities(work.at('opened/tree'))
    const again = await unseal('--to', work.at('opened'))
    expectDone(again, 0)
    expect(filesOf(again, 'skipped').length).toBe(files.length)
    expect(identities(work.at('opened/tree'))).toEqual(before)
  })

  it('gets an extra file sealed, and nothing else, by the same command again', async () => {
    writeFileSync(work.at('tree/folder 0/extra'), 'extra')
    const again = await seal('--to', work.at('sealed'))
    expectDone(again, 1)
    expect(filesOf(again, 'done')[0]?.target).toBe(work.at('sealed/tree/folder 0/extra.sealed'))
    expect(filesOf(again, 'skipped').length).toBe(files.length)
  })
})

describe('sealing and opening in place', () => {
  it('puts each sealed file beside its source, and gives back bytes, times and modes', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    makeSmallTree(work.at('tree'))
    // In place a folder that may not be written to is refused for all but root, and has a test of its own.
    chmodSync(work.at('tree/sub/locked'), 0o755)
    const before = readTree(work.at('tree'))
    const files = [...before].filter(([, { kind }]) => kind === 'file').map(([path]) => path)
    const filesOnly = (tree: Tree) => mapTree(tree, (path, { kind }) => (kind === 'file' ? path : undefined))

    expectDone(await cli(['seal', work.at('tree'), ...key.options]), files.length)
    const both = readTree(work.at('tree'))
    for (const path of files) expect(both.get(path)).toEqual(before.get(path))
    for (const path of files) expect(both.get(path + SEALED)?.kind).toBe('file')
    expect(both.size).toBe(before.size + files.length)

    const again = await cli(['seal', work.at('tree'), ...key.options])
    expectDone(again, 0)
    const codes = filesOf(again, 'skipped').map(({ code }) => code)
    expect(codes.sort()).toEqual([...files.map(() => 'ALREADY_SEALED'), ...files.map(() => 'DONE')])

    for (const path of files) rmSync(work.at('tree', path))
    expectDone(await cli(['unseal', work.at('tree'), ...key.options]), files.length)
    for (const path of files) rmSync(work.at('tree', path + SEALED))
    expect(differences(filesOnly(before), filesOnly(readTree(work.at('tree'))))).toEqual([])
  })

  it('finds a done sealed file of a changed source in the way, and leaves it as it is', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    mkdirSync(work.at('tree'))
    writeFileSync(work.at('tree/a'), 'one')
    expectDone(await cli(['seal', work.at('tree'), ...key.options]), 1)
    const before = sha256Of(work.at('tree/a.sealed'))
    writeFileSync(work.at('tree/a'), 'two')
    setMtime(work.at('tree/a'), 1_700_000_000_000)
    const again = await cli(['seal', work.at('tree'), ...key.options])
    expect([again.code, codesOf(again)]).toEqual([8, ['DESTINATION_EXISTS']])
    expect(sha256Of(work.at('tree/a.sealed'))).toBe(before)
  })
})

describe('what is no regular file', () => {
  it('is skipped with a code of its own: links, sockets, pipes, devices', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    mkdirSync(work.at('tree'))
    writeFileSync(work.at('secret'), 'outside')
    writeFileSync(work.at('tree/file'), 'inside')
    symlinkSync(work.at('secret'), work.at('tree/link to a file'))
    symlinkSync(work.path, work.at('tree/link to a folder'))
    symlinkSync('nowhere', work.at('tree/link to nothing'))
    execFileSync('mkfifo', [work.at('tree/pipe')])
    const server = createServer()
    await new Promise<void>((done) => server.listen(work.at('tree/socket'), done))
    if (IS_ROOT) execFileSync('mknod', [work.at('tree/device'), 'c', '1', '5'])
    const end = await cli(['seal', work.at('tree'), '--to', work.at('sealed'), ...key.options])
    server.close()
    expectDone(end, 1)
    const codes = filesOf(end, 'skipped').map(
      ({ path, code }) => `${path?.slice(work.at('tree/').length)} ${code}`,
    )
    expect(codes.sort()).toEqual([
      ...(IS_ROOT ? ['device DEVICE'] : []),
      'link to a file SYMLINK',
      'link to a folder SYMLINK',
      'link to nothing SYMLINK',
      'pipe FIFO',
      'socket SOCKET',
    ])
    expect([...readTree(work.at('sealed/tree')).keys()]).toEqual(['', 'file.sealed'])
  })

  it('is skipped when it is named itself, too', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    writeFileSync(work.at('file'), 'inside')
    symlinkSync('file', work.at('link'))
    execFileSync('mkfifo', [work.at('pipe')])
    const end = await cli([
      'seal',
      work.at('link'),
      work.at('pipe'),
      '--to',
      work.at('sealed'),
      ...key.options,
    ])
    expectDone(end, 0)
    expect(filesOf(end, 'skipped').map(({ code }) => code)).toEqual(['SYMLINK', 'FIFO'])
    expect([...readTree(work.at('sealed')).keys()]).toEqual([''])
  })
})

describe('a sealed file that was renamed', () => {
  it('opens under its new name, also when its name was too long to be whole', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    const long = `${'long '.repeat(50)}.txt`
    writeFileSync(work.at(long), contents('long', 1_000))
    const [done] = filesOf(
      await cli(['seal', work.at(long), '--to', work.at('sealed'), ...key.options]),
      'done',
    )
    const target = done?.target ?? ''
    expect(Buffer.byteLength(target.slice(work.at('sealed/').length))).toBeLessThanOrEqual(255)
    expectDone(await cli(['unseal', target, '--to', work.at('opened'), ...key.options]), 1)
    expect(sha256Of(work.at('opened', long))).toBe(sha256Of(work.at(long)))
    renameSync(target, work.at('sealed/short.sealed'))
    expectDone(
      await cli(['unseal', work.at('sealed/short.sealed'), '--to', work.at('opened'), ...key.options]),
      1,
    )
    expect(sha256Of(work.at('opened/short'))).toBe(sha256Of(work.at(long)))
  })
})

/** Inode, size and times of each entry: what any write would change. */
function identities(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => {
    const { ino, size, mtimeNs } = lstatSync(`${root}/${path}`, { bigint: true })
    return `${path} ${ino} ${size} ${mtimeNs}`
  })
}
