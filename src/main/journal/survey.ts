import type { SegmentId } from '../contract/ids.ts'
import { type CheckpointFile, classifyFile, JOURNAL_PREFIX, type SegmentFile } from './file-name.ts'
import type { Cursor } from './known.ts'
import type { JournalSource } from './port.ts'
import { SegmentGroup } from './segment-group.ts'

/** What lies under journal/, by name; and what was there before and is gone. */
export type Survey = {
  readonly groups: ReadonlyMap<SegmentId, SegmentGroup>
  readonly checkpoints: readonly CheckpointFile[]
  readonly unknown: readonly string[]
}

/** Lists the journal. Segments are put together with how far they were read before. */
export async function surveyJournal(source: JournalSource, cursors: readonly Cursor[]): Promise<Survey> {
  const files = new Map<SegmentId, SegmentFile[]>()
  const checkpoints: CheckpointFile[] = []
  const unknown: string[] = []
  for (const listed of await source.list(JOURNAL_PREFIX)) {
    const file = classifyFile(listed)
    if (file.kind === 'segment') files.set(file.segment, [...(files.get(file.segment) ?? []), file])
    else if (file.kind === 'checkpoint') checkpoints.push(file)
    else if (file.kind === 'unknown') unknown.push(file.name)
  }
  const cursorsOf = Map.groupBy(cursors, ({ place }) => place.head.segment)
  const groups = new Map<SegmentId, SegmentGroup>()
  for (const segment of new Set([...files.keys(), ...cursorsOf.keys()])) {
    const own = files.get(segment) ?? []
    groups.set(segment, new SegmentGroup(segment, own, cursorsOf.get(segment) ?? []))
  }
  return { groups, checkpoints, unknown }
}

/** The files of all segments, copies among them, in no order. */
export async function listSegments(source: JournalSource): Promise<readonly SegmentFile[]> {
  const files = (await source.list(JOURNAL_PREFIX)).map(classifyFile)
  return files.filter((file) => file.kind === 'segment')
}
