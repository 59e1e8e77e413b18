import { fail } from '../base/index.ts'
import type { DeviceId, SegmentId } from '../contract/ids.ts'
import {
  acceptOp,
  type Batch,
  type Finding,
  openSegment,
  readSegment,
  segmentName,
} from '../journal/index.ts'
import { journalAccess } from './journal-access.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'

/** What came late of a segment of an older epoch: of a member who was removed, or of a device that did not know yet. */
export type HeldRecords = {
  readonly segment: SegmentId
  readonly device: DeviceId
  /** As it named itself. */
  readonly deviceName: string
  readonly records: number
  readonly firstMs: number
  readonly lastMs: number
  /** New versions of files in them. */
  readonly versions: number
  /** Names that items get in them, as they were given; not sorted out by what the vault shows. */
  readonly names: readonly string[]
}

type Held = Extract<Finding, { readonly kind: 'held' }>

/** The records that wait for a person to accept them (docs/format.md §4.7). */
export async function heldRecords(vault: OpenVault): Promise<readonly HeldRecords[]> {
  return await Promise.all(heldIn(vault).map((finding) => describe(vault, finding)))
}

/**
 * Lets what is held of these segments count from now on, as far as it is here now.
 *
 * @returns how many records
 * @throws USAGE nothing is held of one of them: none is accepted
 */
export async function acceptHeld(vault: OpenVault, segments: readonly SegmentId[]): Promise<number> {
  await demandAllowed(vault, { kind: 'accept-held' })
  const accepted = await vault.commit(() => {
    const held = heldIn(vault)
    const wanted = segments.flatMap((segment) => {
      const found = held.filter((each) => each.segment === segment)
      return found.length > 0
        ? found
        : fail('USAGE', `Nothing is held of the segment ${segment}.`, { segment })
    })
    const groups = wanted.map(({ upTo }) => [acceptOp(upTo)])
    return { groups, value: wanted.reduce((sum, { batches }) => sum + batches, 0) }
  })
  await vault.journal.refresh()
  return accepted
}

const heldIn = ({ findings }: OpenVault): readonly Held[] =>
  findings.flatMap((each) => (each.kind === 'held' ? [each] : []))

async function describe(vault: OpenVault, { segment, device, batches, upTo }: Held): Promise<HeldRecords> {
  const access = journalAccess(vault.vaultId, vault.store, vault.keys)
  const name = segmentName(device, segment)
  const opened = await openSegment(access, {
    kind: 'segment',
    name,
    device,
    segment,
    sizeBytes: upTo.bytes,
    copy: false,
  })
  const all: Batch[] = []
  // Of a conflict copy that alone holds them, only the number is known.
  if ('header' in opened) await readSegment(access, opened, undefined, (batch) => all.push(batch))
  const end = all.findIndex(({ head }) => head.hash === upTo.hash)
  const held = all.slice(Math.max(0, end + 1 - batches), end + 1)
  const ops = held.flatMap((batch) => batch.ops)
  const first = all[0]?.ops[0]
  return {
    segment,
    device,
    deviceName: first?.kind === 'open' ? first.deviceName : device,
    records: batches,
    firstMs: Math.floor((held[0]?.at.time ?? 0) / 1000),
    lastMs: Math.floor((held.at(-1)?.at.time ?? 0) / 1000),
    versions: ops.filter(({ kind }) => kind === 'version').length,
    names: ops.flatMap((op) => (op.kind === 'put' && op.name !== null ? [op.name] : [])),
  }
}
