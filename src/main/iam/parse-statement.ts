import { operatorProblem } from './operators.ts'
import type { Problem } from './parse-policy.ts'
import type {
  Condition,
  ListElement,
  PolicyKind,
  PrincipalElement,
  PrincipalValue,
  Statement,
} from './policy.ts'
import { principalProblem } from './principal.ts'

type JsonRecord = Readonly<Record<string, unknown>>

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isObject = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

/** Reads one statement; each fault is a problem and a line of its `unread`. */
export function parseStatement(
  item: JsonRecord,
  number: number,
  kind: PolicyKind,
): { readonly statement: Statement; readonly problems: readonly Problem[] } {
  const sid = isText(item.Sid) ? item.Sid : null
  const problems: Problem[] = []
  const note: Note = (element, message, severity = 'error') => {
    problems.push({ severity, statement: number, sid, element, message })
  }
  for (const element of Object.keys(item))
    if (!ELEMENTS.has(element)) note(element, `A statement has no element ${element}.`)
  if (item.Sid !== undefined && sid === null) note('Sid', 'Sid must be text.')
  if (item.Effect !== 'Allow' && item.Effect !== 'Deny')
    note('Effect', 'Effect must be Allow or Deny, spelled so.')

  const statement = {
    number,
    sid,
    effect: item.Effect === 'Deny' ? ('Deny' as const) : ('Allow' as const),
    principal: parsePrincipal(item, kind, note),
    action: parseList(item, 'Action', note) ?? { except: false, values: [] },
    resource: parseList(item, 'Resource', note),
    conditions: parseConditions(item.Condition, note),
  }
  if (item.Action === undefined && item.NotAction === undefined) note('Action', 'Action is missing.')
  for (const action of statement.action.values)
    if (action !== '*' && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(action))
      note('Action', `${JSON.stringify(action)} is no action: they look like kms:Decrypt.`)
  if (statement.resource === null && item.Resource === undefined && item.NotResource === undefined)
    note(
      'Resource',
      'Resource is missing: AWS accepts the statement in a key policy, where it has no effect.',
      kind === 'key' ? 'warning' : 'error',
    )
  const unread = problems
    .filter(({ severity }) => severity === 'error')
    .map(({ element, message }) => `${element}: ${message}`)
  return { statement: { ...statement, unread }, problems }
}

type Note = (element: string, message: string, severity?: Problem['severity']) => void

/** `X` or `NotX`; null if neither is there. Both at once is refused. */
function parseList(item: JsonRecord, element: 'Action' | 'Resource', note: Note): ListElement | null {
  const [plain, except] = [item[element], item[`Not${element}`]]
  if (plain !== undefined && except !== undefined)
    note(element, `${element} and Not${element} exclude each other.`)
  const value = plain ?? except
  if (value === undefined) return null
  const values = texts(value)
  if (values === undefined || values.length === 0)
    note(element, `${element} must be text or a list of texts.`)
  return { except: plain === undefined, values: values ?? [] }
}

function parsePrincipal(item: JsonRecord, kind: PolicyKind, note: Note): PrincipalElement | null {
  const { Principal: plain, NotPrincipal: except } = item
  const needed = kind === 'key' || kind === 'rcp'
  if (plain !== undefined && except !== undefined)
    note('Principal', 'Principal and NotPrincipal exclude each other.')
  const value = plain ?? except
  const element = plain === undefined ? 'NotPrincipal' : 'Principal'
  if (value === undefined) {
    if (needed) note('Principal', 'Principal is missing: a policy on a key says whom it is about.')
    return null
  }
  if (!needed) note(element, 'Only a policy on a resource names principals.')
  if (value === '*') return { except: plain === undefined, values: [{ type: '*', value: '*' }] }
  if (!isObject(value)) {
    note(element, `${element} must be "*" or an object such as {"AWS": …}.`)
    return { except: plain === undefined, values: [] }
  }
  const values = Object.entries(value).flatMap(([type, names]) => principalValues(type, names, element, note))
  if (values.length === 0) note(element, `${element} names nobody.`)
  return { except: plain === undefined, values }
}

function principalValues(
  type: string,
  names: unknown,
  element: string,
  note: Note,
): readonly PrincipalValue[] {
  if (type !== 'AWS' && type !== 'Service' && type !== 'Federated' && type !== 'CanonicalUser') {
    note(`${element}.${type}`, `There are no principals of type ${type}.`)
    return []
  }
  const list = texts(names)
  if (list === undefined) note(`${element}.${type}`, 'Principals are text or a list of texts.')
  return (list ?? []).map((name) => {
    if (type === 'AWS' && name === '*') return { type: '*', value: '*' }
    const problem = principalProblem(type, name)
    if (problem !== undefined) note(`${element}.${type}`, problem)
    return { type, value: name }
  })
}

function parseConditions(value: unknown, note: Note): readonly Condition[] {
  if (value === undefined) return []
  if (!isObject(value)) {
    note('Condition', 'Condition must be an object of operators.')
    return []
  }
  return Object.entries(value).flatMap(([operator, keys]): Condition[] => {
    const element = `Condition.${operator}`
    const problem = operatorProblem(operator)
    if (problem !== undefined) note(element, problem)
    if (!isObject(keys)) {
      note(element, 'An operator holds an object of keys and values.')
      return []
    }
    return Object.entries(keys).flatMap(([key, wanted]): Condition[] => {
      const values = texts(wanted)
      if (values === undefined)
        note(`${element}.${key}`, 'Values are text, numbers, true or false, or a list of them.')
      return values === undefined ? [] : [{ operator, key, values }]
    })
  })
}

/** One value or a list of them, each as text; undefined for anything else. */
function texts(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const plain = list.map((item) => {
    if (typeof item === 'boolean' || typeof item === 'number') return String(item)
    return isText(item) ? item : undefined
  })
  return plain.includes(undefined) ? undefined : plain.filter((item) => item !== undefined)
}
