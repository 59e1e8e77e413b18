import { asVaultError, fail, type Secret, VaultError } from '../base/index.ts'
import type { CallInput } from '../contract/ipc/calls.ts'
import type { CreatedVaultFacts, VaultFacts, WaysOffered } from '../contract/ipc/vault-nouns.ts'
import {
  createVault,
  type OpenRequest,
  type OpenVault,
  readRecoverySheet,
  recoveryWays,
  type WayGiven,
} from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import { refusalOf } from './refusal.ts'
import { codeFrom, passphraseFrom } from './secrets.ts'
import type { Session } from './session.ts'
import { demandAllowed, targetAt } from './vault-places.ts'

/**
 * Makes a vault where the person chose, and opens it. The recovery code goes to the person first.
 *
 * @throws HANDLE_UNKNOWN · INTERRUPTED · PASSPHRASE_WEAK · DESTINATION_EXISTS · KEYCHAIN_UNAVAILABLE …: nothing
 *   was made
 */
export async function createIn(
  session: Session,
  input: CallInput<'vault.create'>,
  from: Peer,
): Promise<CreatedVaultFacts> {
  const { facts, holder, recovery, handles } = session
  using passphrase = input.passphrase && passphraseFrom(input.passphrase)
  const path = handles.path(from, 'new-vault', input.place)
  demandAllowed(session, path)
  const created = await createVault({
    path,
    stateFolder: facts.stateFolder,
    name: input.name,
    keychain: input.keychain,
    allowWeakPassphrase: input.allowWeakPassphrase,
    ...(passphrase && { passphrase }),
    ...(input.recovery && { recovery: recovery.out }),
  })
  const typedBack = input.recovery && recovery.typedBack
  const way: Pick<OpenRequest, 'way'> =
    created.ways.keychain || !passphrase ? {} : { way: { kind: 'passphrase', passphrase } }
  const vault = await holder.open({ path: created.path, ...way })
  if (typedBack) for (const { id } of recoveryWays(vault)) await noteTypedBack(session, id)
  await noteLast(session, vault)
  const { keychainRefused } = created
  return {
    facts: session.vaultFacts(vault),
    keychainRefused: keychainRefused ? refusalOf(keychainRefused) : null,
  }
}

/**
 * Opens a vault by one way. Refused by the keychain, it tells the ways that the vault's files offer.
 *
 * @throws VAULT_LOCKED · PASSPHRASE_WRONG · RECOVERY_CODE_WRONG … (openVault) · INTERRUPTED the person kept the
 *   rolled back vault closed
 */
export async function openFor(
  session: Session,
  { target, way, useKeychain, acceptRollback }: CallInput<'vault.open'>,
  from: Peer,
): Promise<VaultFacts> {
  const given = wayGiven(session, way, from)
  using _ = given && secretOf(given)
  const at = await targetAt(session, from, target)
  demandAllowed(session, at.path)
  if (acceptRollback && !(await confirmRollback(session, from, at.known.folderName))) {
    fail('INTERRUPTED', 'The vault was left as it is.')
  }
  let offers: WaysOffered = []
  const request: Omit<OpenRequest, 'stateFolder'> = {
    path: at.path,
    ...(given && { way: given }),
    ...(useKeychain !== undefined && { keychain: useKeychain }),
    ...(acceptRollback && { acceptRollback }),
    ask: async ({ passphrase, recovery }) => {
      offers = [
        ...(passphrase ? (['passphrase'] as const) : []),
        ...(recovery ? (['recovery'] as const) : []),
      ]
      return undefined
    },
  }
  try {
    const vault = await session.holder.open(request)
    await noteLast(session, vault)
    return session.vaultFacts(vault)
  } catch (error) {
    const { code, message, facts } = asVaultError(error)
    throw offers.length > 0 ? new VaultError(code, message, { ...facts, offers }, error) : error
  }
}

function wayGiven(session: Session, way: CallInput<'vault.open'>['way'], from: Peer): WayGiven | undefined {
  switch (way.kind) {
    case 'keychain':
      return undefined
    case 'passphrase':
      return { kind: 'passphrase', passphrase: passphraseFrom(way.passphrase) }
    case 'recovery':
      return { kind: 'recovery', code: codeFrom(way.code) }
    case 'recovery-file':
      return {
        kind: 'recovery',
        code: readRecoverySheet(session.handles.path(from, 'recovery-file', way.file)),
      }
  }
}

const secretOf = (way: WayGiven): Secret => (way.kind === 'passphrase' ? way.passphrase : way.code)

async function confirmRollback({ desktop }: Session, from: Peer, folderName: string): Promise<boolean> {
  return await desktop.confirm(from, {
    message: `Go on from the older state of “${folderName}”?`,
    detail:
      'This computer has seen more than is there now. If you put back a backup on purpose, go on; what came after it stays lost unless it still arrives.',
    act: 'Go on from here',
    keep: 'Leave it',
  })
}

/** Two groups of this code were typed back on this computer. */
export async function noteTypedBack({ device }: Session, recoveryId: string): Promise<void> {
  await device.put({ typedBack: [...new Set([...device.contents.typedBack, recoveryId])] })
}

async function noteLast({ device, facts }: Session, { vaultId }: OpenVault): Promise<void> {
  if (facts.stage !== 'preview') await device.put({ lastVault: vaultId })
}
