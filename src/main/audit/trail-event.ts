/** What AWS's trail tells of one call to KMS. Written by AWS or by whoever made the file: nothing of it is believed. */
export type TrailEvent = {
  readonly eventId: string
  /** Of one call that AWS tells of in several accounts. */
  readonly sharedEventId: string | null
  readonly requestId: string
  readonly operation: string
  readonly timeMs: number
  /** ARNs of keys that it names, in any of its places. */
  readonly arns: readonly string[]
  /** Encryption contexts, as it was given them: of a ReEncrypt two. */
  readonly contexts: readonly Readonly<Record<string, string>>[]
  readonly principal: string
  readonly address: string
  readonly userAgent: string
  /** AWS's error code; null: it was done. */
  readonly error: string | null
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const KEY_ARN = /arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+/g
const CONTEXTS = ['encryptionContext', 'sourceEncryptionContext', 'destinationEncryptionContext'] as const
const KEY_IDS = ['keyId', 'sourceKeyId', 'destinationKeyId'] as const

/**
 * A record of CloudTrail as an event of KMS.
 *
 * @returns its time alone for any other service; 'malformed' if it is no record of CloudTrail
 */
export function parseTrailRecord(value: unknown): TrailEvent | { readonly timeMs: number } | 'malformed' {
  const record = innerRecord(value)
  if (record === undefined) return 'malformed'
  const timeMs = Date.parse(textOf(record.eventTime))
  const [eventId, operation] = [textOf(record.eventID), textOf(record.eventName)]
  if (Number.isNaN(timeMs) || eventId === '' || operation === '') return 'malformed'
  if (record.eventSource !== 'kms.amazonaws.com') return { timeMs }
  const parameters = fieldsOf(record.requestParameters)
  return {
    eventId,
    sharedEventId: textOf(record.sharedEventID) || null,
    requestId: textOf(record.requestID),
    operation,
    timeMs,
    arns: arnsOf(record, parameters),
    contexts: CONTEXTS.flatMap((name) => contextOf(parameters[name])),
    principal: principalOf(fieldsOf(record.userIdentity)),
    address: textOf(record.sourceIPAddress),
    userAgent: textOf(record.userAgent),
    error: textOf(record.errorCode) || null,
  }
}

/** LookupEvents gives the record as text within another one. */
function innerRecord(value: unknown): Fields | undefined {
  if (!isFields(value)) return undefined
  const { CloudTrailEvent: inner } = value
  if (typeof inner !== 'string') return value
  try {
    const parsed: unknown = JSON.parse(inner)
    return isFields(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function arnsOf(record: Fields, parameters: Fields): readonly string[] {
  const resources = listOf(record.resources).map((each) => textOf(fieldsOf(each).ARN))
  const named = KEY_IDS.map((name) => textOf(parameters[name]))
  // Of a call that was denied AWS may tell the key in the refusal alone.
  const texts = [...resources, ...named, textOf(record.errorMessage)]
  const whole = texts.flatMap((text) => text.match(KEY_ARN) ?? [])
  const bare = named.filter((id) => /^(mrk-)?[0-9a-f-]{32,40}$/.test(id))
  const [region, account] = [textOf(record.awsRegion), textOf(record.recipientAccountId)]
  return [...new Set([...whole, ...bare.map((id) => `arn:aws:kms:${region}:${account}:key/${id}`)])]
}

function contextOf(value: unknown): readonly Readonly<Record<string, string>>[] {
  if (!isFields(value)) return []
  const pairs = Object.entries(value).flatMap(([key, text]): [string, string][] =>
    typeof text === 'string' ? [[key, text]] : [],
  )
  return [Object.fromEntries(pairs)]
}

/** Who it was: an ARN, or the service that called on somebody's behalf. */
function principalOf(identity: Fields): string {
  const { arn, invokedBy, principalId, accountId, type } = identity
  return [arn, invokedBy, principalId, accountId, type].map(textOf).find((text) => text !== '') ?? 'unknown'
}
