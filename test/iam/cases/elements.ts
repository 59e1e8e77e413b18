// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of AWS policies are spelled so.
/** Elements of a statement, and whom a principal takes in. */
import {
  ACCOUNT,
  ALICE,
  allow,
  BOB,
  type Case,
  deny,
  FEDERATED,
  forbid,
  IAM,
  KEY,
  KMS,
  OTHER_SESSION,
  permit,
  ROLE,
  ROOT,
  SESSION,
  STRANGER,
  when,
} from './case.ts'

const ACTION = `${IAM}reference_policies_elements_action.html`
const NOT_ACTION = `${IAM}reference_policies_elements_notaction.html`
const RESOURCE = `${IAM}reference_policies_elements_resource.html`
const NOT_RESOURCE = `${IAM}reference_policies_elements_notresource.html`
const PRINCIPAL = `${IAM}reference_policies_elements_principal.html`
const NOT_PRINCIPAL = `${IAM}reference_policies_elements_notprincipal.html`
const VERSION = `${IAM}reference_policies_elements_version.html`
const CONDITION = `${IAM}reference_policies_elements_condition.html`
const MULTI = `${IAM}reference_policies_condition-logic-multiple-context-keys-or-values.html`
const FORMAT = `${KMS}key-policy-overview.html`
const tag = { 'aws:PrincipalTag/team': ['law'], 'aws:PrincipalTag/site': ['bern'] }
const delegated = [allow(ROOT)]

export const elementCases: readonly Case[] = [
  { says: 'action names ignore case', page: ACTION, key: [allow(ALICE, 'KMS:decrypt')], answer: 'allowed' },
  {
    says: 'a star in an action stands for any characters',
    page: ACTION,
    key: [allow(ALICE, 'kms:De*')],
    answer: 'allowed',
  },
  {
    says: 'a question mark in an action stands for one',
    page: ACTION,
    key: [allow(ALICE, 'kms:Decryp?')],
    answer: 'allowed',
  },
  {
    says: 'a question mark stands for no more than one',
    page: ACTION,
    key: [allow(ALICE, 'kms:Decr?')],
    answer: 'denied',
  },
  {
    says: 'of a list of actions one is enough',
    page: ACTION,
    key: [allow(ALICE, ['kms:Encrypt', 'kms:Decrypt'])],
    answer: 'allowed',
  },
  {
    says: 'another service’s actions are not KMS’s',
    page: ACTION,
    key: delegated,
    own: [permit('s3:*')],
    answer: 'denied',
  },
  {
    says: 'NotAction with Allow takes in all that is not listed',
    page: NOT_ACTION,
    key: [allow(ALICE, undefined, { NotAction: 'kms:Encrypt', Action: undefined })],
    answer: 'allowed',
  },
  {
    says: 'NotAction leaves out what is listed',
    page: NOT_ACTION,
    key: [allow(ALICE, undefined, { NotAction: 'kms:De*', Action: undefined })],
    answer: 'denied',
  },
  {
    says: 'NotAction with Deny spares what is listed',
    page: NOT_ACTION,
    key: [allow(ALICE), deny(ALICE, undefined, { NotAction: 'kms:Decrypt', Action: undefined })],
    answer: 'allowed',
  },
  {
    says: 'an identity policy names the key by its ARN',
    page: RESOURCE,
    key: delegated,
    own: [permit('kms:Decrypt', { Resource: KEY })],
    answer: 'allowed',
  },
  {
    says: 'stars in a resource take in many keys',
    page: RESOURCE,
    key: delegated,
    own: [permit('kms:Decrypt', { Resource: `arn:aws:kms:*:${ACCOUNT}:key/*` })],
    answer: 'allowed',
  },
  {
    says: 'another key’s ARN is no permission for this one',
    page: RESOURCE,
    key: delegated,
    own: [permit('kms:Decrypt', { Resource: `${KEY}0` })],
    answer: 'denied',
  },
  {
    says: 'an alias as resource gives nothing on its key',
    page: `${KMS}alias-authorization.html`,
    key: delegated,
    own: [permit('kms:Decrypt', { Resource: `arn:aws:kms:us-west-2:${ACCOUNT}:alias/papers` })],
    answer: 'denied',
  },
  {
    says: 'NotResource leaves out what is listed',
    page: NOT_RESOURCE,
    key: delegated,
    own: [permit('kms:Decrypt', { NotResource: KEY, Resource: undefined })],
    answer: 'denied',
  },
  {
    says: 'NotResource takes in all else',
    page: NOT_RESOURCE,
    key: delegated,
    own: [permit('kms:Decrypt', { NotResource: `${KEY}0`, Resource: undefined })],
    answer: 'allowed',
  },
  {
    says: 'a statement without Resource has no effect in a key policy',
    page: FORMAT,
    key: [allow(ALICE, 'kms:*', { Resource: undefined })],
    answer: 'denied',
  },
  {
    says: 'a variable is plain text before version 2012-10-17',
    page: VERSION,
    version: '2008-10-17',
    key: [allow(ALICE, 'kms:*', when('StringEquals', 'aws:PrincipalTag/team', '${aws:username}'))],
    context: { 'aws:PrincipalTag/team': ['Alice'] },
    answer: 'denied',
  },
  {
    says: 'a variable is filled in from version 2012-10-17 on',
    page: VERSION,
    key: [allow(ALICE, 'kms:*', when('StringEquals', 'aws:PrincipalTag/team', '${aws:username}'))],
    context: { 'aws:PrincipalTag/team': ['Alice'] },
    answer: 'allowed',
  },
  {
    says: 'names of condition keys ignore case',
    page: CONDITION,
    key: [allow(ALICE, 'kms:*', when('StringEquals', 'AWS:principaltag/TEAM', 'law'))],
    context: tag,
    answer: 'allowed',
  },
  {
    says: 'two keys under one operator must both fit',
    page: MULTI,
    key: [
      allow(ALICE, 'kms:*', {
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'law', 'aws:PrincipalTag/site': 'rome' } },
      }),
    ],
    context: tag,
    answer: 'denied',
  },
  {
    says: 'two operators must both be met',
    page: MULTI,
    key: [
      allow(ALICE, 'kms:*', {
        Condition: {
          StringEquals: { 'aws:PrincipalTag/team': 'law' },
          StringLike: { 'aws:PrincipalTag/site': 'b*' },
        },
      }),
    ],
    context: tag,
    answer: 'allowed',
  },
  {
    says: 'one failed operator fails the whole',
    page: MULTI,
    key: [
      allow(ALICE, 'kms:*', {
        Condition: {
          StringEquals: { 'aws:PrincipalTag/team': 'law' },
          StringNotLike: { 'aws:PrincipalTag/site': 'b*' },
        },
      }),
    ],
    context: tag,
    answer: 'denied',
  },

  {
    says: 'a user named by ARN is that user',
    page: PRINCIPAL,
    key: [allow(BOB)],
    caller: BOB,
    answer: 'allowed',
  },
  { says: 'a user named by ARN is no other', page: PRINCIPAL, key: [allow(BOB)], answer: 'denied' },
  {
    says: 'an ARN is compared with case',
    page: PRINCIPAL,
    key: [allow(ALICE.toLowerCase())],
    answer: 'denied',
  },
  {
    says: 'of a list of principals one is enough',
    page: PRINCIPAL,
    key: [allow({ AWS: [BOB, ALICE] })],
    answer: 'allowed',
  },
  {
    says: 'a role named by ARN takes in its sessions',
    page: PRINCIPAL,
    key: [allow(ROLE)],
    caller: SESSION,
    answer: 'allowed',
  },
  {
    says: 'a session named by ARN is that session',
    page: PRINCIPAL,
    key: [allow(SESSION)],
    caller: SESSION,
    answer: 'allowed',
  },
  {
    says: 'a session named by ARN is no other session of the role',
    page: PRINCIPAL,
    key: [allow(SESSION)],
    caller: OTHER_SESSION,
    answer: 'denied',
  },
  {
    says: 'whether some session of a role is the one named is not known',
    page: PRINCIPAL,
    key: [allow(SESSION)],
    caller: ROLE,
    answer: 'cannot-decide',
  },
  {
    says: 'a federated user is named by its own ARN',
    page: PRINCIPAL,
    key: [allow(FEDERATED)],
    caller: FEDERATED,
    answer: 'allowed',
  },
  {
    says: 'a federated user is another than the user it came from',
    page: PRINCIPAL,
    key: [allow(FEDERATED)],
    answer: 'denied',
  },
  {
    says: 'a service is named as Service',
    page: PRINCIPAL,
    key: [allow({ Service: 'cloudtrail.amazonaws.com' })],
    caller: 'cloudtrail.amazonaws.com',
    answer: 'allowed',
  },
  {
    says: 'naming a service names no user',
    page: PRINCIPAL,
    key: [allow({ Service: 'cloudtrail.amazonaws.com' })],
    answer: 'denied',
  },
  {
    says: 'another service is not named',
    page: PRINCIPAL,
    key: [allow({ Service: 'cloudtrail.amazonaws.com' })],
    caller: 's3.amazonaws.com',
    answer: 'denied',
  },
  {
    says: 'a star names everyone in the account without any other policy',
    page: PRINCIPAL,
    key: [allow('*')],
    answer: 'allowed',
  },
  {
    says: '{"AWS": "*"} is the same as a star',
    page: PRINCIPAL,
    key: [allow({ AWS: '*' })],
    answer: 'allowed',
  },
  {
    says: 'a star still asks a stranger for a policy of his own',
    page: PRINCIPAL,
    key: [allow('*')],
    caller: STRANGER,
    answer: 'denied',
  },
  {
    says: 'a stranger with a policy of his own passes a star',
    page: PRINCIPAL,
    key: [allow('*')],
    caller: STRANGER,
    own: [permit()],
    answer: 'allowed',
  },
  {
    says: 'an account id is the same as its root ARN',
    page: PRINCIPAL,
    key: [allow({ AWS: ACCOUNT })],
    own: [permit()],
    answer: 'allowed',
  },
  {
    says: 'a deleted principal’s id may be anybody’s',
    page: PRINCIPAL,
    key: [allow('AIDACKCEVSQ6C2EXAMPLE')],
    answer: 'cannot-decide',
  },
  {
    says: 'a deleted role’s id is no user’s',
    page: PRINCIPAL,
    key: [allow('AROACKCEVSQ6C2EXAMPLE')],
    answer: 'denied',
  },
  {
    says: 'no wildcard stands for a part of a principal: AWS refuses it, so nothing can be told',
    page: PRINCIPAL,
    key: [allow(`arn:aws:iam::${ACCOUNT}:user/*`)],
    answer: 'cannot-decide',
  },
  {
    says: 'a group is no principal',
    page: PRINCIPAL,
    key: [allow(`arn:aws:iam::${ACCOUNT}:group/Law`)],
    answer: 'cannot-decide',
  },
  {
    says: 'Deny with a star and ArnNotEquals spares the one named',
    page: PRINCIPAL,
    key: [allow(ALICE), deny('*', 'kms:*', when('ArnNotEquals', 'aws:PrincipalArn', ALICE))],
    answer: 'allowed',
  },
  {
    says: 'Deny with a star and ArnNotEquals stops all others',
    page: PRINCIPAL,
    key: [allow(BOB), deny('*', 'kms:*', when('ArnNotEquals', 'aws:PrincipalArn', ALICE))],
    caller: BOB,
    answer: 'denied',
  },

  {
    says: 'NotPrincipal with Deny spares a user listed with its account',
    page: NOT_PRINCIPAL,
    key: [
      allow(ALICE),
      deny(undefined, 'kms:*', { Principal: undefined, NotPrincipal: { AWS: [ALICE, ROOT] } }),
    ],
    answer: 'allowed',
  },
  {
    says: 'NotPrincipal with Deny stops whoever is not listed',
    page: NOT_PRINCIPAL,
    key: [
      allow(STRANGER),
      deny(undefined, 'kms:*', { Principal: undefined, NotPrincipal: { AWS: [ALICE, ROOT] } }),
    ],
    caller: STRANGER,
    own: [permit()],
    answer: 'denied',
  },
  {
    says: 'a user listed without its account may be denied',
    page: NOT_PRINCIPAL,
    key: [allow(ALICE), deny(undefined, 'kms:*', { Principal: undefined, NotPrincipal: { AWS: ALICE } })],
    answer: 'cannot-decide',
  },
  {
    says: 'NotPrincipal with Deny spares a session listed with role and account',
    page: NOT_PRINCIPAL,
    key: [
      allow(ROLE),
      deny(undefined, 'kms:*', { Principal: undefined, NotPrincipal: { AWS: [SESSION, ROLE, ROOT] } }),
    ],
    caller: SESSION,
    answer: 'allowed',
  },
  {
    says: 'a session listed without its role may be denied',
    page: NOT_PRINCIPAL,
    key: [
      allow(ROLE),
      deny(undefined, 'kms:*', { Principal: undefined, NotPrincipal: { AWS: [SESSION, ROOT] } }),
    ],
    caller: SESSION,
    answer: 'cannot-decide',
  },
  {
    says: 'NotPrincipal with Allow lets in whoever is not listed',
    page: NOT_PRINCIPAL,
    key: [
      allow(undefined, 'kms:*', {
        Principal: undefined,
        NotPrincipal: { AWS: [STRANGER, 'arn:aws:iam::444455556666:root'] },
      }),
    ],
    answer: 'allowed',
  },
  {
    says: 'an identity policy has no principal',
    page: PRINCIPAL,
    key: delegated,
    own: [{ ...permit(), Principal: '*' }],
    answer: 'cannot-decide',
  },
  {
    says: 'Deny in an identity policy counts',
    page: `${KMS}key-policies.html`,
    key: [allow(ALICE)],
    own: [forbid('kms:Decrypt')],
    answer: 'denied',
  },
]
