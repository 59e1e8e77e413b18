import type { CallName } from '../contract/ipc/calls.ts'
import type { Handlers } from './handlers.ts'
import { sizeText } from './native-words.ts'
import { placeText } from './places.ts'
import { entryOf } from './rows.ts'
import type { Session } from './session.ts'

/** Copies that were opened for editing. */
export function checkoutHandlers(session: Session): Handlers<Extract<CallName, `checkouts.${string}`>> {
  const { checkouts, desktop, handles, holder } = session
  return {
    'checkouts.open': async ({ item, to }, from) => {
      const folder = handles.path(from, 'checkout', to)
      const { name, sizeBytes } = await holder.use((vault) => entryOf(vault, item))
      // It is an export: plain text that rests on a disk.
      const sure = await desktop.confirm(from, {
        message: `Open an unencrypted copy of “${name}”?`,
        detail: `${sizeText(sizeBytes)} to ${placeText(folder)}. Each save goes into the vault; the copy stays there until you check it in.`,
        act: 'Open a copy',
        keep: 'Cancel',
      })
      return sure ? await holder.use((vault) => checkouts.open(vault, item, folder)) : null
    },
    'checkouts.list': () => holder.use(() => checkouts.list),
    'checkouts.show': ({ checkout }) => {
      desktop.show(checkouts.pathOf(checkout))
      return null
    },
    'checkouts.check-in': async ({ checkout }) => {
      await holder.use((vault) => checkouts.checkIn(vault, checkout))
      holder.note()
      return null
    },
    'checkouts.forget': ({ checkout }) => {
      checkouts.forget(checkout)
      return null
    },
  }
}
