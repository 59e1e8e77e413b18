import { createHash, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageReader, unwrapByRawAes } from '../../src/main/message/index.ts'
import { RawKey } from './cli.ts'
import { type Entry, readTree, type Tree } from './tree.ts'

const SUFFIX = '.sealed'

/**
 * Reads a tree of sealed files as the plain one it stands for: names without `.sealed`, sizes and hashes of
 * the plain text. A file that is not a whole message of this key is an error: it must not have its name.
 */
export function readSealedTree(root: string, key: RawKey, ignore: (name: string) => boolean): Tree {
  const plain = new Map<string, Entry>()
  for (const [path, entry] of readTree(root, ignore)) {
    if (entry.kind !== 'file') plain.set(path, entry)
    else if (path.endsWith(SUFFIX)) {
      plain.set(path.slice(0, -SUFFIX.length), { ...entry, ...plainOf(join(root, path), key) })
    } else throw new Error(`no sealed file: ${path}`)
  }
  return plain
}

/** Size and hash of what a sealed file holds. @throws whatever makes it no whole message */
function plainOf(path: string, key: RawKey): { readonly sizeBytes: number; readonly sha256: string } {
  const { namespace, keyName: name } = RawKey
  const unwrap = unwrapByRawAes([{ namespace, name, key: createSecretKey(key.bytes), proven: true }])
  const reader = new MessageReader({ unwrap })
  const hash = createHash('sha256')
  let sizeBytes = 0
  for (const { bytes } of reader.push(readFileSync(path))) {
    hash.update(bytes)
    sizeBytes += bytes.length
  }
  reader.end()
  return { sizeBytes, sha256: hash.digest('hex') }
}
