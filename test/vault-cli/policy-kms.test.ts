import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf } from '../support/cli.ts'
import { startKms } from '../support/kms.ts'
import { KmsVault } from '../support/kms-vault.ts'

/** Rules about who can open what, with keys of moto behind the gate. */
describe('required recipients and allowed keys', () => {
  let kms: Awaited<ReturnType<typeof startKms>>
  let vault: KmsVault
  let one: string
  let two: string
  beforeAll(async () => {
    kms = await startKms()
    one = (await kms.gate.createKey({ alias: 'alias/one' })).arn
    two = (await kms.gate.createKey({ alias: 'alias/two' })).arn
    vault = await KmsVault.create(kms.gate, [one])
    await vault.device.does('mkdir', '/Legal')
    await vault.device.does('add', vault.source('deed', 'deed'), '--into', '/Legal')
    await vault.device.does('add', vault.source('note', 'note'))
  })
  afterAll(async () => {
    vault[Symbol.dispose]()
    await kms[Symbol.asyncDispose]()
  })

  async function denied(command: string, ...words: readonly string[]) {
    const end = await vault.device.run(command, ...words)
    expect([codesOf(end), end.code], `${command} ${words.join(' ')}`).toEqual([['POLICY_DENIED'], 6])
    return end.lines.find(({ type }) => type === 'error')
  }

  it('a key that is not allowed is not added, and AWS is asked nothing with it', async () => {
    await vault.device.does('policy set', 'keys', one)
    const told = await denied('key add', '--kms-key', two)
    expect(told?.message).toContain(two)
    expect(kms.gate.calls.some(({ operation, key }) => key === two && operation === 'Encrypt')).toBe(false)
    await vault.device.does('policy set', 'keys', one, two)
    await vault.device.does('key add', '--kms-key', two)
  })

  it('what is there and breaks a new rule is named, with the job that mends it', async () => {
    const { device } = vault
    const rule = ['recipients', 'all', one, two, '--folder', '/Legal'] as const
    const end = await device.run('policy set', ...rule)
    expect([codesOf(end), end.code]).toEqual([['POLICY_CONFIRMATION'], 6])
    const dry = await device.does('policy set', ...rule, '--dry-run')
    expect(dry.lines.at(-1)).toMatchObject({
      breaks: [{ rule: 'recipients', setAt: '/Legal', versions: 1, paths: ['/Legal/deed'], mend: 'rewrap' }],
    })
    await device.does('policy set', ...rule, '--yes')
    const check = await device.run('policy check')
    expect([check.code, check.lines.at(-1)]).toMatchObject([6, { breaks: [{ paths: ['/Legal/deed'] }] }])
  })

  it('--mend moves what breaks the rule, and nothing else', async () => {
    const { device } = vault
    const before = await device.item('/note')
    const set = ['recipients', 'all', one, two, '--folder', '/Legal', '--yes', '--mend'] as const
    const { lines } = await device.does('policy set', ...set)
    expect(lines.at(-1)).toMatchObject({ set: true, mended: 1 })
    expect((await device.does('policy check')).lines.at(-1)).toMatchObject({ breaks: [] })
    expect(await device.item('/note')).toEqual(before)
    // Of both keys each alone opens it now; of the note only the first.
    const byTwo = kms.gate.fault({ operation: 'Decrypt', key: one }, { kind: 'refuse' })
    expect(await device.cat('/Legal/deed')).toBe('deed')
    expect((await device.run('cat', '/note')).code).toBe(5)
    byTwo()
  })

  it('a required key is not left out of new files; another one is', async () => {
    const told = await denied('key remove', two)
    expect(told?.message).toContain('set on /Legal')
    await vault.device.does('policy set', 'recipients', 'any', one, two, '--folder', '/Legal')
    await vault.device.does('key remove', two)
    await vault.device.does('add', vault.source('second', 'second'), '--into', '/Legal')
  })

  it('where a required key is missing nothing is added; elsewhere it is', async () => {
    const { device } = vault
    await device.does('policy set', 'recipients', 'all', one, two, '--folder', '/Legal', '--yes')
    const told = await denied('add', vault.source('third', 'third'), '--into', '/Legal')
    expect(told?.message).toContain('strongroom key add')
    await denied('add', vault.source('third', 'third'), '--into', '/Legal/below')
    expect(await device.paths()).not.toContain('/Legal/third')
    await device.does('add', vault.work.at('third'))
    const check = await device.run('policy check')
    expect(check.lines.at(-1)).toMatchObject({ breaks: [{ mend: 'add-recipient', versions: 1 }] })
    const why = await device.does('policy explain', 'add', '/Legal')
    expect(why.lines.at(-1)).toMatchObject({ verdict: 'denied', setAt: '/Legal' })
    const key = await device.does('policy explain', 'remove-recipient', '--key', one)
    expect(key.lines.at(-1)).toMatchObject({ verdict: 'denied' })
  })
})
