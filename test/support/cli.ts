import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, type StartOptions, start } from './process.ts'

/** The bundle itself and the project's own Node: the launcher would only stand between them and a signal. */
export const BUNDLE = join(import.meta.dirname, '../../out/main/bin.js')
export const NODE = join(import.meta.dirname, '../../node_modules/node/bin/node')

/** One line of `--json`. */
export type JsonLine = {
  readonly type: 'file' | 'progress' | 'result' | 'error'
  readonly status?: 'done' | 'skipped' | 'failed'
  readonly path?: string
  readonly target?: string
  readonly code?: string
  readonly message?: string
  readonly next?: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly files?: number
  readonly skipped?: number
  readonly failed?: readonly { readonly path: string; readonly code: string }[]
  readonly stopped?: boolean
  readonly fingerprint?: string
}

export type CliOptions = StartOptions & {
  /** Words before the program: `setpriv …`, or a shell that sets a limit. */
  readonly under?: readonly string[]
}

export type CliEnd = Ended & { readonly lines: readonly JsonLine[] }

/** What every run gets, and nothing of the person's. */
const BASE_ENV = { PATH: process.env.PATH ?? '', UV_THREADPOOL_SIZE: '16' }

/** Starts `strongroom …`. */
export function startCli(args: readonly string[], options: CliOptions = {}) {
  if (!existsSync(BUNDLE)) throw new Error('The bundle is missing: run `npm run build`.')
  const [program = NODE, ...words] = [...(options.under ?? []), NODE, BUNDLE, ...args]
  return start(program, words, { ...options, env: { ...BASE_ENV, ...options.env } })
}

/** Runs `strongroom … --json` to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  return withLines(await startCli([...args, '--json'], options).ended)
}

/** The JSON lines that were written; a line that was cut off by a kill is none. */
export function withLines(end: Ended): CliEnd {
  return { ...end, lines: jsonLines(end.out) }
}

export function jsonLines(text: string): readonly JsonLine[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
}

function parseLine(line: string): JsonLine {
  const value: unknown = JSON.parse(line)
  if (isJsonLine(value)) return value
  throw new Error(`not a line of --json: ${line}`)
}

function isJsonLine(value: unknown): value is JsonLine {
  return typeof value === 'object' && value !== null && 'type' in value
}

/** The lines of files that ended so. */
export function filesOf(
  end: Pick<CliEnd, 'lines'>,
  status: 'done' | 'skipped' | 'failed',
): readonly JsonLine[] {
  return end.lines.filter((line) => line.type === 'file' && line.status === status)
}

/** The codes of a run's failures, each once: of files, or of the command itself. */
export function codesOf(end: Pick<CliEnd, 'lines'>): readonly string[] {
  const failed = end.lines.filter((line) => line.type === 'error' || line.status === 'failed')
  return [...new Set(failed.map(({ code }) => code ?? 'none'))].sort()
}

/** A raw AES key in a file: tests that aren't about passphrases need no Argon2. */
export class RawKey {
  static readonly namespace = 'tests'
  static readonly keyName = 'a key'
  readonly bytes = randomBytes(32)
  /** The options that name it. */
  readonly options: readonly string[]

  constructor(folder: string, name = 'raw.key') {
    const file = join(folder, name)
    writeFileSync(file, this.bytes, { mode: 0o644 })
    const { namespace, keyName } = RawKey
    this.options = ['--raw-aes-key-file', file, '--key-namespace', namespace, '--key-name', keyName]
  }
}
