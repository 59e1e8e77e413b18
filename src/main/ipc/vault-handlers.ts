import { join } from 'node:path'
import type { CallName } from '../contract/ipc/calls.ts'
import { forgetVault } from '../vault/index.ts'
import type { Handlers } from './handlers.ts'
import { folderNames, knownVaults } from './places.ts'
import type { Session } from './session.ts'
import { createIn, openFor } from './vault-opening.ts'
import { knownAt, looksLikeVault, newVaultPlace, safeFolderName, targetAt } from './vault-places.ts'

type VaultCall = Extract<CallName, `vault.${string}` | `vaults.${string}`>
type Pick = Extract<CallName, 'pick.vault' | 'pick.new-vault' | 'pick.recovery-file'>

/** Making, choosing, opening and locking the window's one vault. */
export function vaultHandlers(session: Session): Handlers<VaultCall | Pick> {
  const { desktop, handles, holder, facts } = session
  return {
    'vaults.known': async () => (await knownVaults(facts.stateFolder)).map(({ known }) => known),
    'vaults.forget': async ({ vaultId }, from) => {
      const at = await knownAt(session, vaultId)
      const sure = await desktop.confirm(from, {
        message: `Forget what this computer knows of “${at.known.folderName}”?`,
        detail: `The vault at ${at.known.place} stays as it is. When it is opened here again, an older state of it would not be noticed.`,
        act: 'Forget',
        keep: 'Keep',
      })
      if (!sure) return false
      if (holder.at?.known.vaultId === vaultId) await holder.leave()
      await forgetVault(facts.stateFolder, vaultId)
      return true
    },
    'vault.choose': async ({ target }, from) => {
      await holder.choose(await targetAt(session, from, target))
      return session.vaultState
    },
    'vault.leave': async () => {
      await holder.leave()
      return session.vaultState
    },
    'pick.vault': async (_, from) => {
      const path = await desktop.pickFolder(from, 'Choose a vault’s folder')
      if (path === undefined) return null
      const handle = handles.make(from, 'vault', path)
      return { handle, ...folderNames(path), isVault: looksLikeVault(path) }
    },
    'pick.new-vault': async ({ name }, from) => {
      // A preview's vaults go into its own folder, which is proposed.
      const proposed = join(facts.onlyBelow ?? '', safeFolderName(name))
      const path = await desktop.pickNew(from, 'Choose where the vault is made', proposed)
      return path === undefined ? null : newVaultPlace(session, from, path)
    },
    'pick.recovery-file': async (_, from) => {
      const path = await desktop.pickFile(from, 'Choose the file with the recovery code')
      if (path === undefined) return null
      return { handle: handles.make(from, 'recovery-file', path), name: folderNames(path).folderName }
    },
    'vault.create': (input, from) => createIn(session, input, from),
    'vault.open': (input, from) => openFor(session, input, from),
    'vault.lock': async () => {
      await holder.lock('asked')
      return session.vaultState
    },
    'vault.facts': () => holder.use((vault) => session.vaultFacts(vault)),
  }
}
