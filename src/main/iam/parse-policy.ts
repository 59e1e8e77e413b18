import { utf8Bytes } from '../base/index.ts'
import { doubledMember } from './json-members.ts'
import { isObject, isText, parseStatement } from './parse-statement.ts'
import type { Policy, PolicyKind, Statement } from './policy.ts'

/** Key policies hold at most 32 KiB (KMS guide, "Key policy format"); the other kinds hold less. */
export const MAX_POLICY_BYTES = 32 * 1024

/** Something in a policy's text that AWS refuses or that does not mean what it seems to. */
export type Problem = {
  /** `error`: AWS refuses it, or it can't be read. `warning`: accepted, and likely not what was meant. */
  readonly severity: 'error' | 'warning'
  /** Number of the statement, from 1; null: the policy as a whole. */
  readonly statement: number | null
  readonly sid: string | null
  /** The element: `Version`, `Action`, `Condition.StringEquals`…; empty for the text as a whole. */
  readonly element: string
  readonly message: string
}

/**
 * `unreadable`: no policy at all. `read`: a policy; statements with an error in `problems` stay in it, marked
 * `unread`, so that no answer can be given as if they were not there.
 */
export type ParsedPolicy =
  | { readonly kind: 'read'; readonly policy: Policy; readonly problems: readonly Problem[] }
  | { readonly kind: 'unreadable'; readonly problems: readonly Problem[] }

/**
 * Reads the JSON text of a policy. Nothing is dropped: what is not understood is a problem.
 *
 * @param name the policy in words, for traces and findings
 */
export function parsePolicy(text: string, kind: PolicyKind, name: string = NAMES[kind]): ParsedPolicy {
  const bytes = utf8Bytes(text).length
  if (bytes > MAX_POLICY_BYTES)
    return unreadable('', `The text has ${bytes} bytes; a policy has at most ${MAX_POLICY_BYTES}.`)
  const value = parseJson(text)
  if (!isObject(value)) return unreadable('', 'The text is not a JSON object.')
  const doubled = doubledMember(text)
  if (doubled !== undefined)
    return unreadable(doubled, `${doubled} stands twice: which one counts is not defined.`)

  const problems: Problem[] = []
  const note = (severity: Problem['severity'], element: string, message: string): void => {
    problems.push({ severity, statement: null, sid: null, element, message })
  }
  for (const member of Object.keys(value)) {
    if (member === 'Version' || member === 'Id' || member === 'Statement') continue
    return unreadable(member, `A policy has no element ${member}.`)
  }
  const version = value.Version ?? '2008-10-17'
  if (version !== '2012-10-17' && version !== '2008-10-17')
    return unreadable(
      'Version',
      `There is no version ${JSON.stringify(version)}; 2012-10-17 is the one to use.`,
    )
  if (version !== '2012-10-17')
    note(
      'warning',
      'Version',
      'Version 2008-10-17, which is also the default, knows no variables: use 2012-10-17.',
    )
  if (value.Id !== undefined && !isText(value.Id)) note('error', 'Id', 'Id must be text.')
  if (kind === 'key' && /[^\t\n\r\x20-\x7e\xa0-\xff]/.test(text))
    note('error', '', 'A key policy holds only printable characters of Latin-1.')

  const list = Array.isArray(value.Statement) ? value.Statement : [value.Statement]
  if (value.Statement === undefined || list.length === 0)
    return unreadable('Statement', 'A policy needs at least one statement.')
  const statements: Statement[] = []
  for (const [index, item] of list.entries()) {
    if (!isObject(item)) return unreadable(`Statement[${index}]`, `Statement ${index + 1} is not an object.`)
    const parsed = parseStatement(item, index + 1, kind)
    statements.push(parsed.statement)
    problems.push(...parsed.problems)
  }
  problems.push(...doubledSids(statements))
  return { kind: 'read', policy: { kind, name, version, statements }, problems }
}

const NAMES: Readonly<Record<PolicyKind, string>> = {
  key: 'key policy',
  identity: 'identity policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  scp: 'service control policy',
  rcp: 'resource control policy',
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(element: string, message: string): ParsedPolicy {
  return {
    kind: 'unreadable',
    problems: [{ severity: 'error', statement: null, sid: null, element, message }],
  }
}

/** A Sid names one statement; the same twice is refused in an identity policy and misleads in any. */
function doubledSids(statements: readonly Statement[]): readonly Problem[] {
  const first = new Map<string, number>()
  return statements.flatMap(({ sid, number }): Problem[] => {
    if (sid === null) return []
    const before = first.get(sid)
    if (before === undefined) first.set(sid, number)
    if (before === undefined) return []
    const message = `Statement ${before} has the same Sid.`
    return [{ severity: 'warning', statement: number, sid, element: 'Sid', message }]
  })
}
