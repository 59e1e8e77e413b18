import {
  type OpenCheckpoint,
  openCheckpoint,
  readCheckpointOps,
  verifyCheckpoint,
  type WholeCheckpoint,
} from './checkpoint-reader.ts'
import type { CheckpointHeads } from './coverage.ts'
import type { CheckpointFile, CheckpointId } from './file-name.ts'
import type { CheckpointRef } from './op.ts'
import type { JournalAccess } from './segment-reader.ts'

/** The checkpoints of a journal; each is verified when it is wanted, once. */
export class CheckpointShelf {
  /** Names of those that were wanted and can't be used. */
  readonly unfit = new Set<string>()
  readonly #access: JournalAccess
  readonly #files: readonly CheckpointFile[]
  readonly #verified = new Map<CheckpointId, WholeCheckpoint | undefined>()

  constructor(access: JournalAccess, files: readonly CheckpointFile[]) {
    this.#access = access
    this.#files = files
  }

  /** Those under a key that is open, the longest first: it covers most, as a rule. */
  async open(): Promise<readonly OpenCheckpoint[]> {
    const opened: OpenCheckpoint[] = []
    for (const file of this.#files) {
      const checkpoint = await openCheckpoint(this.#access, file)
      if (checkpoint) opened.push(checkpoint)
      else this.unfit.add(file.name)
    }
    return opened.sort((a, b) => b.file.sizeBytes - a.file.sizeBytes)
  }

  /** The checkpoint if it is whole. */
  async verify(checkpoint: OpenCheckpoint): Promise<WholeCheckpoint | undefined> {
    const { id } = checkpoint.header
    if (!this.#verified.has(id)) this.#verified.set(id, await verifyCheckpoint(this.#access, checkpoint))
    const whole = this.#verified.get(id)
    if (!whole) this.unfit.add(checkpoint.file.name)
    return whole
  }

  /** What the whole checkpoints of this epoch, or a later one, cover; without applying what they say. */
  async headsFrom(epoch: number): Promise<readonly CheckpointHeads[]> {
    const found: CheckpointHeads[] = []
    for (const checkpoint of await this.open()) {
      if (checkpoint.metadataKey.epoch < epoch) continue
      const whole = await this.verify(checkpoint)
      if (!whole) continue
      let knows = 0
      const isRead = await readCheckpointOps(this.#access, whole, (op) => {
        if (op.kind === 'epoch') knows = Math.max(knows, this.#access.keys.get(op.metadataKey)?.epoch ?? 0)
      })
      if (isRead) found.push({ ref: whole.ref, knows, heads: whole.covered })
    }
    return found
  }

  /** The checkpoint that an op names, if it is there, whole, and the very file that was named. */
  async find(ref: CheckpointRef): Promise<WholeCheckpoint | undefined> {
    for (const file of this.#files.filter(({ checkpoint }) => checkpoint === ref.id)) {
      const opened = await openCheckpoint(this.#access, file)
      const whole = opened && (await this.verify(opened))
      if (whole?.ref.sha256 === ref.sha256) return whole
    }
    return undefined
  }
}
