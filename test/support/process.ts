import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a program ended: by a code or by a signal. */
export type Ended = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export type StartOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  /** A file descriptor that standard output goes to; by default it is collected. */
  readonly outFd?: number
  /** A program that runs longer hangs: it is killed, and the test fails. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 60_000

/** Whether this is root's: what only root may do (mounts, other users, devices) is skipped for others. */
export const IS_ROOT = process.getuid?.() === 0

/** A program under way. */
export class Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess

  constructor(program: string, args: readonly string[], options: StartOptions) {
    this.#child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', options.outFd ?? 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? -1
    this.ended = this.#collect(options, [program, ...args].join(' '))
    // Whoever awaits it later still gets the error; until then it is not an unhandled one.
    this.ended.catch(() => {})
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until it has stopped itself with SIGSTOP. @throws it ended instead */
  async stopped(): Promise<void> {
    const ended = this.ended.then((end) => {
      throw new Error(`it ended with ${end.code ?? end.signal} before it stopped: ${end.err}`)
    })
    ended.catch(() => {})
    while (stateOf(this.pid) !== 'T') await Promise.race([sleep(2), ended])
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }

  #collect(options: StartOptions, words: string): Promise<Ended> {
    const { stdin, stdout, stderr } = this.#child
    const out: Buffer[] = []
    const err: Buffer[] = []
    stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    stderr?.on('data', (chunk: Buffer) => err.push(chunk))
    // It may end without reading its input.
    stdin?.on('error', () => {})
    stdin?.end(options.input)
    return new Promise((resolve, reject) => {
      const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
      let hangs = false
      const timer = setTimeout(() => {
        hangs = true
        this.#child.kill('SIGKILL')
      }, timeoutMs)
      this.#child.on('error', reject)
      this.#child.on('close', (code, signal) => {
        clearTimeout(timer)
        const end = { code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }
        if (hangs) reject(new Error(`it hung for ${timeoutMs} ms: ${words}\n${end.out}\n${end.err}`))
        else resolve(end)
      })
    })
  }
}

/** Starts a program. Its standard input is `input`, or empty. */
export function start(program: string, args: readonly string[], options: StartOptions = {}): Running {
  return new Running(program, args, options)
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return start(program, args, options).ended
}

/** The state letter of a process; undefined when it is gone. */
function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2)[0]
  } catch {
    return undefined
  }
}
