import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTemporaryName } from '../../src/main/files/index.ts'
import { type CliEnd, type CliOptions, cli, filesOf, jsonLines, RawKey, startCli } from './cli.ts'
import { type Fault, faultEnv } from './faults.ts'
import type { LoggedRun } from './faults-durability.ts'
import type { Running } from './process.ts'
import { differences, type Entry, readTree, removeTree, type Tree, temporaries, WorkFolder } from './tree.ts'
import { makeSmallTree } from './tree-make.ts'
import { readSealedTree } from './tree-sealed.ts'

/** How a run under a fault ended, and where its calls were logged. */
export type FaultEnd = CliEnd & LoggedRun

/**
 * `seal` or `unseal` of one small tree, run again and again under faults. Sources, targets and the command's
 * output lie in one watched folder; key and logs lie outside.
 */
export class FaultCommand implements Disposable {
  readonly name: 'seal' | 'unseal'
  /** The watched folder. */
  readonly folder: string
  /** What is sealed or opened. */
  readonly source: string
  readonly #work = new WorkFolder()
  readonly #outside = new WorkFolder()
  readonly #key = new RawKey(this.#outside.path)
  readonly #wanted: Tree
  readonly #sourceBefore = new Set<string>()
  #runs = 0

  private constructor(name: 'seal' | 'unseal') {
    this.name = name
    this.folder = this.#work.path
    this.source = this.#work.at(name === 'seal' ? 'tree' : 'sealed/tree')
    makeSmallTree(this.#work.at('tree'))
    this.#wanted = readTree(this.#work.at('tree'))
  }

  static async create(name: 'seal' | 'unseal'): Promise<FaultCommand> {
    const command = new FaultCommand(name)
    if (name === 'unseal') {
      const paths = [command.#work.at('tree'), '--to', command.#work.at('sealed')]
      const end = await cli(['seal', ...paths, ...command.#key.options])
      if (end.code !== 0) throw new Error(`sealing ended with ${end.code}: ${end.out}`)
    }
    for (const stamp of stamps(command.source)) command.#sourceBefore.add(stamp)
    return command
  }

  /** The options that name its key, for a run of another kind. */
  get keyOptions(): readonly string[] {
    return this.#key.options
  }

  /** Where a run writes to: a folder that is not there yet. */
  target(name: string | number): string {
    return this.#work.at(`to ${name}`)
  }

  /** Starts the command into `target`. Its `--json` goes to a file, for `ended`. */
  start(target: string, fault: Omit<Fault, 'dir' | 'log'> = {}, options: CliOptions = {}) {
    const acks = this.#work.at(`acks ${++this.#runs}`)
    const log = this.#outside.at(`log ${this.#runs}`)
    const outFd = openSync(acks, 'wx')
    const args = [this.name, this.source, '--to', target, '--json', ...this.#key.options]
    const env = { ...options.env, ...faultEnv({ ...fault, dir: this.folder, log }) }
    const running = startCli(args, { ...options, outFd, env })
    closeSync(outFd)
    return { running, ended: this.#ended(running, { acks, log }) }
  }

  /** Runs the command into `target` to its end. */
  run(target: string, fault: Omit<Fault, 'dir' | 'log'> = {}, options: CliOptions = {}): Promise<FaultEnd> {
    return this.start(target, fault, options).ended
  }

  async #ended(running: Running, paths: LoggedRun): Promise<FaultEnd> {
    const end = await running.ended
    const out = readFileSync(paths.acks, 'utf8')
    return { ...end, out, lines: jsonLines(out), ...paths }
  }

  /**
   * What is wrong in `target` after a run that did not finish: a half-made file under a final name, a file
   * that was called done and isn't, or is there although it wasn't called done, a touched source.
   *
   * @param exact whether only what was called done may be there
   */
  wrongIn(target: string, end: FaultEnd, exact: boolean): readonly string[] {
    const found = this.#read(target)
    const wrong = this.#wrongSources()
    for (const [path, entry] of found) {
      if (entry.kind === 'folder') continue
      const wanted = JSON.stringify(this.#wanted.get(path))
      if (JSON.stringify(entry) !== wanted)
        wrong.push(`${path} is half-made: ${JSON.stringify(entry)}, not ${wanted}`)
    }
    const done = new Set(filesOf(end, 'done').map(({ target: file }) => this.#pathOf(target, file ?? '')))
    for (const path of done) if (!found.has(path)) wrong.push(`${path} was called done and isn't there`)
    const files = [...found].filter(([, { kind }]) => kind !== 'folder')
    if (exact)
      for (const [path] of files) if (!done.has(path)) wrong.push(`${path} is there, but not called done`)
    return wrong
  }

  /** What is wrong in `target` after a run that finished. */
  wrongAtEnd(target: string): readonly string[] {
    const leftovers = existsSync(target) ? temporaries(target).map((path) => `${path} was left`) : []
    return [...this.#wrongSources(), ...leftovers, ...differences(this.#wanted, this.#read(target))]
  }

  /** Temporary files and folders in `target`. */
  leftIn(target: string): readonly string[] {
    return existsSync(target) ? temporaries(target) : []
  }

  remove(target: string): void {
    removeTree(target)
  }

  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]()
    this.#outside[Symbol.dispose]()
  }

  #wrongSources(): string[] {
    const now = new Set(stamps(this.source))
    const gone = [...this.#sourceBefore].filter((stamp) => !now.has(stamp))
    const come = [...now].filter((stamp) => !this.#sourceBefore.has(stamp))
    return [...gone, ...come].map((stamp) => `a source was touched: ${stamp}`)
  }

  /** The plain tree that a target holds, or stands for; temporary files are none of it. */
  #read(target: string): Tree {
    if (!existsSync(target)) return new Map()
    const others = readdirSync(target).filter((name) => name !== 'tree' && !isTemporaryName(name))
    if (others.length > 0) throw new Error(`strangers in the target: ${others.join()}`)
    const tree = join(target, 'tree')
    if (!existsSync(tree)) return new Map<string, Entry>()
    return this.name === 'seal'
      ? readSealedTree(tree, this.#key, isTemporaryName)
      : readTree(tree, isTemporaryName)
  }

  #pathOf(target: string, file: string): string {
    const path = file.slice(join(target, 'tree/').length)
    return this.name === 'seal' ? path.slice(0, -'.sealed'.length) : path
  }
}

/** What any change to a file or folder would change. Times of reading are none of it. */
function stamps(root: string): readonly string[] {
  const paths = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })]
  return paths.map((path) => {
    const { ino, size, mode, mtimeNs, ctimeNs } = lstatSync(join(root, path), { bigint: true })
    return `${path} inode ${ino}, ${size} bytes, mode ${mode.toString(8)}, ${mtimeNs}, ${ctimeNs}`
  })
}
