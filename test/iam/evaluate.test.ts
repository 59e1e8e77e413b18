import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/main/iam/index.ts'
import { ask, callerOf, policyOf } from './ask.ts'
import { ALICE, allow, type Case, deny, KEY, permit, ROOT, when } from './cases/case.ts'
import { elementCases } from './cases/elements.ts'
import { evaluationCases } from './cases/evaluation.ts'
import { kmsCases } from './cases/kms.ts'
import { operatorCases } from './cases/operators.ts'

const TABLE: Readonly<Record<string, readonly Case[]>> = {
  'condition operators': operatorCases,
  'elements and principals': elementCases,
  'policies together': evaluationCases,
  'KMS keys and grants': kmsCases,
}

for (const [theme, cases] of Object.entries(TABLE))
  describe(`as AWS documents ${theme}`, () => {
    it.each(cases.map((one) => [one.says, one] as const))('%s', (_, one) => {
      const decision = ask(one)
      expect(decision.answer, `${one.page}\n${decision.reason}`).toBe(one.answer)
      expect(decision.missing.length > 0).toBe(one.answer === 'cannot-decide')
    })
  })

describe('an answer', () => {
  it('rests on a table of at least 120 cases, each with its page', () => {
    const all = Object.values(TABLE).flat()
    expect(all.length).toBeGreaterThanOrEqual(120)
    expect(all.filter(({ page }) => !page.startsWith('https://docs.aws.amazon.com/'))).toEqual([])
    expect(new Set(all.map((one) => JSON.stringify({ ...one, says: '', page: '' }))).size).toBe(all.length)
  })

  it('says which statement and which element decided', () => {
    const { reason, statements } = ask({
      says: '',
      page: '',
      answer: 'denied',
      key: [
        allow(ALICE),
        deny('*', 'kms:Decrypt', { Sid: 'no', ...when('StringEquals', 'aws:RequestedRegion', 'us-west-2') }),
      ],
    })
    expect(reason).toBe('Statement 2 of the key policy denies it, and a deny always wins.')
    expect(statements[1]).toMatchObject({ number: 2, sid: 'no', applies: 'yes' })
    expect(statements[1]?.elements.map(({ element, outcome }) => [element, outcome])).toEqual([
      ['Principal', 'yes'],
      ['Action', 'yes'],
      ['Resource', 'yes'],
      ['Condition StringEquals aws:RequestedRegion', 'yes'],
    ])
  })

  it('teaches that IAM alone is not enough', () => {
    const decision = ask({ says: '', page: '', answer: 'denied', key: [allow(`${ALICE}2`)], own: [permit()] })
    expect(decision.reason).toBe(
      'An identity policy allows it, but the key policy does not leave it to identity policies.',
    )
  })

  it('that can’t be given names what is missing', () => {
    const decision = ask({
      says: '',
      page: '',
      answer: 'cannot-decide',
      key: [allow(ALICE, 'kms:*', when('StringEquals', 'aws:PrincipalOrgID', 'o-1'))],
    })
    expect(decision.missing).toEqual(['aws:PrincipalOrgID'])
  })

  it('names the kinds of policy that were not looked at', () => {
    const request = { caller: callerOf(ALICE), action: 'kms:Decrypt', resource: KEY }
    const decision = evaluate(request, { keyPolicy: policyOf('key', [allow(ALICE), allow(ROOT)]) })
    expect(decision.answer).toBe('allowed')
    expect(decision.notLookedAt).toEqual([
      'identity policies',
      'grants',
      'permissions boundary',
      'session policy',
      'service control policies',
      'resource control policies',
      'VPC endpoint policy',
    ])
  })
})
