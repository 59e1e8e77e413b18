import { bug } from '../base/index.ts'
import { parseId } from '../contract/ids.ts'
import {
  type CheckpointId,
  errorOf,
  type Finding,
  type JournalTarget,
  readJournal,
} from '../journal/index.ts'
import { journalAccess } from './journal-access.ts'
import type { OpenVault } from './open-vault.ts'

/** What is read is looked at, and kept nowhere. */
const NOWHERE: JournalTarget = { applyBatch: () => {}, applyOp: () => {} }

/**
 * Reads the whole journal from its first byte (docs/format.md §4). An opening reads only what is new, and starts
 * from a checkpoint: what lies before may have been changed since.
 *
 * @returns what is damaged or less than this device has seen; nothing that is merely to be known
 */
export async function verifyJournal(vault: OpenVault): Promise<readonly Finding[]> {
  const findings = await readWholeJournal(vault, NOWHERE)
  return findings.filter((finding) => errorOf(finding) !== undefined)
}

/** Reads every frame that counts into a target, from no checkpoint. @returns all that the reading noticed */
export async function readWholeJournal(vault: OpenVault, target: JournalTarget): Promise<readonly Finding[]> {
  const { anchors, device, journal, keys, path, store, vaultId } = vault
  const place = anchors.placeAt(path) ?? bug('a vault that was not entered')
  const reading = await readJournal(
    {
      access: journalAccess(vaultId, store, keys),
      anchored: [...place.heads, ...journal.heads],
      // The opening had the lock, or says what it could not tell: what a killed run of ours left is torn here, too.
      own: { device, segments: place.segments, lockHeld: true },
      without: await checkpointsOf(vault),
    },
    target,
  )
  if (reading.kind === 'rebuild') return bug(`a reading from nothing asks to rebuild: ${reading.why}`)
  return reading.findings
}

async function checkpointsOf({ store }: OpenVault): Promise<ReadonlySet<CheckpointId>> {
  const ids = (await store.list('journal/')).map(({ name }) => {
    const [, id = ''] = /\/([0-9a-f]{32})\.ckpt$/.exec(name) ?? []
    return parseId<CheckpointId>(id)
  })
  return new Set(ids.filter((id) => id !== undefined))
}
