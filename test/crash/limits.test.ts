import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, codesOf, filesOf, RawKey, startCli } from '../support/cli.ts'
import { callsOf, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { IS_ROOT } from '../support/process.ts'
import { differences, readTree, temporaries, WorkFolder } from '../support/tree.ts'
import { contents } from '../support/tree-make.ts'

const commands = [await FaultCommand.create('seal'), await FaultCommand.create('unseal')]
afterAll(() => {
  for (const command of commands) command[Symbol.dispose]()
})

const MANY = 600
const limitFiles = (count: number) => ['bash', '-c', `ulimit -n ${count}; exec "$@"`, '-']

describe('few open files (F8)', () => {
  it.each([64, 128])(
    '600 files with %i of them are sealed and opened, or refused with 10 and done later',
    async (limit) => {
      using work = new WorkFolder()
      const key = new RawKey(work.path)
      const under = limitFiles(limit)
      mkdirSync(work.at('tree'))
      for (let i = 0; i < MANY; i++) writeFileSync(work.at(`tree/${i}`), contents(`${i}`, (i * 53) % 4_000))
      const both = async (name: 'seal' | 'unseal', from: string, to: string) => {
        const args = [name, work.at(from), '--to', work.at(to), ...key.options]
        const end = await cli(args, { under })
        // Two threads share them: one may find none left while it has nothing open that it could finish.
        const refused = filesOf(end, 'failed').length
        expect([end.code, codesOf(end)]).toEqual(refused === 0 ? [0, []] : [10, ['TOO_MANY_FILES']])
        expect(filesOf(end, 'done').length + refused).toBe(MANY)
        expect(filesOf(end, 'done').length).toBeGreaterThan(MANY / 2)
        expect(end.out).not.toContain('/proc/')
        expect((await cli(args)).code).toBe(0)
      }
      await both('seal', 'tree', 'sealed')
      await both('unseal', 'sealed/tree', 'back')
      expect(differences(readTree(work.at('tree')), readTree(work.at('back/tree')))).toEqual([])
      expect(temporaries(work.path)).toEqual([])
    },
  )

  it.each(commands)(
    '$name that may not open one more file at some moment waits or says 10',
    async (command) => {
      const calls = ['create', 'open'] as const
      const probe = command.target('probe')
      const count = callsOf(readLog((await command.run(probe, { calls })).log)).length
      command.remove(probe)
      expect(count).toBeGreaterThan(20)
      for (let at = 1; at <= count; at += 2) {
        const target = command.target(`descriptors ${at}`)
        const end = await command.run(target, { calls, at, act: { kind: 'fail', errno: 'EMFILE' } })
        expect([at, end.code, codesOf(end)]).toEqual(
          end.code === 0 ? [at, 0, []] : [at, 10, expect.arrayContaining(['TOO_MANY_FILES'])],
        )
        // Paths are said as the person knows them, not as they are called by.
        expect(end.out).not.toContain('/proc/')
        expect(command.wrongIn(target, end, true)).toEqual([])
        expect(command.leftIn(target)).toEqual([])
        expect((await command.run(target)).code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
        command.remove(target)
      }
    },
  )
})

describe.skipIf(!IS_ROOT)('a disk of its own (needs root to mount one)', () => {
  it.each(commands)(
    '$name onto one without room for names (F5) is 10, and goes on after',
    async (command) => {
      const target = command.target('few names')
      mkdirSync(target)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,nr_inodes=7', 'tmpfs', target])
      try {
        const end = await command.run(target)
        expect([end.code, codesOf(end)]).toEqual([10, ['NO_SPACE']])
        expect(command.wrongIn(target, end, true)).toEqual([])
        expect(command.leftIn(target)).toEqual([])
        execFileSync('mount', ['-o', 'remount,nr_inodes=1000', target])
        expect((await command.run(target)).code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
      } finally {
        execFileSync('umount', [target])
        command.remove(target)
      }
    },
  )

  it.each(commands)(
    '$name that becomes read-only on the way (F9) is 10, and goes on after',
    async (command) => {
      const target = command.target('turned')
      mkdirSync(target)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', target])
      try {
        // When a folder is about to get its name: the kernel refuses while a file is open for writing.
        const fault = { calls: ['rename'], only: target, at: 2, act: { kind: 'stop' } } as const
        const { running, ended } = command.start(target, fault)
        await running.stopped()
        execFileSync('mount', ['-o', 'remount,ro', target])
        running.goOn()
        const end = await ended
        expect([end.code, codesOf(end)]).toEqual([10, expect.arrayContaining(['READ_ONLY'])])
        execFileSync('mount', ['-o', 'remount,rw', target])
        expect(command.wrongIn(target, end, true)).toEqual([])
        expect((await command.run(target)).code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
      } finally {
        execFileSync('umount', [target])
        command.remove(target)
      }
    },
  )

  it.each(commands)(
    '$name reads from a place that is read-only, and says 10 in place there',
    async (command) => {
      const target = command.target('from read-only')
      execFileSync('mount', ['--bind', '-o', 'ro', command.source, command.source])
      try {
        expect((await command.run(target)).code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
        const inPlace = await cli([command.name, command.source, ...command.keyOptions])
        expect([inPlace.code, codesOf(inPlace)]).toEqual([10, ['READ_ONLY']])
      } finally {
        execFileSync('umount', [command.source])
        command.remove(target)
      }
    },
  )
})

describe('words that find no room', () => {
  it.each(commands)('are no success: $name is done, and ends with 10', async (command) => {
    const target = command.target('full output')
    const outFd = openSync('/dev/full', 'w')
    const args = [command.name, command.source, '--to', target, '--json', ...command.keyOptions]
    const end = await startCli(args, { outFd }).ended
    closeSync(outFd)
    expect(end.code).toBe(10)
    expect(command.wrongAtEnd(target)).toEqual([])
    command.remove(target)
  })
})
