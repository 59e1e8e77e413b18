import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  unlinkSync,
} from 'node:fs'
import { fail, type SkipCode } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'

/** What a file was when it was opened; read again at the end to see that nobody wrote to it meanwhile. */
export type SourceFacts = {
  readonly sizeBytes: number
  /** Milliseconds since 1970, rounded down; negative before. */
  readonly mtimeMs: number
  /** The low 12 bits. */
  readonly mode: number
}

/** What was found where a regular file was expected. */
export type NotRegular = Extract<SkipCode, 'SYMLINK' | 'SOCKET' | 'FIFO' | 'DEVICE'> | 'FOLDER'

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * A regular file that is read once, front to back. Opened without following a link and without waiting for
 * a pipe's other end, and checked after opening, so that what was checked is what is read.
 */
export class Source implements Disposable {
  readonly path: string
  readonly facts: SourceFacts
  readonly #fd: number
  readonly #stat: BigIntStats

  private constructor(path: string, fd: number, stat: BigIntStats) {
    this.path = path
    this.#fd = fd
    this.#stat = stat
    this.facts = factsOf(stat)
  }

  /**
   * @param shown the path for people, where `path` leads through an open folder
   * @returns what stands there instead, if it is no regular file @throws NOT_FOUND · ACCESS_DENIED …
   */
  static open(path: string, shown = path): Source | NotRegular {
    let fd: number
    try {
      fd = openSync(path, OPEN_FLAGS)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ELOOP' || errno === 'EMLINK') return 'SYMLINK'
      if (errno === 'ENXIO') return 'SOCKET'
      return failFs(error, 'read', shown)
    }
    try {
      const stat = fstatSync(fd, { bigint: true })
      const other = notRegular(stat)
      if (other === undefined) return new Source(shown, fd, stat)
      closeSync(fd)
      return other
    } catch (error) {
      closeSync(fd)
      return failFs(error, 'read', shown)
    }
  }

  /** Fills `target` from `offset` as far as the file goes. @returns bytes read; fewer only at its end */
  read(target: Uint8Array, offset: number): number {
    return withFs('read', this.path, () => {
      let done = 0
      while (done < target.length) {
        const count = readSync(this.#fd, target, done, target.length - done, offset + done)
        if (count === 0) break
        done += count
      }
      return done
    })
  }

  /** What tells whether the file at its path is still this one, unwritten. */
  get identity(): SourceIdentity {
    return identityIn(this.#stat)
  }

  /** @throws SOURCE_CHANGED size, mtime, ctime or inode are not what they were at the opening */
  demandUnchanged(): void {
    const now = withFs('read', this.path, () => fstatSync(this.#fd, { bigint: true }))
    if (identityIn(now) !== this.identity) failChanged(this.path)
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }
}

/** Size, mtime, ctime, device and inode as one text: plain data, for another thread. */
export type SourceIdentity = string

function identityIn({ size, mtimeNs, ctimeNs, dev, ino }: BigIntStats): SourceIdentity {
  return [size, mtimeNs, ctimeNs, dev, ino].join(' ')
}

/**
 * Removes a source whose contents are safe elsewhere, if it is still what was read.
 *
 * @throws SOURCE_CHANGED it was left as it is · ACCESS_DENIED …
 */
export function removeSource(path: string, identity: SourceIdentity): void {
  withFs('remove', path, () => {
    if (identityIn(lstatSync(path, { bigint: true })) !== identity) {
      fail('SOURCE_CHANGED', `${path} was changed since it was added; it was left as it is.`, { path })
    }
    unlinkSync(path)
  })
}

export function failChanged(path: string): never {
  return fail('SOURCE_CHANGED', `${path} was changed while it was read. What was read was dropped.`, { path })
}

/** Milliseconds since 1970, rounded down also before 1970. */
export function floorMs(ns: bigint): number {
  const ms = ns / 1_000_000n
  return Number(ns < 0n && ms * 1_000_000n !== ns ? ms - 1n : ms)
}

export function factsOf(stat: BigIntStats): SourceFacts {
  return { sizeBytes: Number(stat.size), mtimeMs: floorMs(stat.mtimeNs), mode: Number(stat.mode & 0o7777n) }
}

type Kinds = {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isSocket(): boolean
  isFIFO(): boolean
}

/** What an entry is instead of a regular file; undefined if it is one. */
export function notRegular(entry: Kinds): NotRegular | undefined {
  if (entry.isFile()) return undefined
  if (entry.isDirectory()) return 'FOLDER'
  if (entry.isSymbolicLink()) return 'SYMLINK'
  if (entry.isSocket()) return 'SOCKET'
  if (entry.isFIFO()) return 'FIFO'
  return 'DEVICE'
}
