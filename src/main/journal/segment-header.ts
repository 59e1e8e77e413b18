import { concat, kdf, parseUtf8, type Secret, utf8Bytes } from '../base/index.ts'
import {
  type DeviceId,
  type Id,
  idBytes,
  idFromBytes,
  type MetadataKeyId,
  type VaultId,
} from '../contract/ids.ts'

/**
 * Header of a segment and of a checkpoint (docs/format.md §4):
 *
 *     SRJ1 | SRC1 ‖ vault 16 ‖ device 16 ‖ segment or checkpoint 16 ‖ metadata key id 16
 */
export const SEGMENT_HEADER_BYTES = 68

export type HeaderKind = 'segment' | 'checkpoint'

export type SegmentHeader<K extends HeaderKind = HeaderKind> = {
  readonly kind: K
  readonly vault: VaultId
  readonly device: DeviceId
  /** The segment's or the checkpoint's own id. */
  readonly id: Id<K>
  readonly metadataKey: MetadataKeyId
}

const MAGIC = { segment: 'SRJ1', checkpoint: 'SRC1' } as const satisfies Record<HeaderKind, string>

export function writeHeader({
  kind,
  vault,
  device,
  id,
  metadataKey,
}: SegmentHeader): Uint8Array<ArrayBuffer> {
  return concat(utf8Bytes(MAGIC[kind]), idBytes(vault), idBytes(device), idBytes(id), idBytes(metadataKey))
}

/** The header in exactly 68 bytes; undefined for another length or another magic. Not verified. */
export function parseHeader<K extends HeaderKind>(bytes: Uint8Array, kind: K): SegmentHeader<K> | undefined {
  if (bytes.length !== SEGMENT_HEADER_BYTES || parseUtf8(bytes.subarray(0, 4)) !== MAGIC[kind]) {
    return undefined
  }
  const vault = idFromBytes<VaultId>(bytes.subarray(4, 20))
  const device = idFromBytes<DeviceId>(bytes.subarray(20, 36))
  const id = idFromBytes<Id<K>>(bytes.subarray(36, 52))
  const metadataKey = idFromBytes<MetadataKeyId>(bytes.subarray(52, 68))
  if (vault === undefined || device === undefined || id === undefined || metadataKey === undefined) {
    return undefined
  }
  return { kind, vault, device, id, metadataKey }
}

/** The two keys of one segment or checkpoint. Ends them both. */
export class ChainKeys implements Disposable {
  /** For the boxes. */
  readonly content: Secret
  /** For the lengths. */
  readonly length: Secret

  private constructor(content: Secret, length: Secret) {
    this.content = content
    this.length = length
  }

  /** Derives them (docs/format.md §4). `metadataKey` is the key that the header names. */
  static derive(metadataKey: Secret, { kind, vault, id }: SegmentHeader): ChainKeys {
    const salt = idBytes(vault)
    const info = idBytes(id)
    return new ChainKeys(
      kdf(metadataKey, salt, `strongroom/${kind}`, info),
      kdf(metadataKey, salt, 'strongroom/length', info),
    )
  }

  [Symbol.dispose](): void {
    this.content[Symbol.dispose]()
    this.length[Symbol.dispose]()
  }
}
