import type { DeviceId, SegmentId } from '../contract/ids.ts'
import type { Absence, Finding } from './finding.ts'
import type { Claim, Cursor } from './known.ts'
import type { Head } from './op.ts'
import type { FileEnd, SegmentGroup } from './segment-group.ts'

/** What this device knows of itself. */
export type OwnDevice = {
  readonly device: DeviceId
  /** Its segments, as its anchors have them. */
  readonly segments: ReadonlySet<SegmentId>
  /** The write lock is held: no process of this device is writing now. */
  readonly lockHeld: boolean
}

/** What a reading found, to be judged. */
export type Evidence = {
  readonly groups: ReadonlyMap<SegmentId, SegmentGroup>
  /** Where the state stands, heads marked that are named. */
  readonly cursors: readonly Cursor[]
  /** Heads that others name and that are not there. */
  readonly unmet: readonly Claim[]
  /** Heads that this device has seen itself. */
  readonly anchored: readonly Head[]
  readonly own: OwnDevice | undefined
}

/** Why a head is not there; undefined: it is. */
export function lackOf(groups: Evidence['groups'], head: Head): Absence | undefined {
  const group = groups.get(head.segment)
  return group ? group.lack(head) : 'absent'
}

/**
 * Tells apart what can be wrong with segments (docs/format.md §4): arriving, torn, damaged, forked, missing,
 * rolled back.
 */
export function judge(evidence: Evidence): readonly Finding[] {
  const lost = lostHeads(evidence)
  const lostSegments = new Set(lost.map(({ head }) => head.segment))
  const late = greatestOfEach(evidence.unmet.filter(({ head }) => !lostSegments.has(head.segment)))
  return [
    ...[...evidence.groups.values()].flatMap((group) => judgeGroup(group, evidence)),
    ...lost,
    ...late.map(({ head, by }): Finding => {
      const because = lackOf(evidence.groups, head) ?? 'absent'
      return { kind: 'missing', head, by, device: deviceOf(evidence, head), because }
    }),
  ]
}

type RolledBack = Finding & { readonly kind: 'rolled-back' }

function lostHeads(evidence: Evidence): readonly RolledBack[] {
  const lost = evidence.anchored.flatMap((head): RolledBack[] => {
    const because = lackOf(evidence.groups, head)
    return because ? [{ kind: 'rolled-back', head, because, device: deviceOf(evidence, head) }] : []
  })
  return greatestOfEach(lost)
}

/** Of each segment the one with the greatest head: it stands for those before it. */
function greatestOfEach<T extends { readonly head: Head }>(all: readonly T[]): readonly T[] {
  const greatest = new Map<SegmentId, T>()
  for (const each of all) {
    const { segment, bytes } = each.head
    if (bytes > (greatest.get(segment)?.head.bytes ?? -1)) greatest.set(segment, each)
  }
  return [...greatest.values()]
}

function deviceOf({ groups, cursors }: Evidence, { segment }: Head): DeviceId | null {
  const cursor = cursors.find(({ place }) => place.head.segment === segment)
  return cursor?.device ?? groups.get(segment)?.files[0]?.device ?? null
}

function judgeGroup(group: SegmentGroup, evidence: Evidence): readonly Finding[] {
  const findings: Finding[] = group.ends.flatMap((end) => judgeEnd(group, end, evidence))
  const [file] = group.files
  const { segment } = group
  if (!file) return findings
  const { device } = file
  const { forkedAt } = group.branches
  if (forkedAt !== undefined) findings.push({ kind: 'forked', segment, device, seq: forkedAt })
  const { own } = evidence
  if (own?.device === device && !own.segments.has(segment)) findings.push({ kind: 'cloned', segment, device })
  for (const { batches, upTo, file: at } of group.held) {
    findings.push({ kind: 'held', segment, device: at.device, batches, upTo })
  }
  return findings
}

function judgeEnd(group: SegmentGroup, fileEnd: FileEnd, evidence: Evidence): readonly Finding[] {
  const { file, end, head } = fileEnd
  const tail = { name: file.name, segment: file.segment, device: file.device, bytes: head?.bytes ?? 0 }
  if (file.copy) return [{ kind: 'copy', end, ...tail }]
  if (end === 'whole') return []
  if (end !== 'keyless' && isTorn(group, fileEnd, evidence)) return [{ kind: 'torn', ...tail }]
  return [{ kind: end, ...tail }]
}

/**
 * Torn: cut off while its writer wrote it, and never acknowledged. Of our own segments that is any unreadable
 * tail while nobody writes; of others' one behind the very head where a later open of that device puts the
 * end. Never if anyone has seen more of the segment.
 */
function isTorn(group: SegmentGroup, { head }: FileEnd, evidence: Evidence): boolean {
  const { own, anchored, unmet, cursors } = evidence
  const { segment } = group
  const seen = [...anchored, ...unmet.map((claim) => claim.head)]
  if (seen.some((each) => each.segment === segment && group.lack(each) !== undefined)) return false
  if (own?.lockHeld && own.segments.has(segment)) return true
  return cursors.some(({ place, namedBy }) => place.head.hash === head?.hash && namedBy === 'its own')
}
