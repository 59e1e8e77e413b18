import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fsync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { bug } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'
import type { Folder } from './folder.ts'
import { temporaryName } from './temp.ts'
import { setMtime } from './times.ts'

const fsyncAsync = promisify(fsync)
const CREATE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
/** Answers of file systems that have no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'])
const WRITE_BACK_EVERY_MS = 60
/** Special bits that a file from elsewhere must not carry over. */
const PLAIN_MODE = 0o1777

/**
 * A new file that has no final name yet (docs: ARCHITECTURE "Order of writes"): written under a temporary
 * name in its target folder, synced, and only then given its name. A kill at any point leaves no half-made
 * file under a final name. Private (0600) until its last step.
 */
export class StagedFile {
  readonly folder: Folder
  readonly #temp: string
  readonly #fd: number
  #state: 'open' | 'published' | 'gone' = 'open'
  /** The name it got, unless that replaced another file. */
  #name: string | undefined
  #endBytes = 0
  #writtenBack = Promise.resolve()
  #lastWriteBackMs = performance.now()
  #writingBack = false
  #writeBackError: Error | undefined

  private constructor(folder: Folder, temp: string, fd: number) {
    this.folder = folder
    this.#temp = temp
    this.#fd = fd
  }

  /**
   * @param temp its temporary name, where only one writer can be at it: what a crashed one left there goes; by
   *   default a name that says which process and thread it is of
   */
  static create(folder: Folder, temp?: string): StagedFile {
    const name = temp ?? temporaryName()
    const open = () => openSync(folder.at(name), CREATE_NEW, 0o600)
    const fd = withFs('write into', folder.path, () => {
      try {
        return open()
      } catch (error) {
        if (temp === undefined || errnoOf(error) !== 'EEXIST') throw error
        unlinkSync(folder.at(name))
        return open()
      }
    })
    return new StagedFile(folder, name, fd)
  }

  /** Writes all of `bytes` at `offset`. A short write without an error is gone on with. */
  write(bytes: Uint8Array, offset: number): void {
    withFs('write into', this.folder.path, () => {
      let done = 0
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done)
      this.#endBytes = Math.max(this.#endBytes, offset + bytes.length)
    })
  }

  /**
   * Starts writing back to the disk what is in memory, unless that is under way or was done just now: the
   * last sync of a big file then takes a sixth of the time. Yields now and then, so that its end is seen.
   */
  async writeBack(): Promise<void> {
    const nowMs = performance.now()
    if (nowMs - this.#lastWriteBackMs < WRITE_BACK_EVERY_MS) return
    this.#lastWriteBackMs = nowMs
    if (this.#writingBack) return void (await setImmediate())
    this.#writingBack = true
    this.#writtenBack = new Promise((resolve) => {
      fdatasync(this.#fd, (error) => {
        // Kept for `sync`: the kernel tells a lost write once, and the last fsync would not hear of it again.
        this.#writeBackError ??= error ?? undefined
        this.#writingBack = false
        resolve()
      })
    })
  }

  /** Sets its size (a hole reads as zeros), time and mode; setuid and setgid are not kept. */
  complete(facts: { readonly sizeBytes: number; readonly mtimeMs: number; readonly mode: number }): void {
    withFs('write into', this.folder.path, () => {
      if (facts.sizeBytes !== this.#endBytes) ftruncateSync(this.#fd, facts.sizeBytes)
      fchmodSync(this.#fd, facts.mode & PLAIN_MODE)
      setMtime(this.#fd, facts.mtimeMs)
    })
  }

  /** Makes its contents durable. After a failure the file is of no use: start over with a new one. */
  async sync(): Promise<void> {
    try {
      await this.#writtenBack
      if (this.#writeBackError !== undefined) throw this.#writeBackError
      await fsyncAsync(this.#fd)
    } catch (error) {
      failFs(error, 'save a file in', this.folder.path)
    }
  }

  /**
   * Gives it its final name, never onto another file unless `replace`. The folder must be synced after.
   *
   * @returns 'exists' if a file of that name is there
   */
  publish(name: string, replace = false): 'published' | 'exists' {
    if (this.#state !== 'open') bug('a staged file published twice')
    const path = `${this.folder.path}/${name}`
    try {
      if (replace) this.#rename(name)
      else if (this.#nameExclusively(name)) this.#name = name
      else return 'exists'
    } catch (error) {
      failFs(error, 'write', path)
    }
    this.#state = 'published'
    return 'published'
  }

  /** Takes back a name it got without replacing another file: its folder could not be synced. */
  withdraw(): void {
    if (this.#name === undefined) return
    try {
      unlinkSync(this.folder.at(this.#name))
    } catch {
      // The disk that refused the sync may refuse this as well; the job says that it failed either way.
    }
  }

  /** Closes it; an unpublished one is removed. */
  close(): void {
    if (this.#state === 'gone') return
    const unpublished = this.#state === 'open'
    this.#state = 'gone'
    if (unpublished) this.#unlinkTemp()
    const closeNow = () => closeSync(this.#fd)
    // A descriptor must not be reused while a write-back still names it.
    if (this.#writingBack) this.#writtenBack.then(closeNow)
    else closeNow()
  }

  #rename(name: string): void {
    renameSync(this.folder.at(this.#temp), this.folder.at(name))
  }

  /** Link and unlink, since a rename overwrites. Without links: an empty file claims the name first. */
  #nameExclusively(name: string): boolean {
    try {
      linkSync(this.folder.at(this.#temp), this.folder.at(name))
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'EEXIST') return false
      if (errno === undefined || !NO_LINKS.has(errno)) throw error
      return this.#claimAndRename(name)
    }
    this.#unlinkTemp()
    return true
  }

  #claimAndRename(name: string): boolean {
    try {
      closeSync(openSync(this.folder.at(name), CREATE_NEW, 0o600))
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    }
    this.#rename(name)
    return true
  }

  #unlinkTemp(): void {
    try {
      unlinkSync(this.folder.at(this.#temp))
    } catch {
      // Left for removeStaleTemporaries: the file under its final name is whole either way.
    }
  }
}
