import type { VaultId } from '../contract/ids.ts'
import { accessOf } from './compare.ts'
import { lintStatement } from './lint-statement.ts'
import { whatVaultNeeds } from './needs.ts'
import type { Problem } from './parse-policy.ts'
import { type Grant, nameOf, type Policy } from './policy.ts'
import { type Caller, parseCaller, principalProblem } from './principal.ts'

export type LintId =
  | 'anyone'
  | 'via-service-alone'
  | 'decrypt-for-all'
  | 'not-principal-allow'
  | 'unknown-principal'
  | 'foreign-account'
  | 'no-encryption-context'
  | 'wildcard-actions'
  | 'unread'
  | 'no-effect'
  | 'no-administrator'
  | 'locks-you-out'
  | 'missing-delegation'
  | 'missing-member'

/** @property evidence what stands in the policy · consequence what follows from it · fix what to write instead */
export type Finding = {
  readonly id: LintId
  readonly severity: 'danger' | 'warning' | 'note'
  /** Number of the statement; null: the policy as a whole. */
  readonly statement: number | null
  readonly evidence: string
  readonly consequence: string
  readonly fix: string
}

/** What is known about the key and its people. What is not given is not checked. */
export type LintFacts = {
  /** ARN of the key: its account is the one that delegation is looked for. */
  readonly keyArn: string
  readonly vaultId: VaultId
  /** Who edits the policy. */
  readonly self?: Caller
  /** ARNs of those who must be able to open the vault. */
  readonly members?: readonly string[]
  /** ARNs of those who may manage the key. */
  readonly admins?: readonly string[]
  readonly grants?: readonly Grant[]
}

const PUT_POLICY = { action: 'kms:PutKeyPolicy', encryptionContext: {} }

/** Finds what in a key policy is dangerous, without effect, or missing. */
export function lint(
  policy: Policy,
  facts: LintFacts,
  problems: readonly Problem[] = [],
): readonly Finding[] {
  return [
    ...unreadStatements(policy, problems),
    ...policy.statements.flatMap((statement) => lintStatement(statement, facts)),
    ...administrators(policy, facts),
    ...lockOut(policy, facts),
    ...delegation(policy, facts),
    ...missingMembers(policy, facts),
  ]
}

function unreadStatements(policy: Policy, problems: readonly Problem[]): readonly Finding[] {
  const ofStatements = policy.statements.flatMap((statement) =>
    statement.unread.map((text) => ({ statement, text })),
  )
  const whole = problems.filter(({ severity, statement }) => severity === 'error' && statement === null)
  const finding = (statement: number | null, evidence: string): Finding => ({
    id: 'unread',
    severity: 'danger',
    statement,
    evidence,
    consequence: 'AWS refuses such a policy, and what it would do can’t be told here.',
    fix: 'Mend it as the message says.',
  })
  return [
    ...whole.map(({ message }) => finding(null, message)),
    ...ofStatements.map(({ statement, text }) =>
      finding(statement.number, `In ${nameOf(statement)}: ${text}`),
    ),
  ]
}

/** Whoever could change the policy: principals named, each with the best policies of its own. */
function administrators(policy: Policy, { keyArn, grants }: LintFacts): readonly Finding[] {
  const candidates = policy.statements
    .filter(({ effect, principal }) => effect === 'Allow' && principal !== null)
    .flatMap(({ principal }) => principal?.values ?? [])
    .filter(({ type, value }) => type !== 'AWS' || principalProblem(type, value) === undefined)
    .flatMap(({ value }) => parseCaller(value === '*' ? ownRoot(keyArn) : value) ?? [])
    .filter(({ kind }) => kind !== 'service')
  const access = candidates.map((caller) => accessOf(caller, PUT_POLICY, keyArn, policy, grants))
  if (access.some((one) => one === 'by-itself' || one === 'with-own-policy')) return []
  const unsure = access.includes('unsure')
  return [
    {
      id: 'no-administrator',
      severity: unsure ? 'warning' : 'danger',
      statement: null,
      evidence: unsure
        ? 'Everyone whom the policy lets change it must meet conditions that may fail.'
        : 'No principal that the policy names can change it.',
      consequence: 'If nobody can call PutKeyPolicy, only AWS Support can make the key manageable again.',
      fix: `Allow kms:PutKeyPolicy to ${ownRoot(keyArn)}, without conditions.`,
    },
  ]
}

function lockOut(policy: Policy, { self, keyArn, grants }: LintFacts): readonly Finding[] {
  if (self === undefined) return []
  const access = accessOf(self, PUT_POLICY, keyArn, policy, grants)
  if (access === 'by-itself' || access === 'with-own-policy') return []
  const name = self.kind === 'service' ? self.name : self.arn
  return [
    {
      id: 'locks-you-out',
      severity: access === 'none' ? 'danger' : 'warning',
      statement: null,
      evidence:
        access === 'none'
          ? `With this policy ${name} may not call kms:PutKeyPolicy.`
          : `Whether ${name} may call kms:PutKeyPolicy hangs on facts that are not known here.`,
      consequence: 'You could not take this policy back yourself.',
      fix: `Allow kms:PutKeyPolicy to ${name}, or to its account.`,
    },
  ]
}

function delegation(policy: Policy, { keyArn, grants }: LintFacts): readonly Finding[] {
  const root = parseCaller(ownRoot(keyArn))
  if (root === undefined || accessOf(root, PUT_POLICY, keyArn, policy, grants) !== 'none') return []
  return [
    {
      id: 'missing-delegation',
      severity: 'warning',
      statement: null,
      evidence: `No statement lets ${ownRoot(keyArn)} change the policy.`,
      consequence:
        'IAM policies of the account have no say over the key. If those named here are deleted, it is unmanageable.',
      fix: `Allow the account at least kms:PutKeyPolicy: {"AWS": "${ownRoot(keyArn)}"}.`,
    },
  ]
}

function missingMembers(
  policy: Policy,
  { members = [], keyArn, vaultId, grants }: LintFacts,
): readonly Finding[] {
  return members.flatMap((member): Finding[] => {
    const caller = parseCaller(member)
    const lacks = whatVaultNeeds(vaultId).filter(
      (need) => caller === undefined || accessOf(caller, need, keyArn, policy, grants) === 'none',
    )
    if (lacks.length === 0) return []
    const actions = [...new Set(lacks.map(({ action }) => action))].join(', ')
    return [
      {
        id: 'missing-member',
        severity: lacks.some(({ essential }) => essential) ? 'danger' : 'warning',
        statement: null,
        evidence: `${member} may not call ${actions}, whatever its own policies say.`,
        consequence: `It can’t ${lacks.map(({ purpose }) => purpose).join(', ')}.`,
        fix: `Name ${member} in a statement that allows ${actions} with this vault’s encryption context.`,
      },
    ]
  })
}

function ownRoot(keyArn: string): string {
  const [, partition = 'aws', , , account = ''] = keyArn.split(':')
  return `arn:${partition}:iam::${account}:root`
}
