/**
 * Names of KMS keys, as AWS writes them:
 *
 *     arn:aws:kms:eu-central-1:111122223333:key/1234abcd-…      a key: what the vault pins
 *     arn:aws:kms:eu-central-1:111122223333:alias/team          an alias of a region
 *     alias/team · 1234abcd-…                                   the same, in the region that the SDK is set to
 */
const ARN = /^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):(key|alias)\/([\w/-]+)$/
const NAME = /^(?:alias\/[\w/-]+|[0-9a-f-]{36}|mrk-[0-9a-f]{32})$/

export type KeyName = {
  readonly text: string
  readonly kind: 'key' | 'alias'
  /** Given by ARNs only; otherwise the SDK's own resolution says. */
  readonly region: string | undefined
  /** An alias that AWS keeps for itself: `alias/aws/…`. */
  readonly ofAws: boolean
}

/** The name that a person typed; undefined when it can't be one of KMS's. */
export function parseKeyName(text: string): KeyName | undefined {
  const arn = ARN.exec(text)
  if (arn === null && !NAME.test(text)) return undefined
  const alias = arn === null ? text.startsWith('alias/') : arn[4] === 'alias'
  const ofAws = alias && (text.startsWith('alias/aws/') || arn?.[5]?.startsWith('aws/') === true)
  return { text, kind: alias ? 'alias' : 'key', region: arn?.[2], ofAws }
}

/** The region in a key's or alias's ARN; undefined for anything else. */
export const regionOf = (arn: string): string | undefined => ARN.exec(arn)?.[2]

/** The account that a key's ARN names; undefined for anything else. */
export const accountOf = (arn: string): string | undefined => ARN.exec(arn)?.[3]

/** What follows `key/` or `alias/` in an ARN; '' for anything else. */
export const keyIdOf = (arn: string): string => ARN.exec(arn)?.[5] ?? ''

/** Whether `text` is the whole ARN of a key: the only name that is pinned. */
export const isKeyArn = (text: string): boolean => ARN.exec(text)?.[4] === 'key'
