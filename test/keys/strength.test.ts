import { describe, expect, it } from 'vitest'
import { demandStrongPassphrase, passphraseSecret } from '../../src/main/keys/index.ts'
import { refusalOf } from '../support/refusal.ts'

const demand = async (text: string): Promise<void> => {
  using passphrase = passphraseSecret(new Uint8Array(new TextEncoder().encode(text)))
  await demandStrongPassphrase(passphrase)
}

it('the reason that a passphrase is refused for does not repeat it', async () => {
  for (const text of ['dragon1', 'asdfghjkl', '19840704', 'zzzzzzzzzzzz', 'mellonmellon']) {
    const { message, facts } = await refusalOf(demand(text))
    expect(`${message} ${JSON.stringify(facts)}`).not.toContain(text.slice(0, 6))
  }
})

describe('a passphrase to seal with', () => {
  it.each([
    'a',
    'password',
    'password1',
    'P@ssw0rd',
    'correcthorse',
    'qwertyuiop',
    '1234567890',
    'aaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    '2024-11-24',
    'iloveyou2',
    'strongroom',
  ])('is refused when it would soon be guessed: %s', async (text) => {
    const refused = await refusalOf(demand(text))
    expect(refused).toMatchObject({ code: 'PASSPHRASE_WEAK', exit: 2 })
    expect(refused.message).toMatch(/^This passphrase is too weak to keep files private\. .+\.?$/)
  })

  it.each([
    'correct horse battery staple lamp',
    'xK9$mQ2#vL7!',
    'seven wild horses of Tübingen 1782',
    'жёлтый подводный трамвай 47',
    '東京の静かな朝に猫が三匹いた',
  ])('is taken when it would not: %s', async (text) => {
    await expect(demand(text)).resolves.toBeUndefined()
  })

  it('of 60 KB takes seconds to judge, not minutes', async () => {
    const startedAtMs = performance.now()
    await demand(Array.from({ length: 9_000 }, (_, i) => `${i % 997}x${i}`).join(' '))
    expect(performance.now() - startedAtMs).toBeLessThan(10_000)
  })
})
