import type { GenericSchema, InferOutput } from 'valibot'
import type { ErrorCode } from '../codes.ts'

declare const value: unique symbol

/** A call of the window: what main checks of its input, and the type of what it answers. */
export type Call<S extends GenericSchema, T> = { readonly input: S; readonly [value]?: T }

/** `call<Answer>()(schema)`: the answer is a type only, the input is checked in main. */
export const call =
  <T>() =>
  <S extends GenericSchema>(input: S): Call<S, T> => ({ input })

/** What a call takes. */
export type InputOf<C> = C extends Call<infer S, unknown> ? InferOutput<S> : never
/** What a call answers. */
export type ValueOf<C> = C extends Call<GenericSchema, infer T> ? T : never

/** Plain facts of a refusal: ids, sizes, the person's own paths. */
export type RefusalFacts = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** Why main did not do something. The window words it by `code`; `message` and `next` are English. */
export type Refusal = {
  readonly code: ErrorCode
  /** What happened to what. */
  readonly message: string
  /** What the person can do now (the codes table). */
  readonly next: string
  readonly facts: RefusalFacts
}

/** Refusals are values: Electron keeps of a thrown error only its text. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Refusal }
