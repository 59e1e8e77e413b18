import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
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

  /** Turns over one bit of the byte at `offset` of a file below this folder. */
  flipBit(path: string, offset: number): void {
    withFs('write', path, () => {
      const fd = openSync(path, 'r+')
      try {
        const byte = Buffer.alloc(1)
        readSync(fd, byte, 0, 1, offset)
        byte[0] = (byte[0] ?? 0) ^ 1
        writeSync(fd, byte, 0, 1, offset)
      } finally {
        closeSync(fd)
      }
    })
  }

  /** The paths of all regular files below a folder of this one. */
  filesBelow(name: string): readonly string[] {
    const path = join(this.path, name)
    const entries = withFs('list', path, () => readdirSync(path, { recursive: true, withFileTypes: true }))
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  /** Whether a small file holds a text. */
  contains(path: string, text: string): boolean {
    return withFs('read', path, () => readFileSync(path).includes(text))
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
