import { bug } from '../base/index.ts'
import {
  CHECKPOINT_AFTER_BYTES,
  type CheckpointDraft,
  type CheckpointRef,
  checkpointName,
  draftCheckpoint,
  type Head,
  type Known,
} from '../journal/index.ts'
import type { MetadataKey } from '../keys/index.ts'
import type { OpenVault } from './open-vault.ts'

/**
 * Writes a checkpoint once the journal has grown by 64 MiB since the last (docs/format.md §4), so that a new
 * device need not read all of it; then removes this device's older ones. Segments stay. The lock is not held:
 * others write on meanwhile.
 *
 * @returns whether it wrote one
 */
export async function writeCheckpointIfDue(
  vault: OpenVault,
  afterBytes = CHECKPOINT_AFTER_BYTES,
): Promise<boolean> {
  if (newBytes(vault.journal.known) < afterBytes || vault.journal.rolledBack) return false
  vault.journal.demandWritable()
  const [newest] = vault.keys.newest
  const written = await writeCheckpoint(vault, newest ?? bug('an open vault without a metadata key'))
  if (written === undefined) return false
  await vault.index.noteCheckpoint(written)
  await removeOlder(vault, checkpointName(vault.device, written.ref.id))
  return true
}

/**
 * Writes a checkpoint of all that was read.
 *
 * @param metadataKey that it is under
 * @returns undefined: there can be none now, since a segment is forked or more is awaited
 */
export async function writeCheckpoint(
  vault: OpenVault,
  metadataKey: Pick<MetadataKey, 'id' | 'key'>,
): Promise<{ readonly ref: CheckpointRef; readonly heads: readonly Head[] } | undefined> {
  using snapshot = vault.index.snapshot()
  if (snapshot?.covered === undefined) return undefined
  const facts = { vault: vault.vaultId, device: vault.device, metadataKey }
  const draft = draftCheckpoint(facts, snapshot.covered, snapshot.standingOps())
  const writing = new Writing(draft)
  await vault.store.createFrom(checkpointName(vault.device, draft.id), writing.pieces())
  return { ref: writing.ref, heads: snapshot.covered }
}

function newBytes({ cursors, checkpoint }: Known): number {
  const covered = new Map(checkpoint?.covered.map(({ segment, bytes }) => [segment, bytes]))
  const added = cursors.map(({ place: { head } }) => head.bytes - (covered.get(head.segment) ?? 0))
  return added.reduce((sum, bytes) => sum + Math.max(0, bytes), 0)
}

/** The pieces of a draft, and what the last of them leaves. */
class Writing {
  readonly #draft: CheckpointDraft
  #ref: CheckpointRef | undefined

  constructor(draft: CheckpointDraft) {
    this.#draft = draft
  }

  *pieces(): Generator<Uint8Array> {
    this.#ref = yield* this.#draft.pieces
  }

  get ref(): CheckpointRef {
    return this.#ref ?? bug('a checkpoint that was not written')
  }
}

async function removeOlder(vault: OpenVault, newest: string): Promise<void> {
  for (const { name } of await vault.store.list(`journal/${vault.device}/`)) {
    if (name.endsWith('.ckpt') && name !== newest) await vault.store.remove(name)
  }
}
