import type { Secret } from '../base/index.ts'
import type { CallInput, CallName } from '../contract/ipc/calls.ts'
import type { WaysIn } from '../contract/ipc/vault-nouns.ts'
import { addPassphrase, type OpenRequest, removeWayIn } from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import { waysOf } from './facts.ts'
import type { Handlers } from './handlers.ts'
import { passphraseFrom } from './secrets.ts'
import type { Session } from './session.ts'

/** The ways into the open vault, but recovery codes, which are shown by main (recovery-handlers). */
export function wayHandlers(session: Session): Handlers<Extract<CallName, `ways.${string}`>> {
  const { holder } = session
  return {
    'ways.add-passphrase': async ({ passphrase, allowWeak }) => {
      using secret = passphraseFrom(passphrase)
      await holder.use((vault) => addPassphrase(vault, secret, allowWeak))
      await reopenOrLock(session, secret)
      return await waysNow(session)
    },
    'ways.remove': ({ way }, from) => removeWay(session, way, from),
  }
}

async function removeWay(
  session: Session,
  way: CallInput<'ways.remove'>['way'],
  from: Peer,
): Promise<WaysIn | null> {
  const { desktop, holder } = session
  const what = way.kind === 'passphrase' ? 'the passphrase' : 'this recovery code'
  const sure = await desktop.confirm(from, {
    message: `Take ${what} away?`,
    detail:
      'It no longer opens this vault as it is from now on. Copies of the vault’s folder that somebody kept still open with it.',
    act: 'Take away',
    keep: 'Keep',
  })
  if (!sure) return null
  const given = way.kind === 'passphrase' ? way : { kind: way.kind, id: way.recoveryId }
  await holder.use((vault) => removeWayIn(vault, given, false))
  holder.note()
  session.tell({ kind: 'vault', vault: session.vaultState })
  return await waysNow(session)
}

/** What the open vault opens by now. */
export async function waysNow({ holder, device }: Session): Promise<WaysIn> {
  return await holder.use((vault) => waysOf(vault, new Set(device.contents.typedBack)))
}

/** Opens the vault by a passphrase where the keychain does not; the Secret stays the caller's. */
export const orPassphrase =
  (passphrase: Secret | null): NonNullable<OpenRequest['ask']> =>
  async (offered) =>
    passphrase !== null && offered.passphrase
      ? { kind: 'passphrase', passphrase: passphrase.copy() }
      : undefined

/** After a change that is recorded: a vault that does not open anew is locked, and opens by what is left. */
export async function reopenOrLock({ holder }: Session, passphrase: Secret | null): Promise<void> {
  try {
    await holder.reopen(orPassphrase(passphrase))
  } catch {
    await holder.lock('asked')
  }
}
