import { assertNever } from '../base/index.ts'
import type { ItemId, KeyVersionId, VersionId } from '../contract/ids.ts'
import type { Batch, KeyOp, Op, PutOp, VersionOp } from '../journal/index.ts'
import type { AuditEvent, Deed, KeyUse } from './event.ts'

/** What a batch itself does not say. */
export type BatchContext = {
  readonly deviceName: string
  readonly held: boolean
  /** The version of a local key that an EDK is under. */
  readonly keyVersionIn: (edk: Uint8Array) => KeyVersionId | undefined
}

/**
 * The acts in one batch of the journal (docs/format.md §4, the table of ops), in its order. What one act wrote as
 * several ops is one event: a new file's name, version and keys; all keys that a rewrap gave one version.
 *
 * Openings but the first of a segment, and closes, are the journal's own and no act of a person.
 */
export function eventsOf(batch: Batch, context: BatchContext): readonly AuditEvent[] {
  const { device, at, ops, unknownOps } = batch
  const together = Together.in(ops)
  const events: AuditEvent[] = []
  const tell = (index: number, did: Deed, of: Partial<AuditEvent> = {}) => {
    const { deviceName, held } = context
    const place = { time: at.time, segment: at.segment, record: at.seq, index }
    events.push({ ...NOTHING, place, device, deviceName, did, held, ...of })
  }
  if (unknownOps.length > 0) tell(0, { act: 'unknown', codes: unknownOps })
  for (const [index, op] of ops.entries()) {
    switch (op.kind) {
      case 'open':
        if (at.seq === 1 && index === 0) tell(index, { act: 'open', app: op.app })
        break
      case 'close':
        break
      case 'put': {
        const did = together.isTold(op) ? undefined : putDeed(op)
        if (did) tell(index, did, { items: [op.item] })
        break
      }
      case 'version': {
        const keys = together.keysOf(op.version).map((key) => keyUse(key, context))
        tell(index, together.versionDeed(op), { items: [op.item], versions: [op.version], keys })
        break
      }
      case 'key': {
        if (!together.isFirstRewrap(op)) break
        const keys = together.keysOf(op.version).map((key) => keyUse(key, context))
        const act = keys.every(({ removed }) => removed) ? 'unwrap' : 'rewrap'
        tell(index, { act }, { versions: [op.version], keys })
        break
      }
      case 'bin':
        tell(index, { act: op.on ? 'bin' : 'restore' }, { items: [op.item] })
        break
      case 'purge':
        tell(index, { act: 'purge' }, { items: [op.item], versions: op.versions })
        break
      case 'set':
        tell(index, { act: 'set', name: op.name, value: op.value })
        break
      case 'file':
        tell(index, { act: op.sha256 === null ? 'key-file-removed' : 'key-file-added', file: op.name })
        break
      case 'note': {
        const { outcome, ids, kmsCalls } = op
        tell(index, { act: 'note', word: op.act }, { outcome, ids, kmsCalls })
        break
      }
      case 'require':
        tell(index, { act: 'require', feature: op.feature })
        break
      case 'epoch':
        tell(index, { act: 'epoch', metadataKey: op.metadataKey })
        break
      default:
        assertNever(op)
    }
  }
  return events
}

const NOTHING = { outcome: 'ok', items: [], versions: [], keys: [], ids: [], kmsCalls: [] } as const

/** Ops of a batch that are told as one. */
class Together {
  readonly #versions = new Set<VersionId>()
  readonly #newItems = new Map<ItemId, PutOp>()
  readonly #itemsWithVersion = new Set<ItemId>()
  readonly #keys = new Map<VersionId, KeyOp[]>()

  static in(ops: readonly Op[]): Together {
    const together = new Together()
    for (const op of ops) {
      if (op.kind === 'version') {
        together.#versions.add(op.version)
        together.#itemsWithVersion.add(op.item)
      } else if (op.kind === 'put' && op.itemKind === 'file') together.#newItems.set(op.item, op)
      else if (op.kind === 'key') {
        const keys = together.#keys.get(op.version)
        if (keys) keys.push(op)
        else together.#keys.set(op.version, [op])
      }
    }
    return together
  }

  /** A put whose version is told: the name of a new file, or the mode that came with a new version. */
  isTold({ item, itemKind, parent, name }: PutOp): boolean {
    if (!this.#itemsWithVersion.has(item)) return false
    return itemKind === 'file' || (parent === null && name === null)
  }

  versionDeed({ item, sizeBytes }: VersionOp): Deed {
    const put = this.#newItems.get(item)
    return put ? { act: 'add', name: put.name, sizeBytes } : { act: 'new-version', sizeBytes }
  }

  keysOf(version: VersionId): readonly KeyOp[] {
    return this.#keys.get(version) ?? []
  }

  isFirstRewrap(op: KeyOp): boolean {
    return !this.#versions.has(op.version) && this.keysOf(op.version)[0] === op
  }
}

/** What a put alone says; undefined: only a folder's time, which follows from what is done in it. */
function putDeed({ itemKind, parent, name, mode }: PutOp): Deed | undefined {
  if (itemKind === 'folder') return { act: 'make-folder', name }
  if (itemKind === 'file') return { act: 'add', name, sizeBytes: 0 }
  if (parent !== null) return { act: 'move', name }
  if (name !== null) return { act: 'rename', name }
  return mode === null ? undefined : { act: 'set-mode' }
}

function keyUse({ key, edk, keyMaterialId }: KeyOp, { keyVersionIn }: BatchContext): KeyUse {
  const keyVersion = edk === null ? null : (keyVersionIn(edk) ?? null)
  return { key, keyVersion, keyMaterialId, removed: edk === null }
}
