/** Asks the evaluator a case of the table, through the room's door. */
import {
  type Decision,
  evaluate,
  type KmsRequest,
  type Policies,
  type Policy,
  type PolicyKind,
  parseCaller,
  parsePolicy,
} from '../../src/main/iam/index.ts'
import { ALICE, type Case, type Json, KEY } from './cases/case.ts'

/** The policy of these statements; what can't be read at all is a mistake of the test. */
export function policyOf(kind: PolicyKind, Statement: readonly Json[], Version = '2012-10-17'): Policy {
  const parsed = parsePolicy(JSON.stringify({ Version, Statement }), kind)
  if (parsed.kind === 'read') return parsed.policy
  throw new Error(`not a policy: ${JSON.stringify(parsed.problems)}`)
}

export function callerOf(text: string) {
  const caller = parseCaller(text)
  if (caller === undefined) throw new Error(`not a caller: ${text}`)
  return caller
}

export function requestOf({
  caller = ALICE,
  action = 'kms:Decrypt',
  resource = KEY,
  pairs,
  context = {},
}: Case): KmsRequest {
  const request = { caller: callerOf(caller), action, resource, context }
  return pairs === undefined ? request : { ...request, encryptionContext: pairs }
}

export function policiesOf(one: Case): Policies {
  const levels = (kind: 'scp' | 'rcp', all: Case['scps']) =>
    all?.map((level) => [policyOf(kind, level)]) ?? null
  return {
    keyPolicy: policyOf('key', one.key, one.version),
    ...(one.own === 'unknown' ? {} : { identity: one.own?.length ? [policyOf('identity', one.own)] : [] }),
    ...(one.grants === 'unknown' ? {} : { grants: one.grants ?? [] }),
    boundary: one.boundary === undefined ? null : policyOf('boundary', one.boundary),
    session: one.session === undefined ? null : policyOf('session', one.session),
    scps: levels('scp', one.scps),
    rcps: levels('rcp', one.rcps),
  }
}

export const ask = (one: Case): Decision => evaluate(requestOf(one), policiesOf(one))
