import { closeSync, constants, fstatSync, fsync, fsyncSync, lstatSync, openSync, statfsSync } from 'node:fs'
import { promisify } from 'node:util'
import { fail } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'

const OPEN_FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)
const fsyncAsync = promisify(fsync)

/**
 * A folder that files are written into, held open.
 *
 * On Linux everything in it is named through the open folder (/proc/self/fd), so a folder on the way that
 * is replaced by a link while the job runs can't lead a write elsewhere. Where that does not exist, `at`
 * checks that the path still leads to the folder that was opened; a small gap remains there.
 */
export class Folder implements Disposable {
  /** The path for people. */
  readonly path: string
  readonly #fd: number
  readonly #device: bigint
  readonly #inode: bigint

  private constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
    const stat = fstatSync(fd, { bigint: true })
    this.#device = stat.dev
    this.#inode = stat.ino
  }

  /** Opens a folder by a path that the person gave; links in that path are theirs. */
  static open(path: string): Folder {
    return withFs(
      'open the folder',
      path,
      () => new Folder(path, openSync(path, OPEN_FOLDER & ~constants.O_NOFOLLOW)),
    )
  }

  /** Opens a folder in this one. @throws PATH_UNSAFE a link stands there · NOT_FOUND … */
  child(name: string): Folder {
    const path = `${this.path}/${name}`
    try {
      return new Folder(path, openSync(this.at(name), OPEN_FOLDER))
    } catch (error) {
      // O_DIRECTORY with O_NOFOLLOW answers ENOTDIR for a link, too.
      if (errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP') {
        return fail('PATH_UNSAFE', `${path} is not a folder: a file or a link stands there.`, { path })
      }
      return failFs(error, 'open the folder', path)
    }
  }

  /** The name of an entry for system calls. */
  at(name: string): string {
    if (process.platform === 'linux') return `/proc/self/fd/${this.#fd}/${name}`
    const now = withFs('open the folder', this.path, () => lstatSync(this.path, { bigint: true }))
    if (now.dev !== this.#device || now.ino !== this.#inode) {
      fail('PATH_UNSAFE', `${this.path} was replaced while the job ran.`, { path: this.path })
    }
    return `${this.path}/${name}`
  }

  /** Whether an entry of that name is there, of any kind. Asked before opening: an error costs 20 times a call. */
  has(name: string): boolean {
    return withFs(
      'look at',
      `${this.path}/${name}`,
      () => lstatSync(this.at(name), { throwIfNoEntry: false }) !== undefined,
    )
  }

  /** Whether this is the folder that `other` is. */
  is(other: { readonly dev: bigint; readonly ino: bigint }): boolean {
    return other.dev === this.#device && other.ino === this.#inode
  }

  get freeBytes(): number {
    return withFs('look at', this.path, () => {
      const stat = statfsSync(this.at('.'))
      return stat.bavail * stat.bsize
    })
  }

  /** Makes the names in it durable. Windows cannot sync folders. */
  async sync(): Promise<void> {
    if (process.platform === 'win32') return
    try {
      await fsyncAsync(this.#fd)
    } catch (error) {
      failFs(error, 'save the folder', this.path)
    }
  }

  syncNow(): void {
    if (process.platform !== 'win32') withFs('save the folder', this.path, () => fsyncSync(this.#fd))
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }
}
