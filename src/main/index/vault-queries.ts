import type { DeviceId, SegmentId } from '../contract/ids.ts'
import { type Hash, isUnknownFeature, type Register, type SetValue } from '../journal/index.ts'
import type { IndexReader } from './index-reader.ts'
import type { Witness } from './witness-table.ts'

/** A device as its newest segment tells of it. */
export type KnownDevice = {
  readonly device: DeviceId
  readonly name: string
  /** Name and version of the program. */
  readonly app: string
  /** When it began that segment, in µs since 1970. */
  readonly openedAt: number
  /** The op itself: which heads it had seen. */
  readonly witness: Witness
}

/** Questions about the vault as a whole: settings, pinned files, devices. */
export class VaultQueries {
  readonly #reader: IndexReader

  constructor(reader: IndexReader) {
    this.#reader = reader
  }

  /** A setting by its name (SETTING); null: it was never set. */
  setting(name: string): Register<SetValue> | null {
    return this.#reader.at(({ registers }) => registers.setting(name))
  }

  /** Settings by name, in no order. @param prefix only those whose names start so */
  settings(prefix = ''): ReadonlyMap<string, Register<SetValue>> {
    const all = this.#reader.at(({ registers }) => registers.settings())
    return new Map([...all].filter(([name]) => name.startsWith(prefix)))
  }

  /** What files under keys/ are pinned to, by name; a null hash: removed. */
  pinnedFiles(): ReadonlyMap<string, Register<Hash | null>> {
    return this.#reader.at(({ registers }) => registers.files())
  }

  /** What a writer must know and this version doesn't: if there is any, the vault is read-only here. */
  unknownFeatures(): readonly string[] {
    return this.#reader.at(({ registers }) =>
      [...registers.features().keys()].filter(isUnknownFeature).sort(),
    )
  }

  /** What each segment's writer had seen, in order. */
  witnesses(): ReadonlyMap<SegmentId, readonly Witness[]> {
    return this.#reader.at(({ witnesses }) => witnesses.all())
  }

  /** The devices that wrote a segment that is here, by their newest one; last seen first. */
  devices(): readonly KnownDevice[] {
    return this.#reader.at(({ known, witnesses }) => {
      const deviceOf = new Map(
        known.read()?.cursors.map(({ place, device }) => [place.head.segment, device] as const),
      )
      const newest = new Map<DeviceId, KnownDevice>()
      for (const [segment, [witness]] of witnesses.all()) {
        const device = deviceOf.get(segment)
        if (!witness || device === undefined) continue
        const { deviceName: name, app } = witness.op
        const openedAt = witness.stamp.batch.time
        if (openedAt > (newest.get(device)?.openedAt ?? -1)) {
          newest.set(device, { device, name, app, openedAt, witness })
        }
      }
      return [...newest.values()].sort((a, b) => b.openedAt - a.openedAt)
    })
  }
}
