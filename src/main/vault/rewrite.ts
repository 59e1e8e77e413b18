import { createHash } from 'node:crypto'
import { bug, hex, writeBase64 } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import type { Entry, ItemVersion, JobNumber } from '../index/index.ts'
import { CONTEXT, FILE_KEYS } from '../jobs/index.ts'
import { type Group, parseHash } from '../journal/index.ts'
import { type KeyRecord, writeEntry, writeKeyRecord } from '../keys/index.ts'
import { MessageWriter, wrapRawAes } from '../message/index.ts'
import { messageName } from './message-name.ts'
import { newId } from './new-id.ts'
import type { OpenVault } from './open-vault.ts'
import { demandLockAllowed } from './policy-facts.ts'
import { readVersion } from './stored-version.ts'
import { entryNamed, failNotFound, type ItemName } from './vault-path.ts'
import { newWrappedFileKey, type Wrapped } from './wrap-for.ts'
import { demandActive, keyOps } from './wrapping-keys.ts'

/**
 * Makes a version of a file the current one again: its contents become a new version, under a new file key, that
 * takes the place of all that are shown. So a conflict is settled, too; nothing is removed.
 *
 * @returns the new version @throws ITEM_NOT_FOUND · what is wrong with its message · what the disk refuses
 */
export async function makeCurrent(vault: OpenVault, name: ItemName, version: VersionId): Promise<VersionId> {
  const entry = entryNamed(vault, name)
  const stored = vault.index.versions.of(entry.id).find((each) => each.version === version && !each.purged)
  if (stored === undefined) return failNotFound(`version ${version} of ${entry.name}`)
  await demandLockAllowed(vault, 'restore-version', [entry.id])
  const copy = await writeCopy(vault, entry, stored, entry.heads)
  await recordCopies(vault, [copy])
  return copy.version
}

/** A version that was written and is not recorded yet. */
export type Copy = { readonly version: VersionId; readonly job: JobNumber; readonly group: Group }

/**
 * Writes the contents of a version as a new one, with a file key of its own, wrapped for the recipients of now.
 *
 * @param bases the versions that it takes the place of
 * @returns what recordCopies takes; until then it is an orphan, which this device's next job removes
 */
export async function writeCopy(
  vault: OpenVault,
  entry: Entry,
  from: ItemVersion,
  bases: readonly VersionId[],
): Promise<Copy> {
  vault.journal.demandWritable()
  const version = newId<VersionId>()
  const wrapped = await newWrappedFileKey(vault, version)
  using fileKey = wrapped.fileKey
  const { record } = wrapped
  const writer = new MessageWriter({
    context: contextOf(vault, version, entry, from, record),
    wrap: (dataKey, whole) => {
      const key = { namespace: FILE_KEYS, name: version, key: fileKey.keyObject() }
      return [wrapRawAes(key, dataKey, whole)]
    },
  })
  const job = await vault.index.beginJob([version])
  const writing = new Rewriting(writer)
  await vault.store.createFrom(messageName(version), writing.pieces(readVersion(vault, entry.id, from)))
  if (writing.sizeBytes !== from.sizeBytes) bug('contents of another length than recorded')
  return { version, job, group: groupOf(vault, entry.id, version, from, bases, wrapped, writing) }
}

/** Records versions that were written, in one batch. */
export async function recordCopies(vault: OpenVault, copies: readonly Copy[]): Promise<void> {
  const groups = copies.map(({ group }) => group)
  await vault.commit(() => {
    demandActive(vault, groups)
    return { groups, value: undefined }
  })
  for (const { job } of copies) await vault.index.endJob(job)
}

function contextOf(
  vault: OpenVault,
  versionId: VersionId,
  { id: itemId, parent, name, mode }: Entry,
  { sizeBytes, mtimeMs }: ItemVersion,
  record: KeyRecord,
): ReadonlyMap<string, string> {
  const { id, key } = vault.keys.newest[0] ?? bug('an open vault without a metadata key')
  const facts = { name, parent, sizeBytes, mtimeMs, mode: mode ?? 0o600 }
  return new Map([
    [CONTEXT.vault, vault.vaultId],
    [CONTEXT.item, itemId],
    [CONTEXT.version, versionId],
    [CONTEXT.entry, writeEntry(facts, { vaultId: vault.vaultId, itemId, versionId }, id, key)],
    [CONTEXT.key, writeBase64(writeKeyRecord(record))],
  ])
}

/** A message on its way to the disk, and what the journal will say of it. */
class Rewriting {
  readonly #writer: MessageWriter
  readonly #hash = createHash('sha256')
  lengthBytes = 0
  sizeBytes = 0

  constructor(writer: MessageWriter) {
    this.#writer = writer
  }

  get sha256(): string {
    return this.#hash.digest('hex')
  }

  /** Whole frames as their plain text comes; the last one, which may be empty, at its end. */
  async *pieces(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield this.#count(this.#writer.header)
    const { frameLength } = this.#writer
    let held = Buffer.alloc(0)
    for await (const bytes of plain) {
      this.sizeBytes += bytes.length
      held = Buffer.concat([held, bytes])
      // One frame's worth is kept back: the final frame may be full.
      while (held.length > frameLength) {
        yield this.#count(this.#sealed((out) => this.#writer.frame(held.subarray(0, frameLength), out, 0)))
        held = held.subarray(frameLength)
      }
    }
    yield this.#count(this.#sealed((out) => this.#writer.finish(held, out, 0)))
    held.fill(0)
  }

  #sealed(seal: (out: Buffer) => number): Uint8Array {
    const out = Buffer.alloc(this.#writer.frameLength + FRAME_ROOM_BYTES)
    return out.subarray(0, seal(out))
  }

  #count(bytes: Uint8Array): Uint8Array {
    this.#hash.update(bytes)
    this.lengthBytes += bytes.length
    return bytes
  }
}

/** More than any frame adds to its plain text. */
const FRAME_ROOM_BYTES = 64

function groupOf(
  vault: OpenVault,
  item: ItemId,
  version: VersionId,
  { mtimeMs, sizeBytes }: ItemVersion,
  bases: readonly VersionId[],
  { record, materials }: Wrapped,
  { lengthBytes, sha256 }: Rewriting,
): Group {
  const hash = (text: string) => parseHash(text) ?? bug('a hash of another form')
  return [
    {
      kind: 'version',
      item,
      version,
      bases,
      sizeBytes,
      lengthBytes,
      sha256: hash(sha256),
      commit: hash(hex(record.commitment)),
      mtimeMs,
    },
    ...keyOps(vault, version, record, materials),
  ]
}
