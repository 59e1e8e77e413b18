import { type ErrorCode, VaultError } from '../base/index.ts'
import { accessDenied } from './access-denied.ts'
import { parseKeyName } from './arn.ts'

/** What was asked of KMS. `key` is the ARN, or the name a person typed; '' for a call that names no key. */
export type Asked = {
  readonly operation: string
  readonly key: string
  /** Where the name does not say. */
  readonly region?: string
}

/** An error of the SDK, the credential chain or the network, as it is matched: by its name alone. */
type Foreign = {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly cause: unknown
}

/**
 * The one place where foreign errors become ours: what happened, to which key, who can mend it.
 *
 * Matched on `name`: AccessDenied, Throttling, Validation, ExpiredToken and UnrecognizedClient have no class of
 * their own in the SDK. Texts hold names of keys and principals, which AWS's logs hold too; never a credential.
 */
export function translate(error: unknown, asked: Asked): VaultError {
  if (error instanceof VaultError) return error
  const foreign = asForeign(error)
  const known = BY_NAME[foreign.name] ?? BY_NAME[foreign.code]
  return known?.(foreign, asked) ?? byWords(foreign, asked)
}

/** A call that its signal stopped. */
export function stopped({ operation, key }: Asked, cause: unknown): VaultError {
  return new VaultError('INTERRUPTED', `${operation} was stopped.`, { operation, key }, cause)
}

type Translation = (error: Foreign, asked: Asked) => VaultError

const BY_NAME: Readonly<Record<string, Translation>> = {
  AccessDeniedException: accessDenied,
  DisabledException: disabled,
  KMSInvalidStateException: invalidState,
  KeyUnavailableException: unavailable,
  CustomKeyStoreInvalidStateException: unavailable,
  CloudHsmClusterInvalidConfigurationException: unavailable,
  NotFoundException: notFound,
  InvalidKeyUsageException: unsuitable,
  UnsupportedOperationException: unsuitable,
  InvalidCiphertextException: ciphertextRefused,
  IncorrectKeyException: ciphertextRefused,
  MalformedPolicyDocumentException: policyRefused,
  LimitExceededException: limit,
  ...each(
    ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'],
    throttled,
  ),
  ...each(['ExpiredTokenException', 'ExpiredToken', 'RequestExpired'], expired),
  ...each(
    [
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
    ],
    refused,
  ),
  ...each(
    [
      'IncompleteSignature',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      'OptInRequired',
    ],
    refused,
  ),
  ...each(['CredentialsProviderError', 'TokenProviderError'], noCredentials),
  AbortError: ({ cause }, asked) => stopped(asked, cause),
  ...each(['TimeoutError', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH'], unreachable),
  ...each(['ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'EPROTO', 'UND_ERR_SOCKET'], unreachable),
  ...each(['KMSInternalException', 'DependencyTimeoutException', 'InternalFailure'], failing),
  ...each(['ServiceUnavailable', 'ServiceUnavailableException', 'InternalServerError'], failing),
}

function each(names: readonly string[], translation: Translation): Record<string, Translation> {
  return Object.fromEntries(names.map((name) => [name, translation]))
}

/** Errors that have no name of their own. */
function byWords(error: Foreign, asked: Asked): VaultError {
  if (/^Region is missing/.test(error.message)) {
    return ours(
      'KMS_REGION_MISSING',
      `No AWS region is set, and “${asked.key}” does not name one.`,
      error,
      asked,
    )
  }
  if (/CERT|SSL|TLS/.test(error.code)) return unreachable(error, asked)
  if (/Could not load credentials|Credential is missing/i.test(error.message))
    return noCredentials(error, asked)
  return ours(
    'KMS_UNEXPECTED',
    `AWS KMS did not do ${asked.operation}${withKey(asked)}: ${error.name}: ${error.message}`,
    error,
    asked,
  )
}

function disabled(error: Foreign, asked: Asked): VaultError {
  // KMS says "disabled" also of keys that wait for their deletion.
  if (/pending deletion/i.test(error.message)) return pendingDeletion(error, asked)
  return ours('KMS_KEY_DISABLED', `The KMS key ${asked.key} is disabled.`, error, asked)
}

function invalidState(error: Foreign, asked: Asked): VaultError {
  if (/pending (?:replica )?deletion/i.test(error.message)) return pendingDeletion(error, asked)
  if (/is disabled/i.test(error.message)) return disabled(error, asked)
  return unavailable(error, asked)
}

function pendingDeletion(error: Foreign, asked: Asked): VaultError {
  return ours(
    'KMS_KEY_PENDING_DELETION',
    `The KMS key ${asked.key} is about to be deleted: until then it can’t be used, then never again.`,
    error,
    asked,
  )
}

function unavailable(error: Foreign, asked: Asked): VaultError {
  const text = `The KMS key ${asked.key} can’t be used now: ${error.message || error.name}`
  return ours('KMS_KEY_UNAVAILABLE', text, error, asked)
}

function notFound(error: Foreign, asked: Asked): VaultError {
  if (/^Invalid arn/i.test(error.message)) {
    const text = `The AWS region that was asked has no key ${asked.key}: its ARN names another region.`
    return ours('KMS_WRONG_REGION', text, error, asked)
  }
  if (parseKeyName(asked.key)?.kind === 'alias') {
    return ours('KMS_ALIAS_NOT_FOUND', `There is no alias ${asked.key}.`, error, asked)
  }
  return ours('KMS_KEY_NOT_FOUND', `AWS KMS knows no key ${asked.key}.`, error, asked)
}

function unsuitable(error: Foreign, asked: Asked): VaultError {
  const text = `The KMS key ${asked.key} is not of a kind that can do ${asked.operation}.`
  return ours('KMS_KEY_UNSUITABLE', text, error, asked)
}

function ciphertextRefused(error: Foreign, asked: Asked): VaultError {
  const text = `The KMS key ${asked.key} did not wrap this, or not for this file, or it was changed since.`
  return ours('KMS_CIPHERTEXT_REFUSED', text, error, asked)
}

function policyRefused(error: Foreign, asked: Asked): VaultError {
  return ours('KMS_POLICY_REFUSED', `AWS KMS refused the new key policy: ${error.message}`, error, asked)
}

function limit(error: Foreign, asked: Asked): VaultError {
  const text = `AWS KMS has a limit on ${asked.operation}${withKey(asked)}, which is reached: ${error.message}`
  return ours('KMS_LIMIT_REACHED', text, error, asked)
}

function throttled(error: Foreign, asked: Asked): VaultError {
  return ours(
    'KMS_THROTTLED',
    `AWS KMS got too many calls at once: ${asked.operation} was put off.`,
    error,
    asked,
  )
}

function expired(error: Foreign, asked: Asked): VaultError {
  return ours('KMS_CREDENTIALS_EXPIRED', 'The AWS credentials have expired.', error, asked)
}

function refused(error: Foreign, asked: Asked): VaultError {
  if (/valid region/i.test(error.message)) {
    const text = 'The endpoint that was asked serves another AWS region than the credentials were used for.'
    return ours('KMS_WRONG_REGION', text, error, asked)
  }
  const late = /expired|not yet current/i.test(error.message)
  const clock = late ? ' It looks as if the clock of this computer is wrong.' : ''
  return ours('KMS_CREDENTIALS_REFUSED', `AWS does not accept these credentials.${clock}`, error, asked)
}

function noCredentials(error: Foreign, asked: Asked): VaultError {
  if (/expired|SSO session/i.test(error.message)) {
    return ours('KMS_CREDENTIALS_EXPIRED', 'The sign-in to AWS has expired.', error, asked)
  }
  return ours('KMS_CREDENTIALS_MISSING', 'No AWS credentials were found on this computer.', error, asked)
}

function unreachable(error: Foreign, asked: Asked): VaultError {
  const why = error.code || error.name
  return ours('KMS_UNREACHABLE', `AWS KMS can’t be reached (${why}).`, error, asked)
}

function failing(error: Foreign, asked: Asked): VaultError {
  return ours('KMS_UNREACHABLE', `AWS KMS is in trouble (${error.name}).`, error, asked)
}

function ours(code: ErrorCode, message: string, error: Foreign, { operation, key }: Asked): VaultError {
  return new VaultError(
    code,
    message,
    { operation, ...(key !== '' && { key }), aws: error.name },
    error.cause,
  )
}

const withKey = ({ key }: Asked): string => (key === '' ? '' : ` with ${key}`)

export function asForeign(error: unknown): Foreign {
  if (!(error instanceof Error)) return { name: 'Unknown', code: '', message: String(error), cause: error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { name: error.name, code, message: error.message, cause: error }
}
