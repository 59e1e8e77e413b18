import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTemporaryName } from '../../src/main/files/index.ts'

/** What is compared of an entry: everything that sealing and unsealing promises to keep. */
export type Entry =
  | {
      readonly kind: 'file'
      readonly sizeBytes: number
      readonly sha256: string
      readonly mtimeMs: number
      readonly mode: string
    }
  | { readonly kind: 'folder'; readonly mtimeMs: number; readonly mode: string }
  | { readonly kind: 'other' }

/** Entries by their path below the root, which is ''. */
export type Tree = ReadonlyMap<string, Entry>

/** A private folder for a test, by its real path, removed at its end whatever modes are in it. */
export class WorkFolder implements Disposable {
  readonly path: string

  constructor(parent = tmpdir()) {
    this.path = realpathSync(mkdtempSync(join(parent, 'strongroom-test-')))
  }

  at(...steps: readonly string[]): string {
    return join(this.path, ...steps)
  }

  [Symbol.dispose](): void {
    removeTree(this.path)
  }
}

/** Reads a whole tree. @param ignore names that are left out, with what is in them */
export function readTree(root: string, ignore: (name: string) => boolean = () => false): Tree {
  const tree = new Map<string, Entry>()
  const visit = (path: string, below: string) => {
    const stat = lstatSync(path, { bigint: true })
    tree.set(below, entryOf(path, stat))
    if (!stat.isDirectory()) return
    for (const name of readdirSync(path).sort()) {
      if (!ignore(name)) visit(join(path, name), below === '' ? name : `${below}/${name}`)
    }
  }
  visit(root, '')
  return tree
}

function entryOf(path: string, stat: BigIntStats): Entry {
  const mtimeMs = floorMs(stat.mtimeNs)
  const mode = (Number(stat.mode) & 0o7777).toString(8)
  if (stat.isDirectory()) return { kind: 'folder', mtimeMs, mode }
  if (!stat.isFile()) return { kind: 'other' }
  return { kind: 'file', sizeBytes: Number(stat.size), sha256: sha256Of(path), mtimeMs, mode }
}

/** Rounded down also before 1970: written anew here, so that a fault in the product's own can be seen. */
function floorMs(ns: bigint): number {
  const rest = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n
  return Number((ns - rest) / 1_000_000n)
}

export function sha256Of(path: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(1024 * 1024)
  const fd = openSync(path, 'r')
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(fd)
  }
  return hash.digest('hex')
}

/** How two trees differ, a line for each entry; nothing if they are the same. */
export function differences(expected: Tree, found: Tree): readonly string[] {
  const lines: string[] = []
  for (const [path, entry] of expected) {
    const other = found.get(path)
    const [want, have] = [JSON.stringify(entry), JSON.stringify(other)]
    if (want !== have) lines.push(`${JSON.stringify(path)}: ${want} became ${have ?? 'nothing'}`)
  }
  for (const path of found.keys()) if (!expected.has(path)) lines.push(`${JSON.stringify(path)} is new`)
  return lines
}

/** The same entries below another root, or only some of them. */
export function mapTree(tree: Tree, rename: (path: string, entry: Entry) => string | undefined): Tree {
  const mapped = new Map<string, Entry>()
  for (const [path, entry] of tree) {
    const other = rename(path, entry)
    if (other !== undefined) mapped.set(other, entry)
  }
  return mapped
}

/** Strongroom's temporary files and folders below `root`. */
export function temporaries(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    isTemporaryName(path.slice(path.lastIndexOf('/') + 1)),
  )
}

/** Removes a tree, also the folders in it that may not be written to. */
export function removeTree(root: string): void {
  openFolders(root)
  rmSync(root, { recursive: true, force: true })
}

function openFolders(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) return
  if ((stat.mode & 0o700) !== 0o700) chmodSync(path, 0o700)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(path, entry.name))
  }
}
