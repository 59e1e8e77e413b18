import { afterAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { type Act, callsOf, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { untrueAcks } from '../support/faults-durability.ts'

/** Every third call: the sweep of single faults covers each. */
const STEP = 3

const ways = [
  { name: 'seal', errno: 'ENOSPC', code: 'NO_SPACE' },
  { name: 'unseal', errno: 'EROFS', code: 'READ_ONLY' },
] as const

for (const { name, errno, code } of ways) {
  const command = await FaultCommand.create(name)
  afterAll(() => command[Symbol.dispose]())
  const probe = command.target('probe')
  const { log } = await command.run(probe, { only: `${probe}` })
  command.remove(probe)
  const numbers = callsOf(readLog(log))
    .map(({ n }) => n)
    .filter((n) => n % STEP === 1)

  describe(`${name}, from some call on refused by the disk (${errno})`, () => {
    it.each(numbers)(
      'call %i, ends with 10 and words for it, keeps what it called done, and later finishes',
      async (at) => {
        const target = command.target(at)
        const act: Act = { kind: 'fail', errno }
        const end = await command.run(target, { only: target, at, onwards: true, act })
        const wasHit = callsOf(readLog(end.log)).length >= at
        if (wasHit) {
          expect([end.code, end.signal]).toEqual([10, null])
          expect(codesOf(end)).toContain(code)
          // Files in a folder that could not be made are not found; nothing else may be said.
          expect(codesOf(end).filter((other) => other !== code && other !== 'NOT_FOUND')).toEqual([])
          for (const { message, next } of filesOf(end, 'failed')) {
            expect(message).toMatch(/^Can’t .+: .+\.$/)
            expect(message).not.toContain('/proc/')
            expect(next).toMatch(/^[A-Z].+\.$/)
          }
        }
        // What was named just before may stay: a disk that refuses everything refuses to take it back as well.
        expect(command.wrongIn(target, end, false)).toEqual([])
        const again = await command.run(target)
        expect([again.code, again.err]).toEqual([0, ''])
        expect(command.wrongAtEnd(target)).toEqual([])
        expect(untrueAcks([end, again])).toEqual([])
        command.remove(target)
      },
    )
  })
}
