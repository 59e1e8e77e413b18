import { fail } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import type { Envelope, ItemDetails, VersionRow } from '../contract/ipc/item-nouns.ts'
import { displayText } from '../files/index.ts'
import { inspectFile, type OpenVault, wrappingKeys } from '../vault/index.ts'
import type { Entry } from './lists.ts'

const MICROSECONDS = 1000

/** A file's versions that aren't purged, newest first. */
export function versionRows(vault: OpenVault, { id, heads }: Entry): readonly VersionRow[] {
  return vault.index.versions
    .of(id)
    .filter(({ purged }) => !purged)
    .map(({ version, sizeBytes, mtimeMs, current, stamp }) => ({
      versionId: version,
      sizeBytes,
      mtimeMs,
      addedMs: Math.floor(stamp.batch.time / MICROSECONDS),
      current,
      head: heads.includes(version),
    }))
}

/** Whether the message of a file's current version can be read here. */
export async function presenceOf(vault: OpenVault, { version }: Entry): Promise<ItemDetails['presence']> {
  if (version === null) return 'folder'
  const stored = await vault.store.stat(messageName(version))
  if (stored === undefined) return 'missing'
  return stored.away ? 'not-on-this-device' : 'here'
}

/** What stands in a version's message, and whom the journal says that it opens for. @throws MESSAGE_MISSING … */
export async function envelopeOf(vault: OpenVault, item: ItemId, version: VersionId): Promise<Envelope> {
  if (!vault.index.versions.of(item).some((each) => each.version === version && !each.purged)) {
    fail('ITEM_NOT_FOUND', 'That version is not in the vault any more.', { version })
  }
  const inspection = inspectFile(`${vault.path}/${messageName(version)}`)
  return {
    versionId: version,
    messageBytes: inspection.sizeBytes,
    suite: inspection.suite.name,
    messageId: inspection.messageId,
    context: Object.entries(inspection.context).map(([key, value]) => [displayText(key), displayText(value)]),
    edks: inspection.edks.map(({ provider, keyName, ciphertextBytes }) => ({
      provider: displayText(provider),
      keyName: displayText(keyName),
      bytes: ciphertextBytes,
    })),
    frameLengthBytes: inspection.frameLengthBytes,
    frames: inspection.frames,
    keys: keysOf(vault, version),
  }
}

function keysOf(vault: OpenVault, version: VersionId): Envelope['keys'] {
  const told = new Set<string>(vault.index.versions.keysOf(version).map(({ key }) => key))
  return wrappingKeys(vault)
    .filter(({ keyId }) => told.has(keyId))
    .map(({ label, versions }) => {
      const active = versions.findIndex(({ state }) => state === 'active')
      const at = active === -1 ? versions.length - 1 : active
      return { label: displayText(label), keyVersion: at + 1, state: versions[at]?.state ?? 'retired' }
    })
}

/** Where a version's message lies in the vault's folder (ARCHITECTURE, "A vault on disk"). */
const messageName = (version: VersionId): string => `items/${version.slice(0, 2)}/${version}.sealed`
