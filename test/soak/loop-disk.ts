import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export type FileSystem = 'ext4' | 'xfs'

/** XFS is made on nothing smaller. */
const SIZE: Readonly<Record<FileSystem, string>> = { ext4: '128M', xfs: '320M' }

/** FS_IOC_SHUTDOWN without flushing the log: what is not durable yet never will be. */
const POWER_OFF = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))`

/** A disk in a file, whose power can be cut (SECURITY F4). Needs root, and loop devices. */
export class LoopDisk implements Disposable {
  /** Where it is mounted. */
  readonly path: string
  readonly #image: string
  readonly #saved: string
  #mounted = false

  constructor(folder: string, fileSystem: FileSystem) {
    this.path = join(folder, 'disk')
    this.#image = join(folder, 'image')
    this.#saved = join(folder, 'saved image')
    mkdirSync(this.path)
    execFileSync('truncate', ['-s', SIZE[fileSystem], this.#image])
    execFileSync(`mkfs.${fileSystem}`, ['-q', this.#image])
    this.mount()
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop', this.#image, this.path])
    this.#mounted = true
  }

  unmount(): void {
    if (this.#mounted) execFileSync('umount', [this.path])
    this.#mounted = false
  }

  /** Keeps what is on it, durable, for `reset`. */
  save(): void {
    this.unmount()
    this.#copy(this.#image, this.#saved)
    this.mount()
  }

  /** Puts back what was saved. */
  reset(): void {
    this.unmount()
    this.#copy(this.#saved, this.#image)
    this.mount()
  }

  cutPower(): void {
    execFileSync('python3', ['-c', POWER_OFF, this.path])
  }

  /** With its holes. */
  #copy(from: string, to: string): void {
    execFileSync('cp', ['--sparse=always', from, to])
  }

  [Symbol.dispose](): void {
    this.unmount()
    for (const file of [this.#image, this.#saved]) rmSync(file, { force: true })
  }
}
