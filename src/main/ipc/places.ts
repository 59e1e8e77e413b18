import { homedir } from 'node:os'
import { basename, sep } from 'node:path'
import type { KnownVault } from '../contract/ipc/vault-nouns.ts'
import { displayText } from '../files/index.ts'
import { listKnownVaults } from '../vault/index.ts'

/** A path as the window shows it: the home folder as `~`, fit for a screen. */
export function placeText(path: string): string {
  const home = homedir()
  const short = path === home ? '~' : path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path
  return displayText(short)
}

/** A known vault, and where it is. */
export type VaultAt = { readonly path: string; readonly known: KnownVault }

/** The vaults that this computer knows, each at the place where it was last opened; last opened first. */
export async function knownVaults(stateFolder: string): Promise<readonly VaultAt[]> {
  const found = (await listKnownVaults(stateFolder)).flatMap(({ vaultId, places }): VaultAt[] => {
    const [newest] = places.toSorted(
      (a, b) => Number(b.present) - Number(a.present) || b.openedMs - a.openedMs,
    )
    if (newest === undefined) return []
    const { path, openedMs, present } = newest
    return [{ path, known: { vaultId, ...folderNames(path), openedMs, present } }]
  })
  return found.sort((a, b) => b.known.openedMs - a.known.openedMs)
}

export function folderNames(path: string): { readonly folderName: string; readonly place: string } {
  return { folderName: displayText(basename(path)), place: placeText(path) }
}
