import { homedir } from 'node:os'
import { basename, join, sep } from 'node:path'
import { fail } from '../base/index.ts'
import { parseId, type VaultId } from '../contract/ids.ts'
import type { CallInput } from '../contract/ipc/calls.ts'
import type { NewVaultPlace } from '../contract/ipc/vault-nouns.ts'
import { identityOf, LocalStore, readSmallFile, safeName } from '../files/index.ts'
import type { Peer } from './desktop.ts'
import { folderNames, knownVaults, type VaultAt } from './places.ts'
import type { Session } from './session.ts'

const VAULT_FILE = 'vault.json'
const MAX_VAULT_FILE_BYTES = 64 * 1024

/** Where a known vault was last opened. @throws VAULT_NOT_FOUND */
export async function knownAt(session: Session, vaultId: VaultId): Promise<VaultAt> {
  const found = (await knownVaults(session.facts.stateFolder)).find(({ known }) => known.vaultId === vaultId)
  return found ?? fail('VAULT_NOT_FOUND', 'This computer knows no such vault.')
}

/** The vault that a window means, where it means it. @throws VAULT_NOT_FOUND · HANDLE_UNKNOWN */
export async function targetAt(
  session: Session,
  from: Peer,
  target: CallInput<'vault.open'>['target'],
): Promise<VaultAt> {
  if (target.kind === 'known') {
    // The window's own may be one that this computer never opened, or at another place than it was.
    const own = session.holder.at
    if (own?.known.vaultId !== target.vaultId) return await knownAt(session, target.vaultId)
    return { ...own, known: { ...own.known, present: looksLikeVault(own.path) } }
  }
  const path = session.handles.path(from, 'vault', target.place)
  // Unverified, to tell vaults apart in a list: opening checks what it is.
  const vaultId = vaultIdAt(path)
  if (vaultId === undefined) return fail('VAULT_NOT_FOUND', `There is no vault at ${path}.`, { path })
  return { path, known: { vaultId, ...folderNames(path), openedMs: 0, present: true } }
}

export const looksLikeVault = (path: string): boolean => vaultIdAt(path) !== undefined

function vaultIdAt(path: string): VaultId | undefined {
  const file = join(path, VAULT_FILE)
  if (identityOf(file)?.folder !== false) return undefined
  const text = new TextDecoder().decode(readSmallFile(file, MAX_VAULT_FILE_BYTES))
  const [, id = ''] = /"vault(?:Id)?"\s*:\s*"([0-9a-f]{32})"/.exec(text) ?? []
  return parseId<VaultId>(id)
}

/** A place for a new vault, with what speaks against it. */
export async function newVaultPlace(session: Session, from: Peer, path: string): Promise<NewVaultPlace> {
  const warnings: NewVaultPlace['warnings'][number][] = []
  const there = identityOf(path)
  if (there && !there.folder) warnings.push('exists')
  if (there?.folder && !(await isEmpty(path))) warnings.push('not-empty')
  if (isPlaceholderCloud(path)) warnings.push('placeholder-cloud')
  return { handle: session.handles.make(from, 'new-vault', path), ...folderNames(path), warnings }
}

async function isEmpty(path: string): Promise<boolean> {
  using store = new LocalStore(path, '0'.repeat(32))
  return (await store.list('')).length === 0
}

/** Folders whose files may be placeholders that a cloud fetches when they are read. */
const CLOUDS = [
  'Library/Mobile Documents',
  'Library/CloudStorage',
  'OneDrive',
  'iCloudDrive',
  'Dropbox',
  'Google Drive',
]

function isPlaceholderCloud(path: string): boolean {
  const home = homedir()
  return CLOUDS.some((cloud) => path.startsWith(join(home, cloud) + sep))
}

/** A vault's name as a folder can be called. */
export function safeFolderName(name: string): string {
  const safe = safeName(name.replaceAll(/[/\\:]/g, '-').trim())
  return safe.kind === 'refused' ? 'Vault' : safe.name
}

/** @throws VAULT_NOT_FOUND a preview of the program works with its own throw-away vaults only */
export function demandAllowed({ facts }: Session, path: string): void {
  const { onlyBelow } = facts
  if (onlyBelow === undefined || path.startsWith(onlyBelow + sep)) return
  fail('VAULT_NOT_FOUND', `A preview opens only vaults in its own folder, not ${basename(path)}.`)
}
