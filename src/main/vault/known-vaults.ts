import { fail } from '../base/index.ts'
import type { VaultId } from '../contract/ids.ts'
import { Anchors, type Place, StateFolder } from '../index/index.ts'
import { vaultAt } from './recognise.ts'

/** A vault that this device knows. */
export type KnownVault = {
  readonly vaultId: VaultId
  readonly places: readonly (Place & {
    /** The vault is there now. */
    readonly present: boolean
  })[]
}

/** The vaults that this device knows, and where they were last opened. Reads nothing that needs a key. */
export async function listKnownVaults(stateFolder: string): Promise<readonly KnownVault[]> {
  const state = await StateFolder.open(stateFolder)
  const known: KnownVault[] = []
  for (const vaultId of await state.vaults()) {
    using anchors = await Anchors.open(await state.anchorsOf(vaultId))
    const places = anchors.places.map(async (place) => {
      return { ...place, present: (await vaultAt(place.path)) === vaultId }
    })
    known.push({ vaultId, places: await Promise.all(places) })
  }
  return known
}

/**
 * Forgets what this device knows of a vault: pins, what it has seen, its index. The vault itself and the
 * keychain stay; its next opening is a first use.
 *
 * @param name its id, or a path at which it was opened @throws VAULT_NOT_FOUND
 */
export async function forgetVault(stateFolder: string, name: string): Promise<VaultId> {
  const state = await StateFolder.open(stateFolder)
  const known = await listKnownVaults(stateFolder)
  const found = known.find(
    ({ vaultId, places }) => vaultId === name || places.some(({ path }) => path === name),
  )
  if (found === undefined) return fail('VAULT_NOT_FOUND', `This computer knows no vault ${name}.`, { name })
  await state.forget(found.vaultId)
  return found.vaultId
}
