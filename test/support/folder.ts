import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of a test's own, with files in it; gone at the end of its scope. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'strongroom-test-'))

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  at(name: string): string {
    return join(this.path, name)
  }

  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.at(name)), { recursive: true })
    writeFileSync(this.at(name), content)
    return this.at(name)
  }

  read(name: string): Buffer {
    return readFileSync(this.at(name))
  }

  has(name: string): boolean {
    return existsSync(this.at(name))
  }

  /** Paths of all files and folders in it, sorted. */
  names(below = '.'): readonly string[] {
    return readdirSync(this.at(below), { recursive: true, encoding: 'utf8' }).sort()
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
