import type { SegmentId } from '../contract/ids.ts'
import { type Branches, branchesOf } from './branches.ts'
import type { SegmentFile } from './file-name.ts'
import type { Absence, TailEnd } from './finding.ts'
import type { Hash } from './hash.ts'
import type { Cursor } from './known.ts'
import type { Head } from './op.ts'
import type { OpenSegment } from './segment-reader.ts'

/** How a reading of one file ended, and how far it verified; no head: not one good frame. */
export type FileEnd = {
  readonly file: SegmentFile
  readonly end: TailEnd
  readonly head: Head | undefined
}

/** Batches of an older epoch beyond what is covered, in one file. */
export type Held = { readonly file: SegmentFile; readonly batches: number; readonly upTo: Head }

/** All files of one segment, and what one reading makes of them. */
export class SegmentGroup {
  readonly segment: SegmentId
  readonly files: readonly SegmentFile[]
  /** Where the state stands: from earlier readings, or from a checkpoint. */
  cursors: readonly Cursor[]
  /** The files whose header could be read. */
  readonly opened: OpenSegment[] = []
  readonly ends: FileEnd[] = []
  readonly held: Held[] = []
  /** Verified frames, applied or held. */
  readonly seen = new Set<Hash>()
  /** Frames that were applied in this reading; kept only where a frame may stand in two files. */
  readonly applied = new Set<Hash>()
  /** Chains of the files, each from its first frame: only where they must be put together. */
  readonly chains = new Map<string, readonly Head[]>()
  /** Where the reading has got to, by file. */
  readonly reached = new Map<string, Cursor>()

  constructor(segment: SegmentId, files: readonly SegmentFile[], cursors: readonly Cursor[]) {
    this.segment = segment
    this.files = files
    this.cursors = cursors
  }

  /** Goes on after what a checkpoint covers, if the one file there is reaches so far. */
  startAt(head: Head): void {
    const [file, segment] = [this.files[0], this.opened[0]]
    if (this.files.length !== 1 || !file || !segment) return
    if (file.sizeBytes < head.bytes) return
    const { device, metadataKey } = segment.header
    this.cursors = [{ place: { head, closed: false }, device, metadataKey, namedBy: 'nobody' }]
  }

  /** Nothing new: the one file is as long as what was read of it. */
  get isIdle(): boolean {
    return this.#standsAt((size, read) => size === read)
  }

  /**
   * Whether it must be read from its first frame: there are several files or branches, or the file is shorter
   * than it was. Its frames then are what there is; nothing is taken on trust.
   */
  get isPutTogether(): boolean {
    return this.files.length > 1 || this.cursors.length > 1 || this.#standsAt((size, read) => size < read)
  }

  #standsAt(test: (size: number, read: number) => boolean): boolean {
    const [file, cursor] = [this.files[0], this.cursors[0]]
    if (!file || !cursor || this.files.length > 1 || this.cursors.length > 1) return false
    return test(file.sizeBytes, cursor.place.head.bytes)
  }

  /** The branches of a segment that is put together; of any other, the one it has. */
  get branches(): Branches {
    return branchesOf([...this.chains.values()])
  }

  /** Why a head is not there; undefined: it is. */
  lack(head: Head): Absence | undefined {
    // Also where the state stands beyond it: what was read once is lost from the vault all the same.
    if (this.files.length === 0) return 'absent'
    if (this.seen.has(head.hash)) return undefined
    if (!this.isPutTogether) {
      const read = this.cursors[0]?.place.head
      // What was read before had its frames verified then; only its last one is at hand to compare.
      if (read && (head.seq < read.seq || head.hash === read.hash)) return undefined
      if (read?.seq === head.seq) return 'other-branch'
    }
    if (this.ends.some((each) => each.head !== undefined && each.head.seq >= head.seq)) {
      return 'other-branch'
    }
    const { end } = this.ends.find(({ file }) => !file.copy) ?? this.ends[0] ?? { end: 'whole' }
    return end === 'whole' ? 'short' : end
  }

  /** Where the state stands now: what was reached, each branch once; if nothing was, as before. */
  get cursorsNow(): readonly Cursor[] {
    if (this.reached.size === 0) return this.cursors
    if (!this.isPutTogether) return [...this.reached.values()]
    const byHash = new Map(
      [...this.cursors, ...this.reached.values()].map((cursor) => [cursor.place.head.hash, cursor]),
    )
    const applied = [...this.chains].map(([name, chain]) => {
      const bytes = this.reached.get(name)?.place.head.bytes ?? 0
      return chain.filter((head) => head.bytes <= bytes)
    })
    const inner = new Set(applied.flatMap((chain) => chain.slice(0, -1)).map(({ hash }) => hash))
    return [...byHash.values()].filter(({ place: { head } }) => !inner.has(head.hash))
  }
}
