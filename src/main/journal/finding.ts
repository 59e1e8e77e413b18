import { assertNever, type ErrorCode } from '../base/index.ts'
import type { DeviceId, SegmentId } from '../contract/ids.ts'
import type { CheckpointRef, Head } from './op.ts'

/** What a reading noticed. Nothing is ever cut, moved or removed because of one. */
export type Finding =
  /** The file ends inside a frame: a sync tool or its writer is still at it. */
  | ({ readonly kind: 'arriving' } & Tail)
  /** An unreadable tail that was never acknowledged: its writer was cut off there. */
  | ({ readonly kind: 'torn' } & Tail)
  /** What follows is not what was written there. All before it is used. */
  | ({ readonly kind: 'damaged' } & Tail)
  /** Under a metadata key that isn't open here; its key record may not have arrived. */
  | ({ readonly kind: 'keyless' } & Tail)
  /** A conflict copy of a segment; what it holds is applied. */
  | ({ readonly kind: 'copy'; readonly end: TailEnd } & Tail)
  /** Two frames of one number: the device was cloned, or a tool put an old file back and it went on. */
  | { readonly kind: 'forked'; readonly segment: SegmentId; readonly device: DeviceId; readonly seq: number }
  /** Another device saw this head, here it hasn't arrived: late, no alarm. */
  | ({ readonly kind: 'missing'; readonly by: SegmentId | null; readonly device: DeviceId | null } & Lack)
  /** This device itself saw this head, and it is not there. */
  | ({ readonly kind: 'rolled-back'; readonly device: DeviceId | null } & Lack)
  /** A segment of this very device that its anchors don't know. */
  | { readonly kind: 'cloned'; readonly segment: SegmentId; readonly device: DeviceId }
  /** Frames of an older epoch that turned up late: not applied until `upTo` is accepted. */
  | {
      readonly kind: 'held'
      readonly segment: SegmentId
      readonly device: DeviceId
      readonly batches: number
      readonly upTo: Head
    }
  /** The epoch names it and it isn't whole here: until it is, older epochs are held. */
  | { readonly kind: 'checkpoint-awaited'; readonly checkpoint: CheckpointRef }
  /** Not used; the segments hold all that it holds. */
  | { readonly kind: 'checkpoint-unfit'; readonly name: string }
  | { readonly kind: 'unknown-file'; readonly name: string }

export type TailEnd = 'whole' | 'arriving' | 'damaged' | 'keyless'

/** Where a file stops being readable. */
type Tail = {
  readonly name: string
  readonly segment: SegmentId
  readonly device: DeviceId
  /** Verified bytes before it. */
  readonly bytes: number
}

type Lack = { readonly head: Head; readonly because: Absence }

/**
 * Why a head is not there: no file; a file that stops before it (it ends, is arriving, damaged, or under a key
 * that isn't open); or other frames in its place.
 */
export type Absence = 'absent' | 'short' | 'arriving' | 'damaged' | 'keyless' | 'other-branch'

/** The error that a finding amounts to; undefined: a note, which alters no exit code. */
export function errorOf(finding: Finding): ErrorCode | undefined {
  switch (finding.kind) {
    case 'damaged':
      return 'JOURNAL_DAMAGED'
    case 'rolled-back':
      return 'JOURNAL_ROLLED_BACK'
    case 'arriving':
    case 'torn':
    case 'keyless':
    case 'copy':
    case 'forked':
    case 'missing':
    case 'cloned':
    case 'held':
    case 'checkpoint-awaited':
    case 'checkpoint-unfit':
    case 'unknown-file':
      return undefined
    default:
      return assertNever(finding)
  }
}
