import { fail } from '../base/index.ts'
import type { CallInput, CallName } from '../contract/ipc/calls.ts'
import type { KeysView } from '../contract/ipc/key-calls.ts'
import { displayText } from '../files/index.ts'
import {
  declareGone,
  destroyVersion,
  keyNamed,
  type OpenVault,
  rotate,
  setVersionState,
  versionNamed,
  type WrappingKey,
  wrappingKeys,
} from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import { waysOf } from './facts.ts'
import type { Handlers } from './handlers.ts'
import { reencryptJob, rewrapJob } from './key-jobs.ts'
import { impactWithout, keyUse } from './key-use.ts'
import { passphraseFrom } from './secrets.ts'
import type { Session } from './session.ts'
import { orPassphrase, reopenOrLock } from './way-handlers.ts'

/** What opens the vault's files, and the lives of its keys' versions (UI, Keys and Danger). */
export function keyHandlers(session: Session): Handlers<Extract<CallName, `keys.${string}`>> {
  const { holder } = session
  return {
    'keys.view': () => holder.use((vault) => keysView(session, vault)),
    'keys.impact': ({ key, version }) =>
      holder.use((vault) => {
        const named = keyNamed(vault, key)
        const versions = version === null ? named.versions : [versionNamed(named, version)]
        return impactWithout(vault, new Set(versions.map(({ keyVersionId }) => keyVersionId)))
      }),
    'keys.rotate': (input) => rotateKey(session, input),
    'keys.set-state': async ({ key, version, state }) => {
      await holder.use((vault) => setVersionState(vault, keyNamed(vault, key), version, state))
      holder.note()
      return null
    },
    'keys.destroy': (input, from) => destroyKey(session, input, from),
    'keys.device-gone': ({ device }, from) => deviceGone(session, device, from),
    'keys.rewrap': (input) => rewrapJob(session, input),
    'keys.reencrypt': (input) => reencryptJob(session, input),
  }
}

async function keysView({ device }: Session, vault: OpenVault): Promise<KeysView> {
  const { opens, onlyIt, toRewrap } = await keyUse(vault)
  const keys = wrappingKeys(vault).map(({ keyId, provider, label, recipient, versions }) => ({
    keyId,
    provider,
    label: displayText(label),
    recipient,
    versions: versions
      .map(({ keyVersionId, createdMs, state }, at) => ({
        keyVersionId,
        version: at + 1,
        createdMs,
        state,
        opens: opens.get(keyVersionId) ?? 0,
        onlyIt: onlyIt.get(keyVersionId) ?? 0,
      }))
      .reverse(),
    opens: opens.get(keyId) ?? 0,
  }))
  return { ways: waysOf(vault, new Set(device.contents.typedBack)), keys, toRewrap }
}

/**
 * The vault is opened anew before, since codes and copies that came since it was opened are not among its keys and
 * would not open the new version; and after, since its keys don't have that yet.
 */
async function rotateKey(
  session: Session,
  { key, passphrase, dropPassphrase }: CallInput<'keys.rotate'>,
): Promise<{ readonly version: number }> {
  const { holder, jobs } = session
  using secret = passphrase && passphraseFrom(passphrase)
  if (jobs.vaultAtWork) fail('VAULT_BUSY', 'A job is at work on this vault: its files get the key of before.')
  await holder.reopen(orPassphrase(secret))
  const version = await holder.use(async (vault) => {
    const named = keyNamed(vault, key)
    await rotate(vault, { key: named, dropPassphrase, ...(secret && { passphrase: secret }) })
    return named.versions.length + 1
  })
  await reopenOrLock(session, dropPassphrase ? null : secret)
  return { version }
}

async function destroyKey(
  { holder, desktop }: Session,
  { key, version, typed }: CallInput<'keys.destroy'>,
  from: Peer,
): Promise<boolean> {
  const done = await holder.use(async (vault, signal) => {
    const named = keyNamed(vault, key)
    const name = versionName(named, versionNamed(named, version).keyVersionId)
    if (typed.trim() !== name) fail('USAGE', `Type “${name}”, as it stands there.`)
    const sure = await desktop.confirm(from, {
      message: `Destroy ${name} on this computer?`,
      detail: 'Files in this vault don’t need it. Copies in backups that need it can never be opened.',
      act: 'Destroy',
      keep: 'Keep',
    })
    // Locked while the question stood: whoever answers then need not be who asked.
    if (signal.aborted) fail('VAULT_LOCKED', 'The vault was locked meanwhile. Nothing was destroyed.')
    if (sure) await destroyVersion(vault, named, version)
    return sure
  })
  holder.note()
  return done
}

async function deviceGone(
  { holder, desktop }: Session,
  device: CallInput<'keys.device-gone'>['device'],
  from: Peer,
): Promise<boolean> {
  const done = await holder.use(async (vault) => {
    const found = vault.index.vault.devices().find((each) => each.device === device)
    if (found === undefined) return fail('USAGE', 'This vault has no such device.', { device })
    const sure = await desktop.confirm(from, {
      message: `Is “${displayText(found.name)}” gone for good?`,
      detail:
        'Nobody waits for it any more. Files that it added and never brought here may then open with nothing.',
      act: 'It is gone',
      keep: 'Keep waiting',
    })
    if (sure) await declareGone(vault, device)
    return sure
  })
  holder.note()
  return done
}

/** What a person types to destroy it: “Home v1”. */
function versionName(
  { label, versions }: WrappingKey,
  version: WrappingKey['versions'][number]['keyVersionId'],
) {
  const at = versions.findIndex(({ keyVersionId }) => keyVersionId === version)
  return `${displayText(label)} v${at + 1}`
}
