import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CliOptions, jsonLines, NODE, startCli } from './cli.ts'
import { type Fault, faultEnv } from './faults.ts'
import type { FaultEnd } from './faults-command.ts'
import { type Running, start } from './process.ts'
import { WorkFolder } from './tree.ts'
import { contents, setMtime } from './tree-make.ts'
import { type View, viewOf } from './vault-faults-view.ts'

/** What happens to a run: the folder and the log are the bed's. */
export type VaultFault = Omit<Fault, 'dir' | 'log'>

/** Words of a command after `strongroom`; `VAULT` and `SOURCES` stand for those paths. */
export type Words = readonly string[]

const PASSPHRASE = 'correct horse battery staple, and a long one'
const MOMENT_MS = Date.UTC(2025, 3, 5, 6, 7, 8, 9)

/**
 * A vault that commands are run on again and again under faults, each time from the same beginning. Vault,
 * state folder, sources and the commands' output lie in one watched folder; the logs lie outside.
 *
 * It opens by its recovery code: that costs no Argon2.
 */
export class FaultVault implements Disposable {
  /** The watched folder. */
  readonly folder: string
  readonly path: string
  readonly state: string
  readonly sources: string
  readonly code: string
  readonly passphraseFile: string
  readonly #work: WorkFolder
  readonly #outside = new WorkFolder()
  #runs = 0

  /** @param parent where its folder is made; by default a temporary folder */
  constructor(parent?: string) {
    this.#work = new WorkFolder(parent)
    this.folder = this.#work.path
    this.path = this.at('vault')
    this.state = this.at('state')
    this.sources = this.at('sources')
    this.code = this.at('code')
    this.passphraseFile = this.at('passphrase')
    writeFileSync(this.passphraseFile, PASSPHRASE)
    mkdirSync(this.sources)
  }

  /** Options of `init`, which every command of it goes on from. */
  get initWords(): Words {
    return [
      ...['init', this.path, '--passphrase-file', this.passphraseFile, '--no-keychain'],
      ...['--recovery-out', this.code, '--state-dir', this.state],
    ]
  }

  /** A vault with a tree, an old version, and things in the bin. */
  static async filled(parent?: string): Promise<FaultVault> {
    const vault = new FaultVault(parent)
    await vault.expect(0, vault.initWords)
    vault.source('tree/hello.txt', 20)
    vault.source('tree/empty', 0)
    vault.source('tree/sub/frames', 300_000)
    vault.source('tree/sub/small', 3_000)
    mkdirSync(join(vault.sources, 'tree/sub/no files'), { recursive: true })
    vault.source('gone/one', 100)
    vault.source('gone/two', 200)
    vault.source('lone', 50)
    for (const name of ['tree', 'gone', 'lone']) await vault.expect(0, ['add', 'VAULT', `SOURCES/${name}`])
    vault.source('tree/hello.txt', 21)
    await vault.expect(0, ['add', 'VAULT', 'SOURCES/tree'])
    await vault.expect(0, ['mkdir', 'VAULT', '/place'])
    await vault.expect(0, ['rm', 'VAULT', '/gone', '/lone'])
    // What the next `add` of the sources brings: a changed file, and a folder that is new.
    vault.source('tree/sub/small', 3_001)
    vault.source('more/new', 70_000)
    vault.source('more/below/newer', 10)
    vault.save()
    return vault
  }

  /** Writes a file below the sources, the same for the same name and size. */
  source(name: string, sizeBytes: number): void {
    const path = join(this.sources, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, contents(`${name} ${sizeBytes}`, sizeBytes))
    setMtime(path, MOMENT_MS + sizeBytes)
  }

  /** Keeps everything as it is now, for `reset`. */
  save(): void {
    rmSync(this.#outside.at('saved'), { recursive: true, force: true })
    for (const name of this.#parts()) cpSync(this.#work.at(name), this.#outside.at('saved', name), COPY)
  }

  /** Puts everything back as it was saved. */
  reset(): void {
    for (const name of this.#parts()) rmSync(this.#work.at(name), { recursive: true, force: true })
    cpSync(this.#outside.at('saved'), this.folder, COPY)
  }

  /** Starts a command; `--json` goes to a file, for `ended`. */
  start(words: Words, fault: VaultFault = {}, options: CliOptions = {}) {
    return this.#start(startCli, this.args(words), fault, options)
  }

  /** Runs a command whose output is no lines of JSON. @returns its exit code */
  async codeOf(words: Words): Promise<number | null> {
    return (await startCli(this.args(words).slice(0, -1)).ended).code
  }

  /** Runs a script of the tests on the vault, as `run` does a command. */
  runScript(script: string, fault: VaultFault = {}): Promise<FaultEnd> {
    const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(import.meta.dirname, script)]
    const begin = (words: Words, options: CliOptions) => start(NODE, [...args, ...words], options)
    return this.#start(begin, [this.path, this.state, this.code], fault, {}).ended
  }

  run(words: Words, fault: VaultFault = {}, options: CliOptions = {}): Promise<FaultEnd> {
    return this.start(words, fault, options).ended
  }

  /** Runs a command to its end. @throws it ended with another code */
  async expect(code: number, words: Words, options: CliOptions = {}): Promise<FaultEnd> {
    const end = await this.run(words, {}, options)
    if (end.code === code) return end
    throw new Error(`${words.join(' ')} ended with ${end.code ?? end.signal}: ${end.out}${end.err}`)
  }

  /** What the vault holds for this device. @throws it is not sound */
  view(options: { readonly path?: string } = {}): Promise<View> {
    return viewOf({ path: options.path ?? this.path, state: this.state, code: this.code })
  }

  /** What it holds for a device that never saw it. @throws it is not sound */
  async viewOfStranger(): Promise<View> {
    using state = new WorkFolder()
    return await viewOf({ path: this.path, state: state.at('state'), code: this.code })
  }

  at(...steps: readonly string[]): string {
    return this.#work.at(...steps)
  }

  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]()
    this.#outside[Symbol.dispose]()
  }

  /** The words after `strongroom`, with paths and options. */
  args(words: Words): readonly string[] {
    const paths = words.map((word) =>
      word === 'VAULT' ? this.path : word.startsWith('SOURCES') ? this.sources + word.slice(7) : word,
    )
    const isInit = words[0] === 'init'
    const opened = isInit ? [] : ['--state-dir', this.state, '--recovery-file', this.code]
    return [...paths, ...opened, '--json']
  }

  #start(
    begin: (args: readonly string[], options: CliOptions) => Running,
    args: readonly string[],
    fault: VaultFault,
    options: CliOptions,
  ) {
    const acks = this.#work.at(`acks ${++this.#runs}`)
    const log = this.#outside.at(`log ${this.#runs}`)
    const outFd = openSync(acks, 'wx')
    const env = { ...options.env, ...faultEnv({ ...fault, dir: this.folder, log }) }
    const running = begin(args, { ...options, outFd, env })
    closeSync(outFd)
    return { running, ended: this.#ended(running, acks, log) }
  }

  async #ended(running: Running, acks: string, log: string): Promise<FaultEnd> {
    const end = await running.ended
    const out = readFileSync(acks, 'utf8')
    return { ...end, out, lines: jsonLines(out), acks, log }
  }

  #parts(): readonly string[] {
    return readdirSync(this.folder).filter((name) => !name.startsWith('acks '))
  }
}

const COPY = { recursive: true, preserveTimestamps: true, force: false, errorOnExist: true } as const
