import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Source } from '../../src/main/files/index.ts'
import { TestFolder } from '../support/folder.ts'
import { refusal } from '../support/refusal.ts'

function open(path: string): Source {
  const source = Source.open(path)
  if (typeof source === 'string') throw new Error(`it is ${source}`)
  return source
}

describe('a source that changes while it is read', () => {
  const changes: readonly [string, (folder: TestFolder) => void][] = [
    ['gets longer', (folder) => writeFileSync(folder.at('a'), 'more', { flag: 'a' })],
    ['gets shorter', (folder) => truncateSync(folder.at('a'), 2)],
    ['is written again at the same size', (folder) => writeFileSync(folder.at('a'), 'HELLO')],
    [
      'is written again, and its time put back',
      (folder) => {
        writeFileSync(folder.at('a'), 'HELLO')
        utimesSync(folder.at('a'), new Date(1_000_000), new Date(1_000_000))
      },
    ],
    ['gets another mode', (folder) => chmodSync(folder.at('a'), 0o600)],
    ['gets another name', (folder) => linkSync(folder.at('a'), folder.at('b'))],
  ]
  it.each(changes)('and %s is refused', async (_, change) => {
    using folder = new TestFolder({ a: 'hello' })
    utimesSync(folder.at('a'), new Date(1_000_000), new Date(1_000_000))
    using source = open(folder.at('a'))
    expect(() => source.demandUnchanged()).not.toThrow()
    // The clock of the file system may tick every 4 ms only.
    await sleep(10)
    change(folder)
    const refused = refusal(() => source.demandUnchanged())
    expect(refused).toMatchObject({ code: 'SOURCE_CHANGED', exit: 10, facts: { path: folder.at('a') } })
  })

  it('and is replaced by another file is read on as it was: what was opened is what is read', async () => {
    using folder = new TestFolder({ a: 'hello', b: 'OTHER' })
    using source = open(folder.at('a'))
    linkSync(folder.at('a'), folder.at('kept'))
    await sleep(10)
    renameSync(folder.at('b'), folder.at('a'))
    const bytes = Buffer.alloc(5)
    source.read(bytes, 0)
    expect(bytes.toString()).toBe('hello')
    // Its number of names changed, and with it the time of its last change.
    expect(refusal(() => source.demandUnchanged()).code).toBe('SOURCE_CHANGED')
  })

  it('is not one that is only read by others', async () => {
    using folder = new TestFolder({ a: 'hello' })
    using source = open(folder.at('a'))
    await sleep(10)
    folder.read('a')
    expect(() => source.demandUnchanged()).not.toThrow()
  })
})

describe('a source', () => {
  it('is nothing but a regular file, and a pipe without a writer keeps nobody waiting', async () => {
    using folder = new TestFolder({ a: '' })
    symlinkSync('a', folder.at('link'))
    symlinkSync('nowhere', folder.at('dangling'))
    mkdirSync(folder.at('sub'))
    spawnSync('mkfifo', [folder.at('pipe')])
    const server = createServer()
    await new Promise<void>((done) => server.listen(folder.at('socket'), done))
    const kinds = ['link', 'dangling', 'sub', 'pipe', 'socket'].map((name) => Source.open(folder.at(name)))
    server.close()
    expect(kinds).toEqual(['SYMLINK', 'SYMLINK', 'FOLDER', 'FIFO', 'SOCKET'])
    expect(Source.open('/dev/null')).toBe('DEVICE')
  })

  it('says what it was when it was opened, its time rounded down, also before 1970', () => {
    using folder = new TestFolder({ a: 'hello' })
    chmodSync(folder.at('a'), 0o4751)
    for (const [seconds, mtimeMs] of [
      ['1700000000.1239999', 1_700_000_000_123],
      ['-0.0001', -1],
      ['-1.5', -1_500],
    ] as const) {
      utimesSync(folder.at('a'), 1, seconds)
      using source = open(folder.at('a'))
      expect(source.facts).toEqual({ sizeBytes: 5, mtimeMs, mode: 0o4751 })
    }
  })

  it('is read from any place, and as far as it goes', () => {
    using folder = new TestFolder({ a: '0123456789' })
    using source = open(folder.at('a'))
    const at = (offset: number, length: number) => {
      const bytes = Buffer.alloc(length, '-')
      return [source.read(bytes, offset), bytes.toString()]
    }
    expect(at(3, 4)).toEqual([4, '3456'])
    expect(at(0, 3)).toEqual([3, '012'])
    expect(at(8, 4)).toEqual([2, '89--'])
    expect(at(10, 2)).toEqual([0, '--'])
    expect(at(99, 2)).toEqual([0, '--'])
  })

  it.each([
    ['missing', 'NOT_FOUND', 7],
    ['file/below', 'NOT_FOUND', 7],
    [`${'x'.repeat(256)}`, 'NAME_TOO_LONG', 10],
  ])('that can’t be opened is refused with its path: %s', (name, code, exit) => {
    using folder = new TestFolder({ file: '' })
    const path = folder.at(name)
    const refused = refusal(() => Source.open(path))
    expect(refused).toMatchObject({ code, exit, facts: { path } })
    expect(refused.message).toContain(path)
  })
})
