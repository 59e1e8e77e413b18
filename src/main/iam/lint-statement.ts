import type { Finding, LintFacts } from './lint.ts'
import { covers, isContextKey, reachOf } from './lint-reach.ts'
import { matches, parsePattern } from './pattern.ts'
import { nameOf, type PrincipalValue, type Statement } from './policy.ts'
import { accountNamed, isUniqueId } from './principal.ts'
import { principalInWords } from './words.ts'

/** What is wrong with one statement by itself. */
export function lintStatement(statement: Statement, facts: LintFacts): readonly Finding[] {
  const found = (finding: Omit<Finding, 'statement'>): Finding => ({
    ...finding,
    statement: statement.number,
  })
  const findings = [...deletedPrincipals(statement), ...withoutResource(statement)]
  if (statement.effect === 'Allow') findings.push(...openTo(statement), ...tooMuch(statement, facts))
  return findings.map(found)
}

type Found = Omit<Finding, 'statement'>

/** Allow for everyone: by "*", or by naming only those left out. */
function openTo(statement: Statement): readonly Found[] {
  const { principal, conditions } = statement
  if (principal === null) return []
  const name = nameOf(statement)
  const found: Found[] = []
  if (principal.except)
    found.push({
      id: 'not-principal-allow',
      severity: 'danger',
      evidence: `In ${name}, NotPrincipal stands with Allow.`,
      consequence: 'It allows everyone in every account but those it lists.',
      fix: 'Name those who may under Principal.',
    })
  if (!principal.except && !principal.values.some(({ type }) => type === '*')) return found

  const reach = reachOf(statement)
  const viaService = conditions.some(({ key }) => key.toLowerCase() === 'kms:viaservice')
  if (reach === 'anyone' && viaService)
    found.push({
      id: 'via-service-alone',
      severity: 'danger',
      evidence: `In ${name}, kms:ViaService is all that limits who may call.`,
      consequence:
        'Anyone’s account can call by way of that service: it says how a call comes, not whose it is.',
      fix: 'Add kms:CallerAccount with your account, by StringEquals.',
    })
  if (reach === 'anyone')
    found.push({
      id: 'anyone',
      severity: 'danger',
      evidence: `${name} names everyone${conditions.length > 0 ? ', and its conditions don’t say who' : ''}.`,
      consequence:
        'Whoever has any AWS account can do what it allows. Negated conditions, IfExists and ForAllValues let them pass too.',
      fix: 'Name users and roles, or add kms:CallerAccount or aws:PrincipalOrgID by StringEquals.',
    })
  if (reach !== 'identities' && covers(statement, 'kms:Decrypt'))
    found.push({
      id: 'decrypt-for-all',
      severity: reach === 'anyone' ? 'danger' : 'warning',
      evidence: `${name} allows kms:Decrypt to ${reach === 'anyone' ? 'everyone' : 'every identity of whole accounts'}.`,
      consequence:
        'Each of them opens what this key protects; no policy of their own is needed in your account.',
      fix: 'Allow kms:Decrypt to members by name.',
    })
  return found
}

function deletedPrincipals({ principal, ...statement }: Statement): readonly Found[] {
  return (principal?.values ?? [])
    .filter(({ value }) => isUniqueId(value))
    .map(({ value }) => ({
      id: 'unknown-principal',
      severity: 'warning',
      evidence: `${nameOf(statement)} names ${value}.`,
      consequence: 'That is what is left of a user or role that was deleted. One of the same name is not it.',
      fix: 'Remove it, or name the new user or role.',
    }))
}

function withoutResource(statement: Statement): readonly Found[] {
  if (statement.resource !== null) return []
  return [
    {
      id: 'no-effect',
      severity: 'warning',
      evidence: `${nameOf(statement)} has no Resource.`,
      consequence: 'AWS keeps it, and it applies to no key.',
      fix: 'Add "Resource": "*", which means this key.',
    },
  ]
}

/** More than a vault's member or another account needs. */
function tooMuch(statement: Statement, { admins, keyArn }: LintFacts): readonly Found[] {
  const { principal, action, conditions } = statement
  const name = nameOf(statement)
  const account = keyArn.split(':')[4]
  const values = principal?.except === false ? principal.values : []
  const others = values.filter((value) => accountNamed(value) !== account && value.type === 'AWS')
  const found: Found[] = others.flatMap((value): Found[] => {
    if (accountNamed(value) === undefined) return []
    return [
      {
        id: 'foreign-account',
        severity: 'note',
        evidence: `${name} allows ${principalInWords(value)}.`,
        consequence: 'Who there may use the key is for that account to say, not for you.',
        fix: 'If you know which role it is, name the role.',
      },
    ]
  })
  const ordinary = others.filter(({ value }) => !(admins ?? []).includes(value))
  found.push(...wildcards(ordinary, action, name, admins !== undefined))
  const open = covers(statement, 'kms:Decrypt') && !conditions.some(({ key }) => isContextKey(key))
  if (ordinary.length > 0 && open)
    found.push({
      id: 'no-encryption-context',
      severity: 'note',
      evidence: `${name} allows kms:Decrypt whatever the encryption context.`,
      consequence: 'It opens all that this key protects, in other vaults and programs too.',
      fix: 'Add StringEquals kms:EncryptionContext:strongroom-vault with the vault’s id.',
    })
  return found
}

/** A wildcard that lets those change the policy who are no administrators. */
function wildcards(
  ordinary: readonly PrincipalValue[],
  { except, values }: Statement['action'],
  name: string,
  adminsKnown: boolean,
): readonly Found[] {
  const wide = (action: string): boolean => {
    const pattern = parsePattern(action.toLowerCase())
    const includes = (one: string): boolean => matches(pattern, one)
    // Where admins are not known, a pattern for managing alone may well be theirs.
    return /[*?]/.test(action) && includes('kms:putkeypolicy') && (adminsKnown || includes('kms:decrypt'))
  }
  const wild = except ? ['NotAction'] : values.filter(wide)
  if (ordinary.length === 0 || wild.length === 0) return []
  return [
    {
      id: 'wildcard-actions',
      severity: 'warning',
      evidence: `${name} allows ${wild.join(', ')} to ${ordinary.map(principalInWords).join(', ')}.`,
      consequence: 'That takes in changing the key policy and so everything else.',
      fix: 'List the actions that are needed.',
    },
  ]
}
