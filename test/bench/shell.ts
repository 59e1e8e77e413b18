import { spawnSync } from 'node:child_process'

/** What one run of a command took. */
export type Took = { readonly seconds: number; readonly cpuSeconds: number }

type Variables = Readonly<Record<string, string>>

const TIMEOUT_MS = 300_000
const MOST_WORDS_BYTES = 64 * 1024 * 1024
/** bash writes this behind the command's own words on standard error: real, user and system seconds. */
const MARK = 'bench-took'
const TIMES = new RegExp(`${MARK} ([0-9.]+) ([0-9.]+) ([0-9.]+)\\n$`)

/** A shell in one folder: relative paths without spaces, so that command lines can be read and shown. */
export class Shell {
  readonly folder: string
  readonly #variables: Variables

  constructor(folder: string, variables: Variables) {
    this.folder = folder
    this.#variables = variables
  }

  /** Runs a line, untimed. @returns its words @throws it fails, with its last words */
  run(line: string, variables: Variables = {}): string {
    return this.#bash(line, variables).out
  }

  /** Runs a line and says what it took; the shell's own start is not counted. @throws it fails */
  time(line: string, variables: Variables = {}): Took {
    const { err } = this.#bash(`TIMEFORMAT='${MARK} %R %U %S'; time { ${line}; }`, variables)
    const [, real, user, system] = TIMES.exec(err) ?? []
    if (real === undefined) throw new Error(`no times of: ${line}`)
    return { seconds: Number(real), cpuSeconds: Number(user) + Number(system) }
  }

  #bash(line: string, variables: Variables): { readonly out: string; readonly err: string } {
    return bash(line, { cwd: this.folder, env: { ...process.env, ...this.#variables, ...variables } })
  }
}

/** Runs shell words to their end, anywhere. @throws they fail */
export function shell(words: string): string {
  return bash(words, { env: { ...process.env, UV_THREADPOOL_SIZE: '16' } }).out
}

function bash(line: string, options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv }) {
  const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', `set -eo pipefail; ${line}`], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_WORDS_BYTES,
  })
  if (status === 0) return { out: stdout, err: stderr }
  const words = stderr.trim().split('\n').slice(-3).join(' / ')
  throw new Error(`${line}\n  ended with ${status ?? signal ?? 'nothing'}: ${words}`)
}
