import { afterAll, beforeAll, expect, it } from 'vitest'
import { cli, codesOf } from '../support/cli.ts'
import { startKms } from '../support/kms.ts'
import { KmsVault } from '../support/kms-vault.ts'

/** `strongroom kms …`, against moto behind the gate: what the gate enforces is the gate’s word. */
let kms: Awaited<ReturnType<typeof startKms>>
beforeAll(async () => {
  kms = await startKms()
})
afterAll(() => kms[Symbol.asyncDispose]())

const document = async (...words: readonly string[]) => {
  const { startCli } = await import('../support/cli.ts')
  const { code, out, err } = await startCli(['kms', ...words, '--json'], { env: kms.gate.env() }).ended
  expect([code, err], words.join(' ')).toEqual([0, ''])
  return JSON.parse(out)
}

it('describe, rotation and policy say what AWS says, and rotation changes it', async () => {
  await kms.gate.createKey({ alias: 'alias/command-facts' })
  expect(await document('describe', 'alias/command-facts')).toMatchObject({
    state: 'Enabled',
    manager: 'customer',
  })
  expect((await document('rotation', 'alias/command-facts')).rotation).toMatchObject({
    value: { kind: 'off' },
  })
  const on = await document('rotation', 'alias/command-facts', '--on', '--days', '200')
  expect(on.rotation).toMatchObject({ value: { kind: 'on', periodDays: 200 } })
  const before = (await document('describe', 'alias/command-facts')).keyMaterialId
  await document('rotation', 'alias/command-facts', '--now')
  expect((await document('describe', 'alias/command-facts')).keyMaterialId).not.toBe(before)
  const { statements } = await document('policy', 'alias/command-facts')
  expect(statements).toEqual([expect.stringContaining('Account 123456789012 may')])
})

it('simulate answers for each call of the vault, and lint names what is dangerous', async () => {
  const key = await kms.gate.createKey()
  using vault = await KmsVault.create(kms.gate, [key.arn])
  const nobody = 'arn:aws:iam::123456789012:user/nobody'
  const { code, out } = await vault.device.say('kms simulate', '--as', nobody, '--json')
  expect(code).toBe(0)
  const [{ answers }] = JSON.parse(out).keys
  // The account delegates to IAM, and what IAM says of them was not given.
  expect(new Set(answers.map(({ decision }: { decision: { answer: string } }) => decision.answer))).toEqual(
    new Set(['cannot-decide']),
  )
  const sound = await vault.device.say('kms lint')
  expect([sound.code, sound.out]).toEqual([0, expect.stringContaining('nothing found')])
  const open = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' } as const
  key.setPolicy({ Version: '2012-10-17', Statement: [open] })
  const lint = await vault.device.say('kms lint')
  expect([lint.code, lint.out]).toEqual([4, expect.stringContaining('danger, statement 1')])
})

it('a key is not deleted while a file needs it; then it is, on a typed label, and can be kept again', async () => {
  const key = await kms.gate.createKey({ alias: 'alias/command-ends' })
  using vault = await KmsVault.create(kms.gate, [key.arn], '--no-recovery')
  await vault.device.does('add', vault.source('a', 'one'))
  const refused = await vault.device.run('kms schedule-deletion', 'command-ends', '--confirm', 'command-ends')
  expect([codesOf(refused), refused.code]).toEqual([['KEY_NEEDED'], 6])
  const other = await kms.gate.createKey({ alias: 'alias/command-other' })
  await vault.device.does('key add', '--kms-key', other.arn)
  await vault.device.does('key rewrap')
  const mistyped = await vault.device.run('kms schedule-deletion', 'command-ends', '--confirm', 'end')
  expect([codesOf(mistyped), mistyped.code]).toEqual([['USAGE'], 2])
  expect(key.state).toBe('Enabled')
  await vault.device.does('kms schedule-deletion', 'command-ends', '--confirm', 'command-ends', '--days', '7')
  expect(key.state).toBe('PendingDeletion')
  // By the other key everything opens.
  expect(await vault.device.cat('/a')).toBe('one')
  const kept = await cli(['kms', 'cancel-deletion', key.arn, '--enable'], { env: kms.gate.env() })
  expect([codesOf(kept), kept.code, key.state]).toEqual([[], 0, 'Enabled'])
})
