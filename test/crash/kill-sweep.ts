import { afterAll, describe, expect, it } from 'vitest'
import { callsOf, type LoggedCall, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { untrueAcks } from '../support/faults-durability.ts'

/** A call at which a run is killed: its number, and what it is, for the test's title. */
type KillPoint = { readonly at: number; readonly words: string }

/** Runs a command once and gives every call that changes or syncs something: all of them, none hand-picked. */
async function killPoints(command: FaultCommand): Promise<readonly KillPoint[]> {
  const target = command.target('probe')
  const { code, log } = await command.run(target)
  command.remove(target)
  if (code !== 0) throw new Error(`${command.name} ended with ${code} without any fault`)
  return callsOf(readLog(log)).map((call) => ({ at: call.n, words: wordsOf(call, command) }))
}

/**
 * Kills a command at every file-system call, and at every half-done write; then runs it again. Two threads
 * don't make their calls in one order each time: the call in a title is the one that it was in a first run.
 */
export async function killSweep(name: 'seal' | 'unseal'): Promise<void> {
  const command = await FaultCommand.create(name)
  const points = await killPoints(command)
  const writes = points.filter(({ words }) => words.startsWith('write'))
  let killed = 0
  afterAll(() => command[Symbol.dispose]())

  const killAndRunAgain = async (target: string, fault: Parameters<FaultCommand['run']>[1]) => {
    const end = await command.run(target, fault)
    // The last few calls may be fewer this time: then it has finished.
    if (end.signal === 'SIGKILL') killed++
    else expect([end.code, end.signal]).toEqual([0, null])
    expect(command.wrongIn(target, end, false)).toEqual([])
    const again = await command.run(target)
    expect([again.code, again.err]).toEqual([0, ''])
    expect(command.wrongAtEnd(target)).toEqual([])
    expect(untrueAcks([end, again])).toEqual([])
    command.remove(target)
  }

  describe(`${name}, killed`, () => {
    it('and not killed calls nothing done that a power cut could undo, and only reads its sources', async () => {
      const target = command.target('whole')
      const end = await command.run(target)
      expect(end.code).toBe(0)
      expect(command.wrongAtEnd(target)).toEqual([])
      expect(untrueAcks([end])).toEqual([])
      const touched = callsOf(readLog(end.log)).filter(({ path }) => path.startsWith(command.source))
      expect(touched).toEqual([])
    })

    it.each(points)('at call $at ($words), leaves nothing half-made and finishes when run again', ({ at }) =>
      killAndRunAgain(command.target(at), { at, act: { kind: 'kill' } }),
    )

    it.each(writes.map((_, i) => i + 1))(
      'amid write %i leaves nothing half-made and finishes when run again',
      (at) => killAndRunAgain(command.target(`torn ${at}`), { calls: ['write'], at, act: { kind: 'torn' } }),
    )

    it('was really killed nearly each time', () => {
      const wanted = points.length + writes.length
      expect(killed).toBeGreaterThan(wanted * 0.9)
    })
  })
}

function wordsOf({ call, path, second }: LoggedCall, command: FaultCommand): string {
  const short = (full: string) =>
    full.slice(command.folder.length + 1).replace(/\.strongroom-[^/]*\.tmp/, '<temporary>')
  return [call, short(path), ...(second === undefined ? [] : ['→', short(second)])].join(' ')
}
