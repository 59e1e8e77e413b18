import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, codesOf, filesOf, RawKey, startCli } from '../support/cli.ts'
import { callsOf, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { untrueAcks } from '../support/faults-durability.ts'
import { readTree, temporaries, WorkFolder } from '../support/tree.ts'
import { makeSparse } from '../support/tree-make.ts'

/** Every second call: the kill sweep covers each, and here the main thread sees the signal a little later anyway. */
const STEP = 2

/** A mebibyte takes two milliseconds, so a second is plenty; the rest is for a busy machine. */
const GIVE_UP_MS = 4_000

const commands = [await FaultCommand.create('seal'), await FaultCommand.create('unseal')]
const points = new Map<FaultCommand, readonly number[]>()
for (const command of commands) {
  const target = command.target('probe')
  const calls = callsOf(readLog((await command.run(target)).log))
  command.remove(target)
  points.set(
    command,
    calls.map(({ n }) => n).filter((n) => n % STEP === 1),
  )
}
afterAll(() => {
  for (const command of commands) command[Symbol.dispose]()
})

describe.each(commands)('$name, interrupted by Ctrl-C', (command) => {
  const numbers = points.get(command) ?? []
  let interrupted = 0

  it.each(numbers)(
    'at call %i leaves nothing half-made, says 130, and goes on when run again',
    async (at) => {
      const target = command.target(`interrupted ${at}`)
      const end = await command.run(target, { at, act: { kind: 'signal', signal: 'SIGINT' } })
      expect([end.signal, end.err]).toEqual([null, ''])
      const stopped = end.code === 130
      expect(end.lines.at(-1)).toMatchObject({ type: 'result', stopped, failed: [] })
      expect(command.wrongIn(target, end, true)).toEqual([])
      expect(command.leftIn(target)).toEqual([])
      if (stopped) interrupted++
      else {
        // It came when all files were done, and only their folders' times were missing.
        expect(end.code).toBe(0)
        expect(command.wrongAtEnd(target)).toEqual([])
      }
      const again = await command.run(target)
      expect(again.code).toBe(0)
      expect(filesOf(again, 'skipped').length).toBe(filesOf(end, 'done').length)
      expect(command.wrongAtEnd(target)).toEqual([])
      expect(untrueAcks([end, again])).toEqual([])
      command.remove(target)
    },
  )

  it('was really interrupted most times', () => {
    expect(interrupted).toBeGreaterThan(numbers.length * 0.7)
  })
})

describe('a big file', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is given up soon after %s', async (signal) => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    makeSparse(work.at('big'), 8 * 1024 ** 3)
    const running = startCli(['seal', work.at('big'), '--to', work.at('to'), '--json', ...key.options])
    while (temporariesIn(work).length === 0) await sleep(5)
    await sleep(300)
    const sentAtMs = performance.now()
    running.signal(signal)
    const { code, err } = await running.ended
    expect(performance.now() - sentAtMs).toBeLessThan(GIVE_UP_MS)
    expect([code, err]).toEqual([130, ''])
    expect([...readTree(work.at('to')).keys()]).toEqual([''])
  })
})

describe('a second Ctrl-C', () => {
  it.each(commands)('ends $name at once; what it leaves the same command clears away', async (command) => {
    const target = command.target('twice')
    const end = await command.run(target, {
      at: 20,
      onwards: true,
      act: { kind: 'signal', signal: 'SIGINT' },
    })
    expect([end.code, end.signal]).toEqual([130, null])
    expect(command.wrongIn(target, end, false)).toEqual([])
    const again = await command.run(target)
    expect(again.code).toBe(0)
    expect(command.wrongAtEnd(target)).toEqual([])
    command.remove(target)
  })
})

describe('a folder sealed while another run of the same command is killed', () => {
  it('keeps the temporary files of a live run, and loses those of a dead one', async () => {
    using work = new WorkFolder()
    const key = new RawKey(work.path)
    makeSparse(work.at('big'), 2 * 1024 ** 3)
    makeSparse(work.at('small'), 1_000)
    const first = startCli(['seal', work.at('big'), '--to', work.at('to'), '--json', ...key.options])
    while (temporariesIn(work).length === 0) await sleep(5)
    const [live] = temporariesIn(work)

    const second = await cli(['seal', work.at('small'), '--to', work.at('to'), ...key.options])
    expect([second.code, codesOf(second)]).toEqual([0, []])
    expect(temporariesIn(work)).toEqual([live])

    first.signal('SIGKILL')
    expect((await first.ended).signal).toBe('SIGKILL')
    expect(temporariesIn(work)).toEqual([live])
    const third = await cli(['seal', work.at('small'), '--to', work.at('to'), '--keep-both', ...key.options])
    expect(third.code).toBe(0)
    expect(temporariesIn(work)).toEqual([])
    expect([...readTree(work.at('to')).keys()]).toEqual(['', 'small (2).sealed', 'small.sealed'])
  })
})

function temporariesIn(work: WorkFolder): readonly string[] {
  return temporaries(work.path)
}
