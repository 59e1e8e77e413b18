import type { CallName } from '../contract/ipc/calls.ts'
import { createRecovery } from '../vault/index.ts'
import type { Handlers } from './handlers.ts'
import { placeText } from './places.ts'
import type { Session } from './session.ts'
import { noteTypedBack } from './vault-opening.ts'

/** A new recovery code on its way to the person (RecoveryShow). */
export function recoveryHandlers(session: Session): Handlers<Extract<CallName, `recovery.${string}`>> {
  const { desktop, holder, recovery, device } = session
  return {
    'recovery.create': () =>
      holder.use(async (vault) => {
        const recoveryId = await createRecovery(vault, recovery.out)
        if (recovery.typedBack) await noteTypedBack(session, recoveryId)
        holder.note()
        session.tell({ kind: 'vault', vault: session.vaultState })
        return { recoveryId, testedMs: null, typedBack: device.contents.typedBack.includes(recoveryId) }
      }),
    'recovery.type-back': ({ groups }) => ({ right: recovery.typeBack(groups) }),
    'recovery.later': () => {
      recovery.later()
      return null
    },
    'recovery.cancel': () => {
      recovery.cancel()
      return null
    },
    'recovery.show': async () => {
      await recovery.show()
      return null
    },
    'recovery.print': async () => {
      await recovery.print()
      return null
    },
    'recovery.save': async (_, from) => {
      const path = await desktop.pickNew(from, 'Save the recovery code', 'Recovery code.txt')
      if (path === undefined) return null
      await recovery.save(path)
      return { place: placeText(path) }
    },
  }
}
