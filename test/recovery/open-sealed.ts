/** Runs resources/recovery/open_sealed.py as a person would: another program, seen only from outside. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type ForeignMessage,
  foreignMessage,
  foreignRawAesEdk,
  type Pairs,
} from '../support/foreign-message.ts'

export const SCRIPT = join(import.meta.dirname, '../../resources/recovery/open_sealed.py')
/** The system's Python, for which the test command installs python3-cryptography and python3-argon2. */
export const PYTHON = '/usr/bin/python3'

const probe = spawnSync(PYTHON, ['-c', 'import cryptography, argon2'], { encoding: 'utf8' })
if (probe.status !== 0) {
  throw new Error(
    `${PYTHON} can't run open_sealed.py: apt-get install -y python3-cryptography python3-argon2\n${probe.stderr}`,
  )
}

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs the script in `folder` to its end. */
export function openSealed(folder: string, ...args: readonly string[]): Ended {
  return run(PYTHON, [SCRIPT, ...args], folder)
}

/** Runs any program in `folder` to its end, without a terminal. */
export function run(
  program: string,
  args: readonly string[],
  folder: string,
  input = '',
  env?: Readonly<Record<string, string>>,
): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    ...(env && { env: { ...process.env, ...env } }),
    encoding: 'utf8',
    input,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error !== undefined) throw error
  return { code: status, out: stdout, err: stderr }
}

/** A folder of its own, with the files of `tree` in it, gone at the end of the test. */
export function tempFolder(tree: Readonly<Record<string, Uint8Array | string>> = {}) {
  const path = mkdtempSync(join(tmpdir(), 'strongroom-recovery-'))
  const at = (name: string): string => join(path, name)
  const write = (name: string, content: Uint8Array | string): void => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
  }
  for (const [name, content] of Object.entries(tree)) write(name, content)
  return {
    path,
    at,
    write,
    read: (name: string): Buffer => readFileSync(at(name)),
    /** Paths of all that is in the folder but folders, sorted. */
    files: (): readonly string[] => filesIn(path),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !lstatSync(join(folder, name)).isDirectory())
    .sort()
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The key that sealed the messages of these tests, and the options that name it. */
export const KEY = { namespace: 'tests', name: 'key-1', key: Buffer.alloc(32, 7) } as const
export const KEY_OPTIONS = [
  '--raw-aes-key-file',
  'key',
  '--key-namespace',
  KEY.namespace,
  '--key-name',
  KEY.name,
] as const

type SealOptions = Omit<Parameters<typeof foreignMessage>[1], 'frameLength' | 'edks'> & {
  readonly frameLength?: number
}

/** A sound message under KEY, in frames of 16 bytes unless told otherwise. */
export function sealed(plain: Buffer | string, options: SealOptions = {}): ForeignMessage {
  return foreignMessage(Buffer.from(plain), {
    frameLength: 16,
    ...options,
    edks: (dataKey: Buffer, context: Pairs) => [foreignRawAesEdk(KEY, dataKey, context)],
  })
}
