import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isTemporaryName } from '../../src/main/files/index.ts'
import { inspectFile, type JobHandle } from '../../src/main/vault/index.ts'
import { TestFolder } from '../support/folder.ts'
import { refusalOf } from '../support/refusal.ts'
import { outcomes, passphrase, rawKey, seal, unseal } from '../support/run-cli-service.ts'

const key = rawKey()
const MIB = 1024 * 1024
const BIG = 96 * MIB
const plainSize = (path: string) => inspectFile(path).plainBytes
/** Sets a time that no other file of the test has by chance. */
const setTime = (path: string, seconds: number) => utimesSync(path, seconds, seconds)

describe('sealing tells', () => {
  it('each file as it is done, and all of it at the end', async () => {
    using folder = new TestFolder({ 't/a': 'a', 't/sub/b': 'bb', 't/old.sealed': 'x' })
    mkdirSync(folder.at('t/empty'))
    symlinkSync('a', folder.at('t/link'))
    const ran = await seal([folder.at('t')], key, { to: folder.at('out') })
    expect(outcomes(ran, folder.path)).toEqual({
      't/a': 'done',
      't/link': 'SYMLINK',
      't/old.sealed': 'ALREADY_SEALED',
      't/sub/b': 'done',
    })
    const { seconds, ...counts } = ran.report
    expect(counts).toEqual({ files: 2, bytes: 3, folders: 3, skipped: 2, failed: [], stopped: false })
    expect(seconds).toBeGreaterThan(0)
    const done = ran.events.filter((event) => event.kind === 'done')
    expect(done).toContainEqual({
      kind: 'done',
      path: folder.at('t/sub/b'),
      target: folder.at('out/t/sub/b.sealed'),
      bytes: 2,
    })
    expect(folder.names('out')).toEqual(['t', 't/a.sealed', 't/empty', 't/sub', 't/sub/b.sealed'])
  })

  it('what it found as it goes, and at last that this was all', async () => {
    using folder = new TestFolder({ 't/a': 'a', 't/b': 'bb', 't/c': 'ccc' })
    const { events } = await seal([folder.at('t')], key, { to: folder.at('out') })
    const found = events.filter((event) => event.kind === 'found')
    expect(found.at(-1)).toEqual({ kind: 'found', files: 3, bytes: 6, complete: true })
    expect(found.slice(0, -1).every(({ complete }) => !complete)).toBe(true)
    expect(events.filter((event) => event.kind === 'key')).toHaveLength(1)
  })
})

describe('what stands in the way of one path never stops the others', () => {
  it('it does not exist, nor the folder it should be in', async () => {
    using folder = new TestFolder({ a: 'a', file: 'f' })
    const names = ['nope', 'nowhere/none', 'file/below', 'a']
    for (const to of [undefined, folder.at('out')]) {
      const ran = await seal(
        names.map((name) => folder.at(name)),
        key,
        to === undefined ? {} : { to },
      )
      expect(outcomes(ran, folder.path)).toMatchObject({
        a: 'done',
        nope: 'NOT_FOUND',
        'nowhere/none': 'NOT_FOUND',
      })
      expect(ran.report).toMatchObject({ files: 1, stopped: false })
      expect(ran.report.failed).toHaveLength(3)
    }
  })

  it('a folder can’t be made, for a file is there', async () => {
    using folder = new TestFolder({ 't/sub/a': 'a', 't/b': 'b', 'out/t/sub': 'in the way' })
    const ran = await seal([folder.at('t')], key, { to: folder.at('out') })
    expect(outcomes(ran, folder.path)).toMatchObject({ 't/b': 'done', 't/sub/a': 'PATH_UNSAFE' })
    expect(folder.read('out/t/sub').toString()).toBe('in the way')
  })
})

describe('what can’t be meant is refused before anything is written', () => {
  const tree = { 't/a': 'a', 'u/b': 'b', 'v/t/c': 'c' }

  it('a folder as its own destination, also by another path to it or as the last of many', async () => {
    using folder = new TestFolder(tree)
    symlinkSync('t', folder.at('alias'))
    const before = folder.names()
    for (const to of ['t', 'alias', 't/', 'u/../t']) {
      const refused = await refusalOf(
        seal([folder.at('u'), folder.at('t')], key, { to: `${folder.path}/${to}` }),
      )
      expect(refused).toMatchObject({ code: 'USAGE', facts: { path: folder.at('t') } })
      expect(folder.names()).toEqual(before)
    }
  })

  it('two things of one name into one folder', async () => {
    using folder = new TestFolder(tree)
    const before = folder.names()
    const paths = [folder.at('t'), folder.at('u'), folder.at('v/t')]
    const refused = await refusalOf(seal(paths, key, { to: folder.at('out') }))
    expect(refused).toMatchObject({ code: 'USAGE', facts: { path: folder.at('v/t'), other: folder.at('t') } })
    expect(folder.names()).toEqual(before)
    // Each beside itself they are in nobody's way.
    expect((await seal(paths, key)).report).toMatchObject({ files: 3, failed: [] })
  })

  it('a weak passphrase, an empty name of a key, a file as the destination', async () => {
    using folder = new TestFolder({ ...tree, file: 'f' })
    const before = folder.names()
    const weak = { kind: 'passphrase', passphrase: passphrase('password1'), allowWeak: false } as const
    const into = { to: folder.at('out') }
    expect((await refusalOf(seal([folder.at('t')], weak, into))).code).toBe('PASSPHRASE_WEAK')
    expect((await refusalOf(seal([folder.at('t')], rawKey(undefined, ''), into))).code).toBe('USAGE')
    const onFile = await refusalOf(seal([folder.at('t')], key, { to: folder.at('file') }))
    expect(onFile.code).toBe('DESTINATION_EXISTS')
    expect(folder.names()).toEqual(before)
  })
})

it('the same path named twice, however it is written, is one', async () => {
  using folder = new TestFolder({ a: 'a', 't/b': 'b' })
  const paths = ['a', './a', 't/../a', 't', 't/'].map((name) => `${folder.path}/${name}`)
  const { report } = await seal(paths, key, { to: folder.at('out') })
  expect(report).toMatchObject({ files: 2, failed: [] })
  expect(folder.names('out')).toEqual(['a.sealed', 't', 't/b.sealed'])
})

it('a destination inside what is sealed is left out, also the second time', async () => {
  using folder = new TestFolder({ 't/a': 'a', 't/sub/b': 'b' })
  for (const words of ['done', 'DONE']) {
    const ran = await seal([folder.at('t')], key, { to: folder.at('t/sub/out') })
    expect(outcomes(ran, folder.path)).toEqual({ 't/a': words, 't/sub/b': words })
  }
  expect(folder.names('t/sub/out')).toEqual(['t', 't/a.sealed', 't/sub', 't/sub/b.sealed'])
})

describe('a sealed file that is there already', () => {
  const NAMED = { 'one file': ['t/a.txt'], 'two files': ['t/a.txt', 't/b.txt'], 'a folder': ['t'] } as const
  const pathsOf = (folder: TestFolder, what: keyof typeof NAMED) => NAMED[what].map((name) => folder.at(name))

  /** Two files, sealed once into `out`; `changed` writes other contents into the first after. */
  async function sealedOnce(what: keyof typeof NAMED, changed: boolean) {
    const folder = new TestFolder({ 't/a.txt': 'first', 't/b.txt': 'b' })
    setTime(folder.at('t/a.txt'), 1_000)
    await seal(pathsOf(folder, what), key, { to: folder.at('out') })
    const below = what === 'a folder' ? 'out/t' : 'out'
    if (changed) {
      folder.write('t/a.txt', 'second')
      setTime(folder.at('t/a.txt'), 2_000)
    }
    return {
      folder,
      below,
      before: folder.read(`${below}/a.txt.sealed`),
      [Symbol.dispose]: () => folder[Symbol.dispose](),
    }
  }

  it.each([
    ['one file', 'the same', 'refuse', 'DESTINATION_EXISTS'],
    ['one file', 'changed', 'refuse', 'DESTINATION_EXISTS'],
    ['one file', 'the same', 'replace', 'done'],
    ['one file', 'the same', 'number', 'done'],
    ['two files', 'the same', 'refuse', 'DONE'],
    ['two files', 'changed', 'refuse', 'DESTINATION_EXISTS'],
    ['two files', 'the same', 'replace', 'done'],
    ['two files', 'changed', 'replace', 'done'],
    ['two files', 'the same', 'number', 'DONE'],
    ['two files', 'changed', 'number', 'done'],
    ['a folder', 'the same', 'refuse', 'DONE'],
    ['a folder', 'changed', 'refuse', 'DESTINATION_EXISTS'],
    ['a folder', 'changed', 'number', 'done'],
  ] as const)('%s, %s, told to %s → %s', async (what, now, exists, expected) => {
    const changed = now === 'changed'
    using it = await sealedOnce(what, changed)
    const { folder, below, before } = it
    const ran = await seal(pathsOf(folder, what), key, { to: folder.at('out'), exists })
    expect(outcomes(ran, folder.path)['t/a.txt']).toBe(expected)
    const kept = folder.read(`${below}/a.txt.sealed`).equals(before)
    expect(kept).toBe(!(exists === 'replace' && expected === 'done'))
    const numbered = exists === 'number' && expected === 'done'
    expect(folder.has(`${below}/a (2).txt.sealed`)).toBe(numbered)
    if (numbered) expect(plainSize(folder.at(`${below}/a (2).txt.sealed`))).toBe(changed ? 6 : 5)
  })

  it('under a number is found done by the same command again', async () => {
    using it = await sealedOnce('a folder', true)
    const { folder } = it
    const again = () => seal([folder.at('t')], key, { to: folder.at('out'), exists: 'number' })
    expect(outcomes(await again(), folder.path)).toEqual({ 't/a.txt': 'done', 't/b.txt': 'DONE' })
    expect(outcomes(await again(), folder.path)).toEqual({ 't/a.txt': 'DONE', 't/b.txt': 'DONE' })
    expect(folder.names('out/t')).toEqual(['a (2).txt.sealed', 'a.txt.sealed', 'b.txt.sealed'])
  })

  it.each([
    ['of another time', (folder: TestFolder) => setTime(folder.at('t/a'), 1_001)],
    [
      'of another size',
      (folder: TestFolder) => {
        appendFileSync(folder.at('t/a'), '!')
        setTime(folder.at('t/a'), 1_000)
      },
    ],
    [
      'but cut off',
      (folder: TestFolder) => {
        truncateSync(folder.at('out/t/a.sealed'), statSync(folder.at('out/t/a.sealed')).size - 1)
        setTime(folder.at('out/t/a.sealed'), 1_000)
      },
    ],
    [
      'but empty',
      (folder: TestFolder) => {
        truncateSync(folder.at('out/t/a.sealed'), 0)
        setTime(folder.at('out/t/a.sealed'), 1_000)
      },
    ],
    [
      'but no message',
      (folder: TestFolder) => {
        folder.write('out/t/a.sealed', 'hello')
        setTime(folder.at('out/t/a.sealed'), 1_000)
      },
    ],
  ])('%s is not taken for done', async (_, change) => {
    using folder = new TestFolder({ 't/a': 'hello' })
    setTime(folder.at('t/a'), 1_000)
    const again = () => seal([folder.at('t')], key, { to: folder.at('out') })
    await again()
    expect(outcomes(await again(), folder.path)).toEqual({ 't/a': 'DONE' })
    change(folder)
    expect(outcomes(await again(), folder.path)).toEqual({ 't/a': 'DESTINATION_EXISTS' })
  })
})

describe('a job under way', () => {
  /** Runs `act` while the one big file is paused in its middle, then lets it go on. */
  async function meanwhile(folder: TestFolder, act: () => void, signal?: AbortSignal) {
    for (;;) {
      let handle: JobHandle | undefined
      const onStart = (started: JobHandle) => {
        handle = started
      }
      const options = { onStart, ...(signal && { signal }) }
      const running = seal([folder.at('t')], key, { to: folder.at('out'), exists: 'replace' }, options)
      while ((handle?.bytesDone ?? 0) < MIB) await setImmediate()
      handle?.pause()
      await sleep(50)
      const paused = handle?.bytesDone ?? 0
      await sleep(50)
      expect(handle?.bytesDone).toBe(paused)
      const caught = paused < BIG - 4 * MIB
      if (caught) act()
      handle?.resume()
      const ran = await running
      // A busy machine may be at the file's end already: then once more.
      if (caught) return ran
      for (const name of folder.names('out/t')) rmSync(folder.at(`out/t/${name}`))
    }
  }

  it.each([
    ['longer', (path: string) => appendFileSync(path, '!')],
    ['shorter', (path: string) => truncateSync(path, 10)],
    ['newer', (path: string) => setTime(path, 5)],
  ])('drops a file that gets %s while it is read, and says so', async (_, change) => {
    using folder = new TestFolder({ 't/big': Buffer.alloc(BIG), 't/small': 's' })
    const ran = await meanwhile(folder, () => change(folder.at('t/big')))
    expect(outcomes(ran, folder.path)).toEqual({ 't/big': 'SOURCE_CHANGED', 't/small': 'done' })
    expect(folder.names('out/t')).toEqual(['small.sealed'])
  })

  it('that is stopped leaves nothing half-made, says so, and is finished by the same again', async () => {
    using folder = new TestFolder({ 't/big': randomBytes(BIG), 't/small': 's' })
    const stop = new AbortController()
    const ran = await meanwhile(folder, () => stop.abort(), stop.signal)
    expect(ran.report.stopped).toBe(true)
    expect(ran.report.failed).toEqual([])
    expect(
      folder.names('out').filter((name) => name.endsWith('big.sealed') || isTemporaryName(name)),
    ).toEqual([])
    const again = await seal([folder.at('t')], key, { to: folder.at('out') })
    expect(again.report).toMatchObject({ stopped: false, failed: [] })
    const back = await unseal([folder.at('out/t')], key, { to: folder.at('back') })
    expect(back.report).toMatchObject({ files: 2, failed: [] })
    expect(folder.read('back/t/big').equals(folder.read('t/big'))).toBe(true)
  })
})

it('the caller’s keys are still the caller’s afterwards', async () => {
  using folder = new TestFolder({ a: 'a' })
  using words = passphrase('seven wild horses of Tübingen 1782')
  await seal([folder.at('a')], { kind: 'passphrase', passphrase: words, allowWeak: false })
  await seal([folder.at('a')], key, { exists: 'number' })
  expect(words.length).toBeGreaterThan(30)
  expect(key.key.key.length).toBe(32)
})
