import { type DeviceId, type Id, parseId, type SegmentId } from '../contract/ids.ts'
import type { ListedFile } from './port.ts'

export type CheckpointId = Id<'checkpoint'>

/** A file under journal/, as its name tells. Nothing is believed of its contents. */
export type JournalFile = SegmentFile | CheckpointFile | StrangeFile

/** A segment, or a conflict copy of one that a sync tool made: read just the same (docs/format.md §4). */
export type SegmentFile = ListedFile & {
  readonly kind: 'segment'
  readonly device: DeviceId
  readonly segment: SegmentId
  readonly copy: boolean
}

export type CheckpointFile = ListedFile & {
  readonly kind: 'checkpoint'
  readonly device: DeviceId
  readonly checkpoint: CheckpointId
}

/** Reported, never read, never removed. `temporary`: one that a device is still writing; not reported. */
export type StrangeFile = ListedFile & { readonly kind: 'unknown' | 'temporary' }

const FOLDER = 'journal/'
const ID_DIGITS = 32

export const JOURNAL_PREFIX = FOLDER

export function segmentName(device: DeviceId, segment: SegmentId): string {
  return `${FOLDER}${device}/${segment}.log`
}

/** A conflict copy that we make ourselves: of a segment that another file took the place of. */
export function segmentCopyName(device: DeviceId, segment: SegmentId, mark: string): string {
  return `${FOLDER}${device}/${segment}-kept-${mark}.log`
}

export function checkpointName(device: DeviceId, checkpoint: CheckpointId): string {
  return `${FOLDER}${device}/${checkpoint}.ckpt`
}

/** What a listed file is, by its name alone. */
export function classifyFile({ name, sizeBytes }: ListedFile): JournalFile {
  const [folder = '', file = '', ...deeper] = name.slice(FOLDER.length).split('/')
  const device = parseId<DeviceId>(folder)
  const rest = file.slice(ID_DIGITS)
  const id = file.slice(0, ID_DIGITS)
  if (file.startsWith('.') && file.endsWith('.tmp')) return { kind: 'temporary', name, sizeBytes }
  if (!name.startsWith(FOLDER) || device === undefined || deeper.length > 0) {
    return { kind: 'unknown', name, sizeBytes }
  }
  if (rest === '.ckpt') {
    const checkpoint = parseId<CheckpointId>(id)
    if (checkpoint !== undefined) return { kind: 'checkpoint', name, sizeBytes, device, checkpoint }
  }
  const segment = parseId<SegmentId>(id)
  if (segment === undefined || rest.includes('.ckpt')) return { kind: 'unknown', name, sizeBytes }
  return { kind: 'segment', name, sizeBytes, device, segment, copy: rest !== '.log' }
}
