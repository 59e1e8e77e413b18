import { type ItemId, type KeyId, parseId, ROOT_ID } from '../../src/main/contract/ids.ts'
import {
  type Act,
  decide,
  type KeyFacts,
  type Place,
  type Policy,
  parsePolicy,
  parseRule,
  type Rule,
  settingName,
} from '../../src/main/policy/index.ts'

function id<T extends ItemId | KeyId>(digit: string): T {
  return parseId<T>(digit.repeat(32)) ?? never(digit)
}

function never(text: string): never {
  throw new Error(`no id or rule: ${text}`)
}

export const HOME: KeyFacts = { keyId: id('a'), label: 'Home', provider: 'local' }
export const TEAM: KeyFacts = {
  keyId: id('b'),
  label: 'Team',
  provider: 'kms',
  arn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
}
export const STRANGER: KeyId = id('c')

const TAX: ItemId = id('1')
const TAX_2026: ItemId = id('2')
const PHOTOS: ItemId = id('3')

/** Places of a small vault: /Tax/2026 and /Photos. */
export const ROOT: Place = [{ id: ROOT_ID, path: '/' }]
export const IN_TAX: Place = [{ id: TAX, path: '/Tax' }, ...ROOT]
export const IN_2026: Place = [{ id: TAX_2026, path: '/Tax/2026' }, ...IN_TAX]
export const IN_PHOTOS: Place = [{ id: PHOTOS, path: '/Photos' }, ...ROOT]
export const PLACES = [ROOT, IN_TAX, IN_2026, IN_PHOTOS]

const FOLDERS = { '/': ROOT_ID, '/Tax': TAX, '/Tax/2026': TAX_2026, '/Photos': PHOTOS } as const

/** “on /Tax: export no”, as the journal keeps it. */
export type Line = readonly [folder: keyof typeof FOLDERS, kind: string, text: string]

/** The policy that a journal with these settings tells. */
export function policyOf(...lines: readonly Line[]): Policy {
  const settings = lines.map(([folder, kind, text]) => [settingName(kind, FOLDERS[folder]), text] as const)
  return parsePolicy(new Map(settings), [HOME, TEAM])
}

export const ruleOf = (kind: string, text: string): Rule => parseRule(kind, text) ?? never(`${kind} ${text}`)

/** The verdict, and the folder whose rule made it. */
export function verdictOf(policy: Policy, act: Act, place: Place): readonly [string, string?] {
  const decision = decide(policy, act, place)
  return 'setAt' in decision ? [decision.verdict, decision.setAt] : [decision.verdict]
}
