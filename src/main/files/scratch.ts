import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { withFs } from './errors.ts'

/** A private folder in the system's temporary one (0700), removed with everything in it at the end. */
export class ScratchFolder implements Disposable {
  readonly path: string
  #kept = false

  constructor(prefix: string) {
    this.path = withFs('make a folder in', tmpdir(), () => realpathSync(mkdtempSync(join(tmpdir(), prefix))))
  }

  /** Writes a new file, and the folders on the way. @returns its path */
  write(name: string, contents: Uint8Array | string): string {
    const path = join(this.path, name)
    withFs('write', path, () => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      writeFileSync(path, contents, { flag: 'wx', mode: 0o600 })
    })
    return path
  }

  /** Copies `source` to `name` with one bit of the byte at `offset` turned over. @returns its path */
  writeDamagedCopy(source: string, name: string, offset: number): string {
    const path = join(this.path, name)
    return withFs('write', path, () => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      copyFileSync(source, path)
      const fd = openSync(path, 'r+')
      try {
        const byte = Buffer.alloc(1)
        readSync(fd, byte, 0, 1, offset)
        byte[0] = (byte[0] ?? 0) ^ 1
        writeSync(fd, byte, 0, 1, offset)
      } finally {
        closeSync(fd)
      }
      return path
    })
  }

  /** Leaves the folder where it is. */
  keep(): void {
    this.#kept = true
  }

  [Symbol.dispose](): void {
    if (!this.#kept) rmSync(this.path, { recursive: true, force: true })
  }
}

/** SHA-256 of a file, in hex, in bounded memory. */
export function fileSha256(path: string): string {
  return withFs('read', path, () => {
    const fd = openSync(path, 'r')
    try {
      const hash = createHash('sha256')
      const buffer = Buffer.alloc(1024 * 1024)
      for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
        hash.update(buffer.subarray(0, count))
      return hash.digest('hex')
    } finally {
      closeSync(fd)
    }
  })
}
