import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  renameSync,
  rmdirSync,
} from 'node:fs'
import { asVaultError, type VaultError } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'
import { Folder } from './folder.ts'
import { removeStaleTemporaries, temporaryName } from './temp.ts'
import { setMtime } from './times.ts'

/** A folder that did not get its time or mode. */
export type FolderFailure = { readonly path: string; readonly error: VaultError }

/** What a folder of a tree shall end with. */
export type FolderFacts = { readonly mtimeMs: number; readonly mode: number }

const PLAIN_MODE = 0o1777
const OWNER_ALL = 0o700
const SYNCED_AT_ONCE = 16

/**
 * The folders of a tree that is being written. A new one appears under its name with its mode in one step,
 * writable by its owner; times, and modes without that, follow when everything in it is done.
 *
 * A folder that was there keeps its mode, unless it is what a killed run left (mode plus owner bits).
 */
export class TreeWriter {
  readonly #root: string
  readonly #finish = new Map<string, FolderFacts & { readonly made: boolean }>()
  readonly #unsynced = new Set<string>()
  readonly #swept = new Set<string>()

  /** @param root an existing folder, by its real path */
  constructor(root: string) {
    this.#root = root
  }

  /** Makes the folder at `steps` below the root, whose parents are there; remembers how it shall end. */
  make(steps: readonly string[], facts: FolderFacts): void {
    const name = steps.at(-1)
    if (name === undefined) return
    using parent = openBelow(this.#root, steps.slice(0, -1))
    this.#sweep(parent, steps.slice(0, -1))
    const made = makeFolder(parent, name, facts.mode)
    // Also for one that was there: a killed run may have made it and not synced it.
    this.#unsynced.add(keyOf(steps.slice(0, -1)))
    this.#finish.set(keyOf(steps), { ...facts, made })
  }

  /** Removes leftovers of killed runs in the folder at `steps`, once a job. */
  sweep(steps: readonly string[]): void {
    if (this.#swept.has(keyOf(steps))) return
    using folder = openBelow(this.#root, steps)
    this.#sweep(folder, steps)
  }

  /** Makes the names of all folders made so far durable. Call it before files in them are called done. */
  async sync(): Promise<void> {
    const parents = [...this.#unsynced]
    this.#unsynced.clear()
    for (const key of parents) {
      using folder = openBelow(this.#root, stepsOf(key))
      await folder.sync()
    }
  }

  /** Gives every folder its time and mode, deepest first. @returns what went wrong with some */
  async finish(): Promise<readonly FolderFailure[]> {
    const failed: (FolderFailure | undefined)[] = []
    const deepestFirst = [...this.#finish].sort(([a], [b]) => stepsOf(b).length - stepsOf(a).length)
    for (let at = 0; at < deepestFirst.length; at += SYNCED_AT_ONCE) {
      const some = deepestFirst.slice(at, at + SYNCED_AT_ONCE)
      // One after the other but for their syncs: a folder's mode may shut those in it out.
      failed.push(...(await Promise.all(some.map(([key, facts]) => this.#finishOne(key, facts)))))
    }
    this.#finish.clear()
    return failed.filter((failure) => failure !== undefined)
  }

  async #finishOne(
    key: string,
    facts: FolderFacts & { readonly made: boolean },
  ): Promise<FolderFailure | undefined> {
    try {
      await finishFolder(this.#root, stepsOf(key), facts)
      return undefined
    } catch (error) {
      // A folder that was there may be somebody else's, who alone may set its time.
      if (!facts.made && errnoOf(error) === 'EPERM') return undefined
      return { path: `${this.#root}/${key}`, error: asFsError(error, `${this.#root}/${key}`) }
    }
  }

  #sweep(folder: Folder, steps: readonly string[]): void {
    if (this.#swept.has(keyOf(steps))) return
    this.#swept.add(keyOf(steps))
    removeStaleTemporaries(folder)
  }
}

function holdsSomething(parent: Folder, name: string): boolean {
  if (!parent.has(name)) return false
  using folder = parent.child(name)
  return withFs('list', folder.path, () => {
    using entries = opendirSync(folder.at('.'))
    return entries.readSync() !== null
  })
}

/** Opens the folder at `steps` below `root`, step by step, following no link below the root. */
export function openBelow(root: string, steps: readonly string[]): Folder {
  let folder = Folder.open(root)
  for (const step of steps) {
    const parent = folder
    try {
      folder = parent.child(step)
    } finally {
      parent[Symbol.dispose]()
    }
  }
  return folder
}

/**
 * Makes the folders at `steps` below `root`, private and durable, where they are missing.
 *
 * One that is there and empty may be what a killed run made and had not synced: it is synced now. What lies in
 * any other came after that.
 */
export async function makePrivateFolders(root: string, steps: readonly string[]): Promise<void> {
  for (let depth = 0; depth < steps.length; depth++) {
    using parent = openBelow(root, steps.slice(0, depth))
    const name = steps[depth] ?? ''
    if (holdsSomething(parent, name)) continue
    try {
      mkdirSync(parent.at(name), OWNER_ALL)
    } catch (error) {
      // Another process of ours was faster.
      if (errnoOf(error) !== 'EEXIST') failFs(error, 'make the folder', `${parent.path}/${name}`)
    }
    await parent.sync()
  }
}

const keyOf = (steps: readonly string[]): string => steps.join('/')
const stepsOf = (key: string): readonly string[] => (key === '' ? [] : key.split('/'))

/** Makes a folder, unless one is there. @returns whether it did @throws PATH_UNSAFE · NO_SPACE … */
function makeFolder(parent: Folder, name: string, mode: number): boolean {
  if (parent.has(name)) {
    parent.child(name)[Symbol.dispose]()
    return false
  }
  const temp = temporaryName()
  const path = `${parent.path}/${name}`
  withFs('make the folder', path, () => mkdirSync(parent.at(temp), OWNER_ALL))
  try {
    // Through the folder that was opened: a link put in its place must not give its mode to what it points to.
    using made = parent.child(temp)
    chmodSync(made.at('.'), interimMode(mode))
    renameSync(parent.at(temp), parent.at(name))
    return true
  } catch (error) {
    removeTemporary(parent, temp)
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') failFs(error, 'make the folder', path)
    return false
  }
}

function removeTemporary(parent: Folder, temp: string): void {
  try {
    rmdirSync(parent.at(temp))
  } catch {
    // Left for removeStaleTemporaries: what went wrong before is what there is to say.
  }
}

const interimMode = (mode: number): number => (mode & PLAIN_MODE) | OWNER_ALL

async function finishFolder(root: string, steps: readonly string[], facts: FolderFacts): Promise<void> {
  using folder = openBelow(root, steps)
  const fd = openSync(folder.at('.'), constants.O_RDONLY)
  try {
    const mode = fstatSync(fd).mode & 0o7777
    setMtime(fd, facts.mtimeMs)
    if (mode === interimMode(facts.mode)) fchmodSync(fd, facts.mode & PLAIN_MODE)
  } finally {
    closeSync(fd)
  }
  await folder.sync()
}

/** What a system call threw, in our words. */
function asFsError(error: unknown, path: string): VaultError {
  try {
    return failFs(error, 'set the time and mode of', path)
  } catch (translated) {
    return asVaultError(translated)
  }
}
