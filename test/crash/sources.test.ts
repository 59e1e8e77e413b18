import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type CliEnd, cli, codesOf, filesOf, RawKey, startCli, withLines } from '../support/cli.ts'
import { type Fault, faultEnv } from '../support/faults.ts'
import { IS_ROOT } from '../support/process.ts'
import { readTree, sha256Of, temporaries, WorkFolder } from '../support/tree.ts'
import { contents, makeSparse } from '../support/tree-make.ts'

const VICTIM_BYTES = 3 * 1024 * 1024
const NOBODY = 65_534

/** Two files, or their sealed forms: one that something happens to, and one that nothing happens to. */
async function makeSources(work: WorkFolder, key: RawKey, name: 'seal' | 'unseal'): Promise<string> {
  mkdirSync(work.at('tree'))
  writeFileSync(work.at('tree/victim'), contents('victim', VICTIM_BYTES))
  writeFileSync(work.at('tree/witness'), 'witness')
  writeFileSync(work.at('secret'), 'outside')
  if (name === 'seal') return work.at('tree/victim')
  const { code } = await cli(['seal', work.at('tree'), '--to', work.at('sealed'), ...key.options])
  expect(code).toBe(0)
  return work.at('sealed/tree/victim.sealed')
}

/** Stops the command before a call to the victim, lets something happen to it, and goes on. */
async function happens(
  name: 'seal' | 'unseal',
  at: Pick<Fault, 'calls' | 'at'>,
  happening: (victim: string, work: WorkFolder) => unknown,
  look: (end: CliEnd, names: readonly string[], work: WorkFolder) => unknown,
): Promise<void> {
  using work = new WorkFolder()
  const key = new RawKey(work.path)
  const victim = await makeSources(work, key, name)
  const source = name === 'seal' ? work.at('tree') : work.at('sealed/tree')
  const fault = { ...at, dir: source, only: 'victim', act: { kind: 'stop' } } as const
  const args = [name, source, '--to', work.at('to'), '--json', ...key.options]
  const running = startCli(args, { env: faultEnv(fault) })
  await running.stopped()
  await happening(victim, work)
  running.goOn()
  const end = withLines(await running.ended)
  expect(temporaries(work.at('to'))).toEqual([])
  const suffix = name === 'seal' ? '.sealed' : ''
  const names = [...readTree(work.at('to/tree')).keys()].filter((path) => path !== '')
  expect(names).toContain(`witness${suffix}`)
  await look(
    end,
    names.filter((path) => path !== `witness${suffix}`),
    work,
  )
}

const atOpen = { calls: ['open'], at: 1 } as const
const amid = { calls: ['read'], at: 3 } as const

describe.each(['seal', 'unseal'] as const)('%s: a file that changes while it is read', (name) => {
  const changes: readonly (readonly [string, (victim: string) => void])[] = [
    ['grows', (victim) => appendFileSync(victim, 'more')],
    ['is cut', (victim) => truncateSync(victim, 1_500_000)],
    [
      'is written over with its old size and time',
      (victim) => {
        const { atime, mtime, size } = lstatSync(victim)
        writeFileSync(victim, contents('another', size))
        utimesSync(victim, atime, mtime)
      },
    ],
    ['is deleted', (victim) => rmSync(victim)],
  ]
  it.each(changes)('and %s is refused, and nothing of it is kept; the others are done', (_, change) =>
    happens(name, amid, change, (end, others) => {
      const [code] = codesOf(end)
      // What was sealed may also be found damaged before it is found changed.
      if (name === 'seal') expect(code).toBe('SOURCE_CHANGED')
      else expect(code).toMatch(/^(SOURCE_CHANGED|MESSAGE_TRUNCATED|MESSAGE_TAMPERED|MESSAGE_MALFORMED)$/)
      expect(end.code).toBe(code === 'SOURCE_CHANGED' ? 10 : 4)
      expect(filesOf(end, 'failed')[0]?.next).toBeTruthy()
      expect(others).toEqual([])
    }),
  )
})

describe.each(['seal', 'unseal'] as const)('%s: what takes a file’s place before it is opened', (name) => {
  const swap = (make: (path: string, work: WorkFolder) => void) => (victim: string, work: WorkFolder) => {
    rmSync(victim)
    make(victim, work)
  }
  const links = [
    ['a link to another file', swap((path, work) => symlinkSync(work.at('secret'), path)), 'SYMLINK'],
    ['a link to a folder', swap((path, work) => symlinkSync(work.path, path)), 'SYMLINK'],
    ['a pipe that nobody writes to', swap((path) => execFileSync('mkfifo', [path])), 'FIFO'],
    ['a socket', swap((path) => makeSocket(path)), 'SOCKET'],
  ] as const
  it.each(links)('%s, is skipped with its code, not followed, not waited for', (_, happening, code) =>
    happens(name, atOpen, happening, (end, others) => {
      expect(end.code).toBe(0)
      expect(filesOf(end, 'skipped').map((line) => line.code)).toEqual([code])
      expect(others).toEqual([])
    }),
  )

  it('a folder, is 10: the file was changed', () =>
    happens(
      name,
      atOpen,
      swap((path) => mkdirSync(path)),
      (end, others) => {
        expect([end.code, codesOf(end)]).toEqual([10, ['SOURCE_CHANGED']])
        expect(others).toEqual([])
      },
    ))

  it('nothing, is 7: the file was not found; the others are done', () =>
    happens(
      name,
      atOpen,
      (victim) => rmSync(victim),
      (end, others) => {
        expect([end.code, codesOf(end)]).toEqual([7, ['NOT_FOUND']])
        expect(others).toEqual([])
      },
    ))

  it('a new file of that name, is taken as it is', () =>
    happens(
      name,
      atOpen,
      (victim, work) => {
        const other = name === 'seal' ? 'tree/witness' : 'sealed/tree/witness.sealed'
        execFileSync('cp', [work.at(other), work.at('copy')])
        renameSync(work.at('copy'), victim)
      },
      (end, others) => {
        expect([end.code, others.length]).toEqual([0, 1])
      },
    ))
})

describe('a big file that a program goes on writing to', () => {
  it('is refused without any trick of timing: nothing of it is kept, and later it is sealed', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    makeSparse(work.at('growing'), 1024 ** 3)
    const args = ['seal', work.at('growing'), '--to', work.at('to'), ...key.options]
    const running = startCli([...args, '--json'])
    while (!existsSync(work.at('to')) || temporaries(work.at('to')).length === 0) await sleep(5)
    for (let i = 0; i < 5; i++) {
      appendFileSync(work.at('growing'), 'a line\n')
      await sleep(10)
    }
    const end = withLines(await running.ended)
    expect([end.code, codesOf(end)]).toEqual([10, ['SOURCE_CHANGED']])
    expect([...readTree(work.at('to')).keys()]).toEqual([''])
    truncateSync(work.at('growing'), 10)
    expect((await cli(args)).code).toBe(0)
    expect([...readTree(work.at('to')).keys()]).toEqual(['', 'growing.sealed'])
  })
})

describe.skipIf(!IS_ROOT)('another user (needs root to become one)', () => {
  const under = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

  it('gets 10 for what may not be read, file or folder, and everything else is done', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    for (const name of ['tree', 'tree/closed', 'tree/open']) mkdirSync(work.at(name))
    for (const name of ['tree/mine', 'tree/not yours', 'tree/closed/inside', 'tree/open/inside']) {
      writeFileSync(work.at(name), name)
    }
    chmodSync(work.at('tree/not yours'), 0o600)
    chmodSync(work.at('tree/closed'), 0o700)
    openTo(work, 'to')
    const end = await cli(['seal', work.at('tree'), '--to', work.at('to'), ...key.options], { under })
    expect([end.code, codesOf(end)]).toEqual([10, ['ACCESS_DENIED']])
    expect(filesOf(end, 'failed').map(({ path }) => path)).toEqual([
      work.at('tree/closed'),
      work.at('tree/not yours'),
    ])
    expect([...readTree(work.at('to/tree')).keys()]).toEqual([
      '',
      'mine.sealed',
      'open',
      'open/inside.sealed',
    ])
  })

  it('gets 10 where nothing may be written, and nothing is', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    chmodSync(work.path, 0o755)
    mkdirSync(work.at('tree'))
    writeFileSync(work.at('tree/file'), 'file')
    mkdirSync(work.at('closed'))
    const before = [...readTree(work.path)]
    for (const to of ['closed', 'closed/new', 'new']) {
      const end = await cli(['seal', work.at('tree'), '--to', work.at(to), ...key.options], { under })
      expect([to, end.code, codesOf(end)]).toEqual([to, 10, ['ACCESS_DENIED']])
    }
    const inPlace = await cli(['seal', work.at('tree'), ...key.options], { under })
    expect([inPlace.code, codesOf(inPlace)]).toEqual([10, ['ACCESS_DENIED']])
    expect([...readTree(work.path)]).toEqual(before)
  })

  it('gets back a tree with folders and files that only may be read', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    for (const name of ['tree', 'tree/locked', 'tree/locked/deeper']) mkdirSync(work.at(name))
    for (const name of ['tree/a', 'tree/locked/b', 'tree/locked/deeper/c']) writeFileSync(work.at(name), name)
    chmodSync(work.at('tree/a'), 0o400)
    for (const name of ['', 'a', 'locked', 'locked/b', 'locked/deeper', 'locked/deeper/c']) {
      chownSync(work.at('tree', name), NOBODY, NOBODY)
    }
    for (const name of ['tree/locked/deeper', 'tree/locked', 'tree']) chmodSync(work.at(name), 0o555)
    openTo(work, 'to')
    const before = readTree(work.at('tree'))
    const sealed = await cli(['seal', work.at('tree'), '--to', work.at('to'), ...key.options], { under })
    expect([sealed.code, codesOf(sealed)]).toEqual([0, []])
    const args = ['unseal', work.at('to/tree'), '--to', work.at('to/back'), ...key.options]
    const opened = await cli(args, { under })
    expect([opened.code, codesOf(opened)]).toEqual([0, []])
    expect([...readTree(work.at('to/back/tree'))]).toEqual([...before])
    expect(sha256Of(work.at('to/back/tree/a'))).toBe(sha256Of(work.at('tree/a')))
  })
})

/** Makes a folder that the other user may write into. */
function openTo(work: WorkFolder, name: string): void {
  chmodSync(work.path, 0o755)
  mkdirSync(work.at(name))
  chownSync(work.at(name), NOBODY, NOBODY)
}

/** A socket stays in its folder when the program that listened is killed. */
function makeSocket(path: string): void {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', script, path], { stdio: 'ignore' })
  } catch {
    if (!existsSync(path)) throw new Error(`no socket at ${path}`)
  }
}
