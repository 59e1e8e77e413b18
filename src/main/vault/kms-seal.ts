import { fail, type Secret } from '../base/index.ts'
import {
  DATA_KEYS,
  type JobKey,
  newSealContext,
  type Prepare,
  type Prepared,
  type Task,
} from '../jobs/index.ts'
import { edkOwner, kmsEdk } from '../keys/index.ts'
import { type Kms, type KmsClient, openKms } from '../kms/index.ts'
import { type Context, joinContexts } from '../message/index.ts'
import { readHeader } from './inspect.ts'
import { prepareEach } from './prepare-each.ts'

/**
 * Sealed files locked with KMS keys, outside a vault (docs/format.md §2): KMS makes each file's data key and is given
 * the message's own context, so that any AWS Encryption SDK opens it in one step.
 */
export type KmsLock = { readonly kind: 'kms'; readonly arns: readonly [string, ...string[]] }

/** A new data key for each file: one call for each KMS key. */
export function newDataKeys(kms: Kms, { arns }: KmsLock): Prepare {
  return prepareEach((task) => newDataKey(kms, task, arns))
}

/** The data key of each file that one of the KMS keys locks: one call a file. */
export function storedDataKeys(kms: Kms, { arns }: KmsLock, requiredContext: Context): Prepare {
  return prepareEach((task) => storedDataKey(kms, task, arns, requiredContext))
}

/** KMS for one job, asked for the keys that were named alone. The caller ends it. */
export function kmsOf({ arns }: KmsLock, signal: AbortSignal | undefined): KmsClient {
  const client = openKms({ trusted: () => new Set(arns) })
  return signal ? client.during(signal) : client
}

async function newDataKey(kms: Kms, task: Task, [first, ...others]: KmsLock['arns']): Promise<Prepared> {
  const context = newSealContext(new Map(), task.name)
  const pairs = Object.fromEntries(context)
  const { key, blob } = await kms.generateDataKey(first, pairs)
  try {
    const further = others.map(async (arn) => kmsEdk(arn, (await kms.encrypt(arn, key, pairs)).blob))
    const edks = [kmsEdk(first, blob), ...(await Promise.all(further))]
    return { task: { ...task, sealed: { context: [...context], edks } }, keys: [dataKey(task, key)] }
  } catch (error) {
    key[Symbol.dispose]()
    throw error
  }
}

async function storedDataKey(
  kms: Kms,
  task: Task,
  arns: readonly string[],
  requiredContext: Context,
): Promise<Prepared> {
  const { header } = readHeader(task.source)
  const owned = header.edks.flatMap((edk) => {
    const owner = edkOwner(edk)
    return owner?.kind === 'kms' ? [{ arn: owner.arn, edk }] : []
  })
  const [own] = owned.filter(({ arn }) => arns.includes(arn))
  if (own === undefined) {
    const [named] = owned
    // Locked in another way altogether: the job says how.
    if (named === undefined) return { task, keys: [] }
    return fail(
      'KEY_MISMATCH',
      `This file is locked with the KMS key ${named.arn}: give --kms ${named.arn}.`,
      {
        arns: owned.map(({ arn }) => arn),
      },
    )
  }
  const context = Object.fromEntries(joinContexts(header.context, requiredContext))
  const { key } = await kms.decrypt(own.arn, own.edk.ciphertext, context)
  return { task, keys: [dataKey(task, key)] }
}

function dataKey({ id }: Task, key: Secret): JobKey {
  return { namespace: DATA_KEYS, name: `${id}`, key, proven: true, context: [] }
}
