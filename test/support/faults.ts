import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

/** Calls that change files or make changes durable, as faults.c names them; `write` is pwrite, too. */
export const MUTATING = [
  'create',
  'write',
  'fsync',
  'fdatasync',
  'link',
  'rename',
  'unlink',
  'mkdir',
  'rmdir',
  'chmod',
  'fchmod',
  'utime',
  'truncate',
] as const
export type Call = (typeof MUTATING)[number] | 'open' | 'read'

/** What happens at a counted call. */
export type Act =
  | { readonly kind: 'kill' }
  /** Half of a write reaches the file, then the program is killed. */
  | { readonly kind: 'torn' }
  /** Half of a write is done, and it returns that count. */
  | { readonly kind: 'short' }
  /** The program stops itself before the call, until it gets SIGCONT. */
  | { readonly kind: 'stop' }
  /** A call on an open file is not made, and says that it was: a disk that lies about its syncs. */
  | { readonly kind: 'lie' }
  | { readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM' }
  | { readonly kind: 'fail'; readonly errno: 'EIO' | 'ENOSPC' | 'EROFS' | 'EDQUOT' | 'EMFILE' | 'EPERM' }

/** Which of a program's calls are counted, and what happens at the one `at`. */
export type Fault = {
  /** Only calls below this folder, by its real path. */
  readonly dir: string
  readonly calls?: readonly Call[]
  /** Only calls with a path that holds this. */
  readonly only?: string
  /** The number of the call, from 1. */
  readonly at?: number
  /** At every call from there on. */
  readonly onwards?: boolean
  readonly act?: Act
  /** A file that every counted call is written to; not below `dir`. */
  readonly log?: string
}

/** The environment that runs a program under a fault. */
export function faultEnv(fault: Fault): Record<string, string> {
  const { dir, calls = MUTATING, only, at, onwards, act, log } = fault
  return {
    LD_PRELOAD: library(),
    FAULT_DIR: dir,
    FAULT_CALLS: calls.join(),
    ...(only !== undefined && { FAULT_ONLY: only }),
    ...(at !== undefined && { FAULT_AT: `${at}${onwards ? '+' : ''}` }),
    ...(act !== undefined && { FAULT_ACT: act.kind, FAULT_NUMBER: String(numberOf(act)) }),
    ...(log !== undefined && { FAULT_LOG: log }),
  }
}

function numberOf(act: Act): number {
  if (act.kind === 'signal') return constants.signals[act.signal]
  return act.kind === 'fail' ? constants.errno[act.errno] : 0
}

/** A call in the order in which calls began and ended. */
export type LoggedCall = {
  readonly n: number
  readonly at: 'begin' | 'end'
  readonly call: string
  readonly path: string
  /** Of link and rename: the new name. */
  readonly second?: string
  readonly ok: boolean
}

/** Reads what a run logged; an empty list if it made no counted call. */
export function readLog(file: string): readonly LoggedCall[] {
  if (!existsSync(file)) return []
  const begun = new Map<number, LoggedCall>()
  const calls: LoggedCall[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [at, number = '', ...rest] = line.split(' ')
    const n = Number(number)
    if (at === 'B') {
      const [call = '', ...words] = rest
      const [path = '', second] = words.join(' ').split('\t')
      const entry = { n, at: 'begin', call, path, ok: true, ...(second !== undefined && { second }) } as const
      begun.set(n, entry)
      calls.push(entry)
    } else if (at === 'E') {
      const entry = begun.get(n)
      if (entry !== undefined) calls.push({ ...entry, at: 'end', ok: rest[0] === '0' })
    }
  }
  return calls
}

/** The calls that began, in the order of their numbers. */
export function callsOf(log: readonly LoggedCall[]): readonly LoggedCall[] {
  return log.filter(({ at }) => at === 'begin').sort((a, b) => a.n - b.n)
}

let built: string | undefined

/** Compiles faults.c, once for each of its versions. */
function library(): string {
  if (built !== undefined) return built
  const source = join(import.meta.dirname, 'faults.c')
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const folder = join(import.meta.dirname, '../../node_modules/.cache/strongroom-faults')
  const file = join(folder, `${digest}.so`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const temp = `${file}.${process.pid}`
    const flags = ['-Wall', '-Wextra', '-Werror', '-O1', '-shared', '-fPIC']
    execFileSync('gcc', [...flags, '-o', temp, source, '-ldl'])
    renameSync(temp, file)
  }
  built = file
  return file
}
