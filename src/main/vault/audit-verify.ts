import { CODES, type ErrorCode } from '../contract/codes.ts'
import type { DeviceId, SegmentId } from '../contract/ids.ts'
import {
  type Batch,
  errorOf,
  type Finding as JournalFinding,
  type JournalTarget,
  listSegments,
} from '../journal/index.ts'
import { findingText } from './finding-text.ts'
import { journalAccess } from './journal-access.ts'
import type { OpenVault } from './open-vault.ts'
import { readWholeJournal } from './verify-journal.ts'

/** What the chain of records proves, and what nobody may read into it (docs/audit.md). */
export const CHAIN_PROVES = [
  'Every record was written by a holder of the vault’s metadata key.',
  'Within a segment no record was changed, removed, added or moved since it was written.',
  'Nothing that this computer has seen before is missing.',
] as const
export const CHAIN_DOES_NOT_PROVE = [
  'Which member wrote a record: all hold the same key. AWS’s trail tells who called KMS (`audit reconcile`).',
  'That a computer which sees this vault for the first time sees all of it, or the newest of it.',
  'That a device’s clock was right, or that what a device did without writing a record was nothing.',
] as const

/** Something in the record that is not as it was written, or that this computer has seen and is gone. */
export type ChainFinding = {
  readonly kind: ErrorCode
  readonly message: string
  readonly remedy: string
  readonly segment: string | null
  readonly device: string | null
  readonly deviceName: string | null
  /** The number of the first record that is not as it was; null: all of it, or not known here. */
  readonly record: number | null
}

export type ChainSegment = {
  readonly segment: string
  readonly device: string
  readonly deviceName: string
  readonly records: number
  readonly ops: number
  readonly fromMs: number
  readonly toMs: number
}

export type ChainReport = {
  readonly segments: readonly ChainSegment[]
  readonly devices: readonly {
    readonly device: string
    readonly deviceName: string
    readonly segments: number
    readonly records: number
  }[]
  readonly findings: readonly ChainFinding[]
  /** What is to be known and is no fault: late, forked, held, torn, still arriving. */
  readonly notes: readonly { readonly kind: JournalFinding['kind']; readonly message: string }[]
  readonly proves: readonly string[]
  readonly doesNotProve: readonly string[]
}

/**
 * Reads the whole record of a vault again from its first byte, and says what it proves (docs/format.md §4,
 * "Promise"). Changes nothing.
 */
export async function verifyAudit(vault: OpenVault): Promise<ChainReport> {
  const count = new Count()
  const read = await readWholeJournal(vault, count)
  const all = [...vault.findings, ...read]
  const distinct = new Map(all.map((finding) => [findingText(finding), finding]))
  const deviceOf = await devicesOf(vault)
  const findings: ChainFinding[] = []
  const notes: { kind: JournalFinding['kind']; message: string }[] = []
  for (const [message, finding] of distinct) {
    const kind = errorOf(finding)
    if (kind === undefined) notes.push({ kind: finding.kind, message })
    else findings.push(placed(finding, kind, message, count, deviceOf))
  }
  for (const name of vault.journal.strange) {
    const message = `No regular file stands at ${name}.`
    findings.push({ ...NOWHERE, kind: 'NOT_A_FILE', message, remedy: CODES.NOT_A_FILE.next })
  }
  return {
    segments: count.segments,
    devices: byDevice(count.segments),
    findings,
    notes,
    proves: findings.length === 0 ? CHAIN_PROVES : [],
    doesNotProve: CHAIN_DOES_NOT_PROVE,
  }
}

const NOWHERE = { segment: null, device: null, deviceName: null, record: null } as const

/** Names the record that a finding is about. */
function placed(
  finding: JournalFinding,
  kind: ErrorCode,
  text: string,
  count: Count,
  deviceOf: ReadonlyMap<SegmentId, DeviceId>,
): ChainFinding {
  const remedy = CODES[kind].next
  if (finding.kind !== 'damaged' && finding.kind !== 'rolled-back') {
    return { ...NOWHERE, kind, message: text, remedy }
  }
  const segment = finding.kind === 'damaged' ? finding.segment : finding.head.segment
  const device = finding.device ?? deviceOf.get(segment) ?? null
  const counted = count.of(segment)
  const deviceName = device === null ? null : (counted?.deviceName ?? count.nameOf(device))
  const last = counted?.records ?? 0
  const isHere = finding.kind === 'damaged' ? (counted?.bytes ?? 0) <= finding.bytes : true
  const record = isHere ? last + 1 : null
  const by = deviceName === null ? '' : `, by ${deviceName}`
  const where = `Record ${record ?? '?'} of segment ${segment}${by}`
  const message =
    finding.kind === 'damaged'
      ? `${where}, is not what was written there: it was changed, removed or moved. ${text}`
      : `${where}, and all after it, up to record ${finding.head.seq}, is not there as this computer has seen it. ${text}`
  return { kind, message, remedy, segment, device, deviceName, record }
}

async function devicesOf({ vaultId, store, keys }: OpenVault): Promise<ReadonlyMap<SegmentId, DeviceId>> {
  const files = await listSegments(journalAccess(vaultId, store, keys).source)
  return new Map(files.map(({ segment, device }) => [segment, device]))
}

function byDevice(segments: readonly ChainSegment[]): ChainReport['devices'] {
  return [...Map.groupBy(segments, ({ device }) => device)].map(([device, own]) => ({
    device,
    deviceName: own.at(-1)?.deviceName ?? '',
    segments: own.length,
    records: own.reduce((sum, { records }) => sum + records, 0),
  }))
}

type Counted = { -readonly [K in keyof ChainSegment]: ChainSegment[K] } & { bytes: number }

/** Counts what is read, by segment. */
class Count implements JournalTarget {
  readonly #segments = new Map<SegmentId, Counted>()
  readonly #names = new Map<string, string>()

  get segments(): readonly ChainSegment[] {
    const all = [...this.#segments.values()].map(({ bytes: _, ...segment }) => segment)
    return all.sort((a, b) => a.fromMs - b.fromMs)
  }

  of(segment: SegmentId): Counted | undefined {
    return this.#segments.get(segment)
  }

  /** A device's name in any of its segments. */
  nameOf(device: DeviceId): string {
    return this.#names.get(device) ?? device
  }

  applyBatch({ device, at, ops, head }: Batch): void {
    const timeMs = Math.floor(at.time / 1000)
    const counted = this.#segments.get(at.segment) ?? {
      segment: at.segment,
      device,
      deviceName: '',
      records: 0,
      ops: 0,
      fromMs: timeMs,
      toMs: timeMs,
      bytes: 0,
    }
    for (const op of ops) {
      if (op.kind !== 'open') continue
      counted.deviceName = op.deviceName
      this.#names.set(device, op.deviceName)
    }
    // Of a fork the longer branch counts.
    counted.records = Math.max(counted.records, at.seq)
    counted.bytes = Math.max(counted.bytes, head.bytes)
    counted.ops += ops.length
    counted.toMs = Math.max(counted.toMs, timeMs)
    this.#segments.set(at.segment, counted)
  }

  /** Read without checkpoints, so that every record itself is seen. */
  applyOp(): void {}
}
