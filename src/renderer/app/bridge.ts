import type { Bridge } from '../../main/contract/ipc/bridge.ts'
import type { Refusal, Reply } from '../../main/contract/ipc/call.ts'
import type { CallInput, CallName, CallValue } from '../../main/contract/ipc/calls.ts'
import type { AppEvent } from '../../main/contract/ipc/events.ts'
import type { Source } from '../../main/contract/ipc/job-nouns.ts'

declare global {
  interface Window {
    readonly strongroom: Bridge
  }
}

/** Main did not do what it was asked: its refusal, thrown so that queries and forms treat it as any failure. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

function opened<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Refused(reply.error)
  return reply.value
}

/** Asks main for something. The only way out of the window. @throws Refused */
export async function ask<N extends CallName>(name: N, input: CallInput<N>): Promise<CallValue<N>> {
  // A Reply is closed over its call, which the compiler doesn't follow through a type parameter.
  const reply: Reply<CallValue<N>> = await window.strongroom.call(name, input)
  return opened(reply)
}

/** Asks with bytes of a secret, which are zeroed here whatever the answer. @throws Refused */
export async function askWithSecret<N extends CallName>(
  secrets: readonly Uint8Array[],
  name: N,
  input: CallInput<N>,
): Promise<CallValue<N>> {
  try {
    return await ask(name, input)
  } finally {
    for (const bytes of secrets) bytes.fill(0)
  }
}

/** Handles for what was dropped or pasted; files that a script made are left out. @throws Refused */
export const dropped = async (files: readonly File[]): Promise<readonly Source[]> =>
  opened(await window.strongroom.dropped(files))

/** @returns a function that ends the listening */
export const listen = (listener: (event: AppEvent) => void): (() => void) => window.strongroom.on(listener)
