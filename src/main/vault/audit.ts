import {
  type AuditEvent,
  actWord,
  type Ending,
  endingOf,
  eventText,
  type Gap,
  readEvents,
} from '../audit/index.ts'
import { type ItemId, type KeyId, parseId, ROOT_ID, type VersionId } from '../contract/ids.ts'
import { type KmsCall, SETTING } from '../journal/index.ts'
import { journalAccess } from './journal-access.ts'
import type { OpenVault } from './open-vault.ts'
import { pathText } from './vault-path.ts'
import { keyVersionIn } from './wrapping-keys.ts'

/** One act in a vault's record, with the names that things have now. */
export type AuditRow = {
  /** By the clock of the device, but never before what it had seen. */
  readonly timeMs: number
  readonly device: string
  readonly deviceName: string
  /** One word: what `--act` asks for. */
  readonly act: string
  readonly text: string
  readonly outcome: string
  readonly ending: Ending
  /** `path` null: purged, or never arrived. */
  readonly items: readonly { readonly itemId: ItemId; readonly path: string | null }[]
  readonly versions: readonly string[]
  readonly keys: readonly {
    readonly keyId: string
    readonly label: string
    readonly keyVersionId: string | null
    readonly keyMaterialId: string | null
    readonly removed: boolean
  }[]
  readonly kmsCalls: readonly KmsCall[]
  /** Where it stands in the journal. */
  readonly segment: string
  readonly record: number
  readonly index: number
  /** Late, under an older metadata key, and without effect. */
  readonly held: boolean
}

/** Which acts are asked for; each that is given must hold. */
export type AuditFilter = {
  readonly sinceMs?: number
  /** Up to and with this millisecond. */
  readonly untilMs?: number
  /** A device's name, or the beginning of its id. */
  readonly device?: string
  /** Words of acts; absent: all but the journal's own "open". */
  readonly acts?: readonly string[]
  readonly items?: ReadonlySet<ItemId>
  /** A key's label, or the beginning of its id or of a version's. */
  readonly key?: string
  readonly ending?: Ending
}

/**
 * The acts of a vault's record, oldest first, read from the journal as it lies in the vault (docs/audit.md). In
 * memory is what overlaps in time, and the names that were asked for.
 *
 * @param onGap told of each place where the record stops being what was written: JOURNAL_DAMAGED
 */
export async function* auditRows(
  vault: OpenVault,
  filter: AuditFilter = {},
  onGap: (gap: Gap) => void = () => {},
): AsyncGenerator<AuditRow> {
  const naming = new Naming(vault)
  for await (const event of auditEvents(vault, onGap)) {
    if (!isInTime(event, filter)) continue
    const row = naming.rowOf(event)
    if (isWanted(row, filter)) yield row
  }
}

/** The acts of a vault's record without names. */
export function auditEvents(vault: OpenVault, onGap: (gap: Gap) => void = () => {}) {
  const { vaultId, store, keys, findings } = vault
  const access = journalAccess(vaultId, store, keys)
  return readEvents({ access, findings, keyVersionIn, onGap })
}

function isInTime({ place }: AuditEvent, { sinceMs, untilMs }: AuditFilter): boolean {
  const timeMs = Math.floor(place.time / 1000)
  return timeMs >= (sinceMs ?? 0) && timeMs <= (untilMs ?? Number.POSITIVE_INFINITY)
}

function isWanted(row: AuditRow, { acts, device, ending, items, key }: AuditFilter): boolean {
  if (acts ? !acts.includes(row.act) : row.act === 'open') return false
  if (device !== undefined && row.deviceName !== device && !isPrefix(device, row.device)) return false
  if (ending !== undefined && row.ending !== ending) return false
  if (items !== undefined && !row.items.some(({ itemId }) => items.has(itemId))) return false
  if (key === undefined) return true
  const isKey = (id: string | null, label: string) => label === key || (id !== null && isPrefix(key, id))
  return (
    row.keys.some(({ keyId, keyVersionId, label }) => isKey(keyId, label) || isKey(keyVersionId, label)) ||
    row.kmsCalls.some((call) => isPrefix(key, call.key))
  )
}

/** As keys are named elsewhere: 8 digits or more. */
const isPrefix = (text: string, id: string): boolean => text.length >= 8 && id.startsWith(text)

class Naming {
  readonly #vault: OpenVault
  readonly #labels = new Map<string, string>()

  constructor(vault: OpenVault) {
    this.#vault = vault
  }

  rowOf(event: AuditEvent): AuditRow {
    const { place, device, deviceName, did, outcome, versions, keys, kmsCalls, held } = event
    const items = this.#itemsOf(event).map((itemId) => ({ itemId, path: this.#pathOf(itemId) }))
    const named = keys.map(({ key, keyVersion, ...use }) => {
      return { ...use, keyId: key, keyVersionId: keyVersion, label: this.#label(key) }
    })
    const labelsOf = (removed: boolean) =>
      named.filter((each) => each.removed === removed).map(({ label }) => label)
    const text = eventText(event, {
      things: items.map(({ itemId, path }) => path ?? itemId),
      wrappedFor: labelsOf(false),
      takenFrom: labelsOf(true),
      keyLabel: (id) => this.#label(id),
    })
    const { time, ...at } = place
    return {
      timeMs: Math.floor(time / 1000),
      device,
      deviceName,
      act: actWord(did),
      text,
      outcome,
      ending: endingOf(outcome),
      items,
      versions,
      keys: named,
      kmsCalls,
      held,
      ...at,
    }
  }

  /** The items that an event names, or whose versions it names. */
  #itemsOf({ items, versions, ids }: AuditEvent): readonly ItemId[] {
    const { index } = this.#vault
    const ofVersions = items.length > 0 ? [] : versions.map((version) => index.versions.itemOf(version))
    // A note has ids of items or of versions.
    const ofNote = ids.map((id) => this.#itemOfVersion(id) ?? parseId<ItemId>(id))
    return [...new Set([...items, ...ofVersions, ...ofNote])].filter((item) => item !== undefined)
  }

  #itemOfVersion(id: string): ItemId | undefined {
    const version = parseId<VersionId>(id)
    return version && this.#vault.index.versions.itemOf(version)
  }

  #pathOf(item: ItemId): string | null {
    if (item === ROOT_ID) return '/'
    const steps = this.#vault.index.items.pathOf(item)
    return steps === undefined ? null : pathText(steps)
  }

  /** Of a key or one of its versions; without one, the first digits of its id. */
  #label(id: string): string {
    const held = this.#labels.get(id)
    if (held !== undefined) return held
    const { index, keys } = this.#vault
    const version = [...keys.versions.values()].find(({ keyVersionId }) => `${keyVersionId}` === id)
    const key = version?.keyId ?? parseId<KeyId>(id)
    const told = key && index.vault.setting(SETTING.keyLabel(key))?.value
    const isKey = version === undefined || `${key}` === id
    const label = typeof told === 'string' ? told : (key ?? id).slice(0, 8)
    const text = isKey ? label : `${id.slice(0, 8)} of ${label}`
    this.#labels.set(id, text)
    return text
  }
}
