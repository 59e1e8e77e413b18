import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Secret } from '../../src/main/base/index.ts'
import type { ExistsRule } from '../../src/main/jobs/index.ts'
import { rawAesKey } from '../../src/main/keys/index.ts'
import type { NamedKey } from '../../src/main/keys/lock.ts'
import {
  type JobEvent,
  type JobOptions,
  type JobReport,
  openPassphrase,
  type SealWith,
  sealFiles,
  type UnsealWith,
  unsealFiles,
} from '../../src/main/vault/index.ts'

/** The service as the command line and the window call it, with the worker as it is built. */
const RUNTIME = { workerPath: join(import.meta.dirname, '../../out/main/worker.js') }

export type Ran = { readonly report: JobReport; readonly events: readonly JobEvent[] }

type Request = {
  readonly to?: string
  readonly exists?: ExistsRule
  readonly context?: Readonly<Record<string, string>>
}

/** Seals and keeps what it told. */
export async function seal(
  paths: readonly string[],
  way: SealWith,
  { to, exists = 'refuse' }: Request = {},
  options: JobOptions = {},
): Promise<Ran> {
  const events: JobEvent[] = []
  const request = { paths, exists, with: way, ...(to !== undefined && { to }) }
  const report = await sealFiles(RUNTIME, request, { ...options, onEvent: (event) => events.push(event) })
  return { report, events }
}

/** Opens and keeps what it told. */
export async function unseal(
  paths: readonly string[],
  way: UnsealWith,
  { to, exists = 'refuse', context = {} }: Request = {},
  options: JobOptions = {},
): Promise<Ran> {
  const events: JobEvent[] = []
  const requiredContext = new Map(Object.entries(context))
  const request = { paths, exists, with: way, requiredContext, ...(to !== undefined && { to }) }
  const report = await unsealFiles(RUNTIME, request, { ...options, onEvent: (event) => events.push(event) })
  return { report, events }
}

/** How each file ended, by the end of its path: “done”, or the code it was skipped or failed with. */
export function outcomes({ events }: Ran, below: string): Readonly<Record<string, string>> {
  const said = events.flatMap((event): [string, string][] => {
    if (event.kind === 'done') return [[event.path, 'done']]
    if (event.kind === 'skipped') return [[event.path, event.code]]
    return event.kind === 'failed' ? [[event.path, event.error.code]] : []
  })
  const short = said.map(([path, word]): [string, string] => [path.slice(below.length + 1), word])
  if (new Set(short.map(([path]) => path)).size !== short.length)
    throw new Error(`one told twice: ${short.join(' · ')}`)
  return Object.fromEntries(short.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const passphrase = (words: string): Secret =>
  openPassphrase({ kind: 'typed', bytes: new Uint8Array(new TextEncoder().encode(words)) })

/** A raw key of the tests' own. */
export function rawKey(
  bytes: Uint8Array = randomBytes(32),
  name = 'a key',
): { readonly kind: 'raw-aes'; readonly key: NamedKey } {
  return { kind: 'raw-aes', key: rawAesKey(new Uint8Array(bytes), 'tests', name) }
}
