import { existsSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type CliEnd, type CliOptions, cli, codesOf, startCli } from './cli.ts'
import type { Ended } from './process.ts'
import { differences, readTree, WorkFolder } from './tree.ts'

/** What `ls --json` gives of an item. */
export type Listed = {
  readonly path: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  readonly mtimeMs: number | null
  readonly mode: number | null
  readonly itemId: string
  readonly versionId: string | null
  readonly heads: readonly string[]
}

/** What `ls --versions --json` gives of a version. */
export type ListedVersion = {
  readonly versionId: string
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly current: boolean
}

export const PASSPHRASE = 'seven wild horses 1782 ran'

/** One device at the command line: a state folder, and a way into one vault. */
export class CliDevice {
  readonly vault: string
  readonly stateFolder: string
  /** The options that open the vault. */
  readonly way: readonly string[]
  readonly #options: CliOptions

  constructor(vault: string, stateFolder: string, way: readonly string[], options: CliOptions = {}) {
    this.vault = vault
    this.stateFolder = stateFolder
    this.way = way
    this.#options = options
  }

  /** The same device at another vault folder. */
  at(vault: string): CliDevice {
    return new CliDevice(vault, this.stateFolder, this.way, this.#options)
  }

  /** The same device, which is given something else to open it with. */
  by(...way: readonly string[]): CliDevice {
    return new CliDevice(this.vault, this.stateFolder, way, this.#options)
  }

  /** Starts `strongroom <command> <vault> <words>…`. */
  start(command: string, words: readonly string[], options: CliOptions = {}) {
    return startCli(this.#args(command, words), this.#with(options))
  }

  /** Runs it with --json, to its end. */
  run(command: string, ...words: readonly string[]): Promise<CliEnd> {
    return cli(this.#args(command, words), this.#with({}))
  }

  /** Runs it as a person would, for its text. */
  say(command: string, ...words: readonly string[]): Promise<Ended> {
    return this.start(command, words).ended
  }

  /** Runs it; a test fails if that does. */
  async does(command: string, ...words: readonly string[]): Promise<CliEnd> {
    const end = await this.run(command, ...words)
    expect([...codesOf(end), end.code, end.err], words.join(' ')).toEqual([0, ''])
    return end
  }

  async ls(...words: readonly string[]): Promise<readonly Listed[]> {
    return await this.document('ls', ...words)
  }

  async versions(path: string): Promise<readonly ListedVersion[]> {
    return await this.document('ls', path, '--versions')
  }

  /** The paths of all that the vault holds, sorted. */
  async paths(): Promise<readonly string[]> {
    return (await this.ls('-R')).map(({ path }) => path).sort()
  }

  /** The item at a path. */
  async item(path: string): Promise<Listed> {
    const found = (await this.ls('-R')).find((item) => item.path === path)
    if (found === undefined) throw new Error(`the vault has no ${path}`)
    return found
  }

  async cat(path: string, ...words: readonly string[]): Promise<string> {
    const { code, out, err } = await this.say('cat', path, ...words)
    expect([code, err], path).toEqual([0, ''])
    return out
  }

  /** The one JSON document that a command prints. */
  async document<T>(command: string, ...words: readonly string[]): Promise<T> {
    const { code, out, err } = await this.start(command, [...words, '--json']).ended
    expect([code, err], `${command} ${words.join(' ')}`).toEqual([0, ''])
    return JSON.parse(out)
  }

  /** Runs what must be refused: with this code, and without a change to the vault's bytes. */
  async refused(code: string, exit: number, command: string, ...words: readonly string[]): Promise<CliEnd> {
    const before = readTree(this.vault)
    const end = await this.run(command, ...words)
    expect([codesOf(end), end.code], `${command} ${words.join(' ')}`).toEqual([[code], exit])
    expect(differences(before, readTree(this.vault))).toEqual([])
    return end
  }

  #args(command: string, words: readonly string[]): readonly string[] {
    // A command of two words, as `key ls`.
    return [...command.split(' '), this.vault, ...words, ...this.way]
  }

  #with({ env, ...options }: CliOptions): CliOptions {
    return {
      ...this.#options,
      ...options,
      env: { STRONGROOM_STATE_DIR: this.stateFolder, ...this.#options.env, ...env },
    }
  }
}

/** A vault that `init` made in a folder of its own, without a keychain, with a passphrase and a recovery code. */
export class CliVault implements Disposable {
  readonly work: WorkFolder
  readonly path: string
  readonly code: string
  readonly passphrase: string
  /** The device that made it. */
  readonly device: CliDevice
  /** As `init` said it. */
  fingerprint = ''

  readonly #env: CliOptions['env']

  private constructor(work: WorkFolder, env: CliOptions['env']) {
    this.#env = env
    this.work = work
    this.path = work.at('vault')
    this.code = work.at('code')
    this.passphrase = work.at('passphrase')
    // By the code: it costs no Argon2.
    this.device = this.another('state')
  }

  /** @param env of all its devices: that of a KMS, say */
  static async create(env: NonNullable<CliOptions['env']> = {}): Promise<CliVault> {
    const vault = new CliVault(new WorkFolder(), env)
    writeFileSync(vault.passphrase, `${PASSPHRASE}\n`)
    const options = ['--no-keychain', '--passphrase-file', vault.passphrase, '--recovery-out', vault.code]
    const end = await vault.device.by().run('init', ...options)
    expect([...codesOf(end), end.code]).toEqual([0])
    vault.fingerprint = String(end.lines.at(-1)?.fingerprint)
    return vault
  }

  /** A device that never saw the vault. */
  another(stateFolder: string, vault = this.path): CliDevice {
    const options = this.#env ? { env: this.#env } : {}
    return new CliDevice(vault, this.work.at(stateFolder), ['--recovery-file', this.code], options)
  }

  /** Writes a source file of this name, for `add`. */
  source(name: string, content: string | Uint8Array): string {
    const path = this.work.at(name)
    writeFileSync(path, content)
    return path
  }

  /** Whether a file of the vault is there. */
  has(name: string): boolean {
    return existsSync(`${this.path}/${name}`)
  }

  [Symbol.dispose](): void {
    this.work[Symbol.dispose]()
  }
}
