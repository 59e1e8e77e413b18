import type { IpcMain, IpcMainInvokeEvent } from 'electron'
import { safeParse } from 'valibot'
import { CHANNELS } from '../contract/ipc/bridge.ts'
import type { Refusal, Reply } from '../contract/ipc/call.ts'
import { CALLS, type CallName, SEAL_WINDOW_CALLS } from '../contract/ipc/calls.ts'
import type { Source } from '../contract/ipc/job-nouns.ts'
import { appHandlers } from './app-handlers.ts'
import { checkoutHandlers } from './checkout-handlers.ts'
import type { Peer } from './desktop.ts'
import type { Handlers } from './handlers.ts'
import { healthHandlers } from './health-handlers.ts'
import { itemHandlers } from './item-handlers.ts'
import { jobHandlers } from './job-handlers.ts'
import { keyHandlers } from './key-handlers.ts'
import { recoveryHandlers } from './recovery-handlers.ts'
import { refusalOf, refuseCall } from './refusal.ts'
import { isOwnMainFrame } from './sender.ts'
import type { Session } from './session.ts'
import { sourcesAt } from './sources.ts'
import { vaultHandlers } from './vault-handlers.ts'
import { wayHandlers } from './way-handlers.ts'

/**
 * Answers the windows (STYLE, "The bridge"; SECURITY, control 16): who calls is checked, then the name, then the
 * input, before a handler sees any of it. Every refusal is a value.
 */
export function serve(ipcMain: IpcMain, session: Session): void {
  const answer = answering(session)
  ipcMain.handle(CHANNELS.call, (event, name: unknown, input: unknown) => {
    const from = peerOf(session, event)
    return from === undefined ? NOT_YOURS : answer(from, name, input)
  })
  ipcMain.handle(CHANNELS.dropped, (event, paths: unknown): Reply<readonly Source[]> => {
    const from = peerOf(session, event)
    if (from === undefined || !isTexts(paths)) return NOT_YOURS
    return { ok: true, value: sourcesAt(session, from, paths) }
  })
}

/** Answers one call of a known window. */
function answering(session: Session): (from: Peer, name: unknown, input: unknown) => Promise<Reply<unknown>> {
  const handlers: Handlers = {
    ...appHandlers(session),
    ...vaultHandlers(session),
    ...recoveryHandlers(session),
    ...itemHandlers(session),
    ...jobHandlers(session),
    ...checkoutHandlers(session),
    ...healthHandlers(session),
    ...keyHandlers(session),
    ...wayHandlers(session),
  }
  return async (from, name, input) => {
    if (!isCall(name)) return refused('That is no call of Strongroom’s.')
    if (from.kind === 'seal' && !SEAL_WINDOW_CALLS.has(name))
      return refused(`${name} is not for this window.`)
    try {
      return { ok: true, value: await checked(handlers, name, input, from) }
    } catch (error) {
      return { ok: false, error: refusalOf(error) }
    }
  }
}

/** A handler gets its input only as the contract's schema made it. @throws CALL_REFUSED */
async function checked<N extends CallName>(
  handlers: Handlers,
  name: N,
  input: unknown,
  from: Peer,
): Promise<unknown> {
  const parsed = safeParse(CALLS[name].input, input)
  // A strict object of no members would take an array for one.
  if (!parsed.success || Array.isArray(input))
    throw refuseCall(`${name} was called with something else than it takes.`)
  // The schema of `name` made it: its output is what the handler of `name` takes.
  const handler: (input: never, from: Peer) => unknown = handlers[name]
  return await handler(parsed.output as never, from)
}

function isCall(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(CALLS, name)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function peerOf(session: Session, event: IpcMainInvokeEvent): Peer | undefined {
  const { senderFrame, sender } = event
  const known = (id: number) => session.peer(id) !== undefined
  return isOwnMainFrame({ sender, senderFrame }, known) ? session.peer(sender.id) : undefined
}

function refused(message: string): { readonly ok: false; readonly error: Refusal } {
  return { ok: false, error: refusalOf(refuseCall(message)) }
}

const NOT_YOURS = refused('The call did not come from a window of Strongroom.')
