import { spawn } from 'node:child_process'
import { chmodSync, chownSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CODES } from '../../src/main/contract/codes.ts'
import { BUNDLE, cli, codesOf, filesOf, NODE, RawKey, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { IS_ROOT } from '../support/process.ts'

const NAMES_STAY = 'Names of files and folders stay readable; only a vault hides them.'

/** A folder with a raw key in it, outside of what is sealed. */
function withKey(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = new TestFolder(files)
  return { folder, key: new RawKey(folder.path), [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

/** The lines of standard error; times are other ones each time. */
const linesOf = (err: string) =>
  err
    .replaceAll(/\d+\.\d s/g, 'N s')
    .split('\n')
    .slice(0, -1)

describe('`seal` says to a person', () => {
  it('where the one file went, alone on standard output, and the rest beside it', async () => {
    using it = withKey({ a: 'hello' })
    const { code, out, err } = await startCli(['seal', it.folder.at('a'), ...it.key.options]).ended
    expect([code, out]).toEqual([0, `${it.folder.at('a.sealed')}\n`])
    expect(linesOf(err)).toEqual(['Sealed 1 file, 5 B, in N s.', NAMES_STAY])
  })

  it('of many files how many, what was skipped and why; each by name when asked to', async () => {
    using it = withKey({ 't/a': 'a', 't/b': 'bb', 't/c.sealed': 'x' })
    const { folder, key } = it
    symlinkSync('a', folder.at('t/link'))
    const args = ['seal', folder.at('t'), '--to', folder.at('out'), ...key.options]
    const quiet = await startCli(args).ended
    const link = `skipped ${folder.at('t/link')}: a symbolic link; links are not followed [SYMLINK]`
    expect([quiet.code, quiet.out]).toEqual([0, ''])
    expect(linesOf(quiet.err)).toEqual([
      link,
      'Sealed 2 files, 3 B, in N s.',
      '1 file skipped: sealed already.',
      NAMES_STAY,
    ])
    const again = await startCli([...args, '--overwrite', '-v']).ended
    const named = (name: string) => `${folder.at(`t/${name}`)} → ${folder.at(`out/t/${name}.sealed`)}`
    expect([again.code, again.out]).toEqual([0, ''])
    expect(linesOf(again.err).slice(0, 4).sort()).toEqual(
      [
        named('a'),
        named('b'),
        link,
        `skipped ${folder.at('t/c.sealed')}: sealed already [ALREADY_SEALED]`,
      ].sort(),
    )
    const third = await startCli(args).ended
    expect(linesOf(third.err)).toContain('2 files skipped: done before: same size and time.')
    // Nothing was sealed now, so nothing is said of names.
    expect(linesOf(third.err)).not.toContain(NAMES_STAY)
  })

  it('what failed, why, and what to do about it; the others are done', async () => {
    using it = withKey({ 't/a': 'a', 't/b': 'b', 'out/t/b.sealed': 'mine' })
    const { folder, key } = it
    const args = ['seal', folder.at('t'), folder.at('nope'), '--to', folder.at('out'), ...key.options]
    const { code, err } = await startCli(args).ended
    expect(code).toBe(CODES.JOB_INCOMPLETE.exit)
    const lines = linesOf(err)
    for (const [said, next] of [
      [
        `failed ${folder.at('t/b')}: ${folder.at('out/t/b.sealed')} exists already and was left as it is. [DESTINATION_EXISTS]`,
        CODES.DESTINATION_EXISTS.next,
      ],
      [`failed Can’t read ${folder.at('nope')}: it does not exist. [NOT_FOUND]`, CODES.NOT_FOUND.next],
    ] as const) {
      expect(lines).toContain(said)
      expect(lines[lines.indexOf(said) + 1]).toBe(`  ${next}`)
    }
    expect(lines).toContain('2 files failed; see above.')
  })
})

describe('`seal --json` says to a program', () => {
  it('a line a file and one at the end, and nothing elsewhere', async () => {
    using it = withKey({ 't/a': 'a', 't/b': 'b', 'out/t/b.sealed': 'mine', 't/c.sealed': 'x' })
    const { folder, key } = it
    const end = await cli(['seal', folder.at('t'), '--to', folder.at('out'), ...key.options])
    expect([end.code, end.err]).toEqual([8, ''])
    expect(end.out.split('\n')).toHaveLength(end.lines.length + 1)
    expect(filesOf(end, 'done')).toEqual([
      {
        type: 'file',
        status: 'done',
        path: folder.at('t/a'),
        target: folder.at('out/t/a.sealed'),
        bytes: 1,
      },
    ])
    expect(filesOf(end, 'skipped')).toEqual([
      { type: 'file', status: 'skipped', path: folder.at('t/c.sealed'), code: 'ALREADY_SEALED' },
    ])
    const message = `${folder.at('out/t/b.sealed')} exists already and was left as it is.`
    const failure = { path: folder.at('t/b'), code: 'DESTINATION_EXISTS', message }
    expect(filesOf(end, 'failed')).toEqual([
      {
        type: 'file',
        status: 'failed',
        ...failure,
        next: CODES.DESTINATION_EXISTS.next,
        facts: { path: folder.at('out/t/b.sealed') },
      },
    ])
    expect(end.lines.at(-1)).toEqual({
      type: 'result',
      files: 1,
      bytes: 1,
      folders: 1,
      skipped: 1,
      failed: [failure],
      stopped: false,
      seconds: expect.any(Number),
    })
    expect(end.lines.filter(({ type }) => type === 'result')).toHaveLength(1)
  })

  it('the target of what was done before', async () => {
    using it = withKey({ 't/a': 'a' })
    const args = ['seal', it.folder.at('t'), ...it.key.options]
    await cli(args)
    const again = await cli(args)
    expect(filesOf(again, 'skipped')).toContainEqual({
      type: 'file',
      status: 'skipped',
      path: it.folder.at('t/a'),
      code: 'DONE',
      target: it.folder.at('t/a.sealed'),
    })
  })
})

describe('a job with failures ends', () => {
  /** What is sealed: nothing of that name, a name in the way, a name too long to be made. */
  const MISSING = 'nope'
  const TAKEN = 'taken'
  it.each([
    [[MISSING], 7],
    [[MISSING, 'gone'], 7],
    [[TAKEN], 8],
    [[MISSING, TAKEN], 1],
    [[MISSING, TAKEN, 'fine'], 1],
    [['fine', TAKEN], 8],
    [['fine'], 0],
  ] as const)('of %j with %i', async (names, code) => {
    using it = withKey({ taken: 't', 'out/taken.sealed': 'mine', fine: 'f' })
    const paths = names.map((name) => it.folder.at(name))
    const end = await cli(['seal', ...paths, '--to', it.folder.at('out'), ...it.key.options])
    expect(end.code).toBe(code)
    expect(it.folder.has('out/fine.sealed')).toBe(names.some((name) => name === 'fine'))
  })
})

describe('what the person may not read or write', () => {
  const NOBODY = 65_534
  const under = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

  it.runIf(IS_ROOT)('fails with 10 file by file, and the others are sealed', async () => {
    using it = withKey({ 't/mine': 'm', 't/theirs': 't', 't/closed/x': 'x' })
    const { folder, key } = it
    chmodSync(folder.path, 0o755)
    chmodSync(folder.at('t/theirs'), 0o600)
    chmodSync(folder.at('t/closed'), 0o700)
    folder.write('out/.keep', '')
    chownSync(folder.at('out'), NOBODY, NOBODY)
    const end = await cli(['seal', folder.at('t'), '--to', folder.at('out'), ...key.options], { under })
    expect([end.code, codesOf(end)]).toEqual([10, ['ACCESS_DENIED']])
    expect(
      filesOf(end, 'failed')
        .map(({ path }) => path)
        .sort(),
    ).toEqual([folder.at('t/closed'), folder.at('t/theirs')])
    expect(folder.names('out')).toEqual(['.keep', 't', 't/mine.sealed'])
  })

  it.runIf(IS_ROOT)('as a destination is refused at once, nothing made', async () => {
    using it = withKey({ 't/a': 'a' })
    const { folder, key } = it
    chmodSync(folder.path, 0o755)
    const before = folder.names()
    const end = await cli(['seal', folder.at('t'), '--to', folder.at('new'), ...key.options], { under })
    expect([end.code, codesOf(end), folder.names()]).toEqual([10, ['ACCESS_DENIED'], before])
  })
})

it('a job goes on when nobody listens any more (`… | head`)', async () => {
  const names = Array.from({ length: 400 }, (_, i) => `t/${i}`)
  using it = withKey(Object.fromEntries(names.map((name) => [name, name])))
  const { folder, key } = it
  const args = [BUNDLE, 'seal', '--json', folder.at('t'), '--to', folder.at('out'), ...key.options]
  const child = spawn(NODE, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  child.stderr.destroy()
  const code = await new Promise((done) => child.on('exit', done))
  expect(code).toBe(0)
  expect(folder.names('out')).toHaveLength(401)
})
