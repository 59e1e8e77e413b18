import * as v from 'valibot'
import type { ItemId } from '../ids.ts'
import { call } from './call.ts'
import type { Health, HealthFinding } from './health-nouns.ts'
import {
  checkoutId,
  handles,
  itemId,
  items,
  jobId,
  nothing,
  pathHandle,
  rowRange,
  secret,
  versionId,
} from './inputs.ts'
import type { CheckoutState, Destination, FailedFile, JobView, Source } from './job-nouns.ts'

const exists = v.picklist(['fail', 'overwrite', 'keep-both'])
const job = v.strictObject({ job: jobId })
const checkout = v.strictObject({ checkout: checkoutId })

/** A copy that was opened for editing. */
export type Checkout = {
  readonly checkout: v.InferOutput<typeof checkoutId>
  readonly itemId: ItemId
  /** Its name, fit for a screen. */
  readonly name: string
  /** The folder that it was brought to. */
  readonly place: string
  readonly state: CheckoutState
  readonly openedMs: number
}

/** Work that takes a while, and what goes in and comes out. A job is told by event `job`. */
export const JOB_CALLS = {
  /** Main's dialogs. Empty: the person thought better of it. */
  'pick.sources': call<readonly Source[]>()(
    v.strictObject({ what: v.picklist(['files', 'folders', 'sealed-files']) }),
  ),
  'pick.destination': call<Destination | null>()(
    v.strictObject({ for: v.picklist(['export', 'seal', 'unseal', 'checkout']) }),
  ),

  /** Adds files and trees. `removeSource`: the originals go once each is recorded and read back; confirmed natively. */
  'jobs.add': call<JobView | null>()(
    v.strictObject({
      sources: handles,
      into: itemId,
      ifExists: v.picklist(['version', 'skip', 'keep-both']),
      removeSource: v.boolean(),
    }),
  ),
  /** Brings plain copies out. Confirmed natively; null: the person thought better of it. */
  'jobs.export': call<JobView | null>()(
    v.strictObject({ items, version: v.nullable(versionId), to: pathHandle, exists }),
  ),
  /** Seals files and trees without a vault. `to` null: beside each source. */
  'jobs.seal': call<JobView>()(
    v.strictObject({
      sources: handles,
      to: v.nullable(pathHandle),
      passphrase: secret,
      allowWeakPassphrase: v.boolean(),
      exists,
    }),
  ),
  'jobs.unseal': call<JobView>()(
    v.strictObject({ sources: handles, to: v.nullable(pathHandle), passphrase: secret, exists }),
  ),
  /** Newest first: those that run, and those that ended and were not dismissed. A lock dismisses the vault's. */
  'jobs.list': call<readonly JobView[]>()(nothing),
  'jobs.pause': call<JobView>()(job),
  'jobs.resume': call<JobView>()(job),
  'jobs.cancel': call<JobView>()(job),
  'jobs.retry': call<JobView>()(job),
  'jobs.dismiss': call<null>()(job),
  'jobs.failed': call<{ readonly total: number; readonly files: readonly FailedFile[] }>()(
    v.strictObject({ job: jobId, ...rowRange }),
  ),
  /** Shows the folder that a job wrote into, in the system's file manager. */
  'jobs.show': call<null>()(job),

  /** Brings a file out to be edited; each save becomes a new version until it is checked in or removed. */
  'checkouts.open': call<Checkout | null>()(v.strictObject({ item: itemId, to: pathHandle })),
  'checkouts.list': call<readonly Checkout[]>()(nothing),
  /** Shows the copy in the system's file manager; nothing is ever launched. */
  'checkouts.show': call<null>()(checkout),
  /** Takes a last save in, then removes the copy. */
  'checkouts.check-in': call<null>()(checkout),
  /** Stops watching; the copy stays where it is. */
  'checkouts.forget': call<null>()(checkout),

  'health.summary': call<Health>()(nothing),
  /** A job of kind `check`; its findings follow in `health.findings`. */
  'health.check': call<JobView>()(v.strictObject({ readData: v.boolean(), download: v.boolean() })),
  'health.findings': call<{ readonly total: number; readonly findings: readonly HealthFinding[] }>()(
    v.strictObject(rowRange),
  ),
  /** A job of kind `repair`: mends what can be mended without losing anything. */
  'health.repair': call<JobView>()(nothing),
  'health.rebuild-index': call<null>()(nothing),
  /** Opens some of the vault's files by the recovery code alone: a job of kind `recovery-test`. */
  'health.test-recovery': call<JobView>()(
    v.strictObject({
      code: v.variant('kind', [
        v.strictObject({ kind: v.literal('typed'), typed: secret }),
        v.strictObject({ kind: v.literal('file'), file: pathHandle }),
      ]),
      files: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
    }),
  ),
}
