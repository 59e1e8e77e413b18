import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf } from '../support/cli.ts'
import { type Act, type Call, callsOf, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { untrueAcks } from '../support/faults-durability.ts'
import { IS_ROOT } from '../support/process.ts'

const fail = (errno: (Act & { kind: 'fail' })['errno']): Act => ({ kind: 'fail', errno })

/** What a disk says when it fails, is full or is read-only, and the code that a person gets for it. */
const FAULTS: readonly [Act & { kind: 'fail' }, readonly Call[], string][] = [
  [
    { kind: 'fail', errno: 'EIO' },
    ['fsync', 'fdatasync', 'link', 'rename', 'write', 'create', 'mkdir', 'truncate', 'fchmod', 'utime'],
    'IO_ERROR',
  ],
  [{ kind: 'fail', errno: 'ENOSPC' }, ['write', 'mkdir'], 'NO_SPACE'],
  [{ kind: 'fail', errno: 'EROFS' }, ['create'], 'READ_ONLY'],
]

/** The output of `--json` is written below the same folder: only what goes into files of ours is to fail. */
const onlyOurs = (kind: Call) => (kind === 'write' ? { only: '.strongroom-' } : {})

for (const name of ['seal', 'unseal'] as const) {
  const command = await FaultCommand.create(name)
  afterAll(() => command[Symbol.dispose]())
  const probe = command.target('probe')
  const clean = await command.run(probe)
  command.remove(probe)
  const calls = callsOf(readLog(clean.log))

  describe(`${name}, a system call that fails (F1)`, () => {
    for (const [act, kinds, code] of FAULTS) {
      for (const kind of kinds) {
        const ours = (path: string) => kind !== 'write' || path.includes('.strongroom-')
        const count = calls.filter(({ call, path }) => call === kind && ours(path)).length
        it.each(Array.from({ length: count }, (_, i) => i + 1))(
          `${act.errno} at ${kind} %i is 10 and ${code}; what was not acknowledged is not there; a retry finishes`,
          async (at) => {
            const target = command.target(`${act.errno} ${kind} ${at}`)
            const end = await command.run(target, { calls: [kind], ...onlyOurs(kind), at, act })
            // Two threads: the last few calls of a kind may be fewer this time, and then nothing failed.
            const failed = callsOf(readLog(end.log)).length >= at
            if (failed) expect([end.code, codesOf(end)]).toEqual([10, [code]])
            expect(command.wrongIn(target, end, true)).toEqual([])
            const again = await command.run(target)
            expect([again.code, again.err]).toEqual([0, ''])
            expect(command.wrongAtEnd(target)).toEqual([])
            expect(untrueAcks([end, again])).toEqual([])
            command.remove(target)
          },
        )
      }
    }

    it('every sync from the first on fails: nothing is acknowledged, nothing is there', async () => {
      const target = command.target('dead disk')
      const end = await command.run(target, {
        calls: ['fsync', 'fdatasync'],
        at: 1,
        onwards: true,
        act: fail('EIO'),
      })
      expect(end.code).toBe(10)
      expect(command.wrongIn(target, end, true)).toEqual([])
      command.remove(target)
    })

    it('a write that does only half is gone on with', async () => {
      const target = command.target('short')
      const end = await command.run(target, {
        calls: ['write'],
        at: 1,
        onwards: true,
        act: { kind: 'short' },
      })
      expect([end.code, end.err]).toEqual([0, ''])
      expect(command.wrongAtEnd(target)).toEqual([])
      command.remove(target)
    })
  })

  describe(`${name}, a place that does not take it`, () => {
    it.skipIf(!IS_ROOT)('a full disk (F5) is 10; after space is made the same command goes on', async () => {
      const target = command.target('small disk')
      mkdirSync(target)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', target])
      try {
        const end = await command.run(target)
        expect([end.code, codesOf(end)]).toEqual([10, ['NO_SPACE']])
        expect(command.wrongIn(target, end, true)).toEqual([])
        execFileSync('mount', ['-o', 'remount,size=64m', target])
        expect((await command.run(target)).code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
      } finally {
        execFileSync('umount', [target])
        command.remove(target)
      }
    })

    it.skipIf(!IS_ROOT)('a read-only place (F9) is 10 and stays empty', async () => {
      const target = command.target('read-only')
      mkdirSync(target)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', target])
      try {
        const end = await command.run(target)
        expect([end.code, codesOf(end)]).toEqual([10, ['READ_ONLY']])
      } finally {
        execFileSync('umount', [target])
        command.remove(target)
      }
    })

    it('a limit on the size of files (F7) is 10 for the big one alone', async () => {
      const target = command.target('limited')
      const end = await command.run(target, {}, { under: ['bash', '-c', 'ulimit -f 500; exec "$@"', '-'] })
      expect([end.code, codesOf(end)]).toEqual([10, ['FILE_TOO_BIG']])
      expect(command.wrongIn(target, end, true)).toEqual([])
      expect((await command.run(target)).code).toBe(0)
      expect(command.wrongAtEnd(target)).toEqual([])
      command.remove(target)
    })
  })
}
