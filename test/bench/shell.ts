import { spawnSync } from 'node:child_process'

/** What one run of a command took. */
export type Took = { readonly seconds: number; readonly cpuSeconds: number }

const TIMEOUT_MS = 300_000
/** bash writes this behind the command's own words on standard error: real, user and system seconds. */
const MARK = 'bench-took'
const TIMES = new RegExp(`${MARK} ([0-9.]+) ([0-9.]+) ([0-9.]+)\\n$`)

/** A shell in the scratch folder: short relative paths, so command lines can be read and shown. */
export class Shell {
  readonly folder: string
  readonly #env: Readonly<Record<string, string>>

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder
    this.#env = env
  }

  /** Runs a line untimed. @throws it fails, with its last words */
  run(line: string, variables: Readonly<Record<string, string>> = {}): string {
    return this.#bash(line, variables).out
  }

  /** Runs a line and says what it took; the shell's own start is not counted. @throws it fails */
  time(line: string, variables: Readonly<Record<string, string>> = {}): Took {
    const { err } = this.#bash(`TIMEFORMAT='${MARK} %R %U %S'; time { ${line}; }`, variables)
    const [, real, user, system] = TIMES.exec(err) ?? []
    if (real === undefined) throw new Error(`no times of: ${line}`)
    return { seconds: Number(real), cpuSeconds: Number(user) + Number(system) }
  }

  #bash(line: string, variables: Readonly<Record<string, string>>): { out: string; err: string } {
    const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', `set -eo pipefail; ${line}`], {
      cwd: this.folder,
      env: { ...this.#env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    })
    if (status === 0) return { out: stdout, err: stderr }
    const words = stderr.trim().split('\n').slice(-3).join(' / ')
    throw new Error(`${line}\n  ended with ${status ?? signal ?? 'nothing'}: ${words}`)
  }
}
