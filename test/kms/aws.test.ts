import { describe } from 'vitest'
import { everyKms } from '../support/kms-cases.ts'

/**
 * Against AWS itself: STRONGROOM_AWS_KEY_ARN = a symmetric key that the credentials here may describe, use and
 * re-encrypt with (AWS_PROFILE and the rest, as for the AWS command line). About twenty calls; changes nothing.
 */
const { STRONGROOM_AWS_KEY_ARN: arn } = process.env

describe.runIf(arn !== undefined)('AWS', () => everyKms(() => arn ?? ''))
