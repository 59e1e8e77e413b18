import type { Page } from '@playwright/test'
import type { CallInput, CallName, CallReply, CallValue } from '../../src/main/contract/ipc/calls.ts'
import type { AppEvent } from '../../src/main/contract/ipc/events.ts'

/** A text that goes as bytes, as a page sends a passphrase or code. */
export type SecretText = { readonly secretText: string }
export const secret = (secretText: string): SecretText => ({ secretText })

/** An input in which secrets are still texts: what crosses into the page is JSON. */
type Sent<T> = T extends Uint8Array
  ? SecretText
  : T extends string | number | boolean | null | undefined
    ? T
    : { readonly [K in keyof T]: Sent<T[K]> }

/** Calls main as a page of the window does. */
export async function call<N extends CallName>(
  page: Page,
  name: N,
  input: Sent<CallInput<N>>,
): Promise<CallReply<N>> {
  return await page.evaluate(callInPage, [name, input] as const)
}

/** The answer of a call that is not refused. */
export async function value<N extends CallName>(
  page: Page,
  name: N,
  input: Sent<CallInput<N>>,
): Promise<CallValue<N>> {
  const reply = await call(page, name, input)
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code}: ${reply.error.message}`)
  return reply.value
}

/** Why a call was refused; undefined: it was not. */
export async function refusal(page: Page, name: string, input: unknown): Promise<string | undefined> {
  const reply: { readonly ok: boolean; readonly error?: { readonly code: string } } = await page.evaluate(
    callInPage,
    [name, input] as const,
  )
  return reply.error?.code
}

// Runs in the page: no outer name may be used.
// biome-ignore lint/suspicious/noExplicitAny: what a page gets back is of the call's type, which the callers say
async function callInPage([name, input]: readonly [string, unknown]): Promise<any> {
  const asBytes = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(asBytes)
    if (each === null || typeof each !== 'object') return each
    if ('secretText' in each) return new TextEncoder().encode(String(each.secretText))
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, asBytes(inner)]))
  }
  return await Reflect.get(globalThis, 'strongroom').call(name, asBytes(input))
}

/** Keeps what main tells the page from now on. */
export async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: unknown[] = []
    Reflect.set(globalThis, 'heard', heard)
    Reflect.get(globalThis, 'strongroom').on((event: unknown) => heard.push(event))
  })
}

export async function heard<K extends AppEvent['kind']>(page: Page, kind: K): Promise<readonly EventOf<K>[]> {
  const all: readonly AppEvent[] = await page.evaluate(() => Reflect.get(globalThis, 'heard'))
  return all.filter((event): event is EventOf<K> => event.kind === kind)
}

type EventOf<K extends AppEvent['kind']> = Extract<AppEvent, { readonly kind: K }>
