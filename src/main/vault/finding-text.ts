import { assertNever } from '../base/index.ts'
import type { Finding } from '../journal/index.ts'

/** What the journal's reading noticed, in words. */
export function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'arriving':
      return `${finding.name} is still arriving: ${finding.bytes} bytes of it are used so far.`
    case 'torn':
      return `${finding.name} ends in a record that was never finished: its writer was cut off. Nothing acknowledged is missing.`
    case 'damaged':
      return `${finding.name} was changed or damaged after ${finding.bytes} bytes; all before that is used.`
    case 'keyless':
      return `${finding.name} is under a metadata key that is not open here.`
    case 'copy':
      return `${finding.name} is a copy of a segment that a sync tool made; what it holds is applied.`
    case 'forked':
      return `Segment ${finding.segment} goes on in two ways after record ${finding.seq}; both are applied.`
    case 'missing':
      return `Waiting for changes that another device has recorded: segment ${finding.head.segment} up to ${finding.head.bytes} bytes.`
    case 'rolled-back':
      return `This computer has seen segment ${finding.head.segment} up to ${finding.head.bytes} bytes (record ${finding.head.seq}); that is not there now.`
    case 'cloned':
      return `Segment ${finding.segment} was written under this computer’s id by another place.`
    case 'held':
      return `${finding.batches} late records of segment ${finding.segment}, under an older metadata key, wait to be accepted.`
    case 'checkpoint-awaited':
      return `Checkpoint ${finding.checkpoint.id}, with which the newest epoch begins, has not arrived whole.`
    case 'checkpoint-unfit':
      return `The checkpoint ${finding.name} is not used: the segments hold all that it holds.`
    case 'unknown-file':
      return `${finding.name} is none of the journal’s files; it is left alone.`
    default:
      return assertNever(finding)
  }
}
