import { createGunzip } from 'node:zlib'
import { cutRecords } from '../audit/index.ts'
import { asVaultError, fail, type VaultError } from '../base/index.ts'
import { identityOf, Source, walk } from '../files/index.ts'

const PIECE_BYTES = 256 * 1024
/** CloudTrail's other files, which lie beside its records. */
const BESIDE = /\/CloudTrail-(Digest|Insight)\//

/** A file of the trail that could not be read, or not to its end. */
export type TrailTrouble = { readonly path: string; readonly error: VaultError }

/**
 * The records of trail files, one after the other: `.json` and `.json.gz` below folders, and files of any name. A
 * file that is no trail, or ends too early, never stops the others.
 *
 * @throws NOT_FOUND · USAGE there is no such file
 */
export async function* trailRecords(
  paths: readonly string[],
  onTrouble: (trouble: TrailTrouble) => void,
): AsyncGenerator<unknown> {
  let files = 0
  for (const path of paths) {
    for (const file of filesAt(path, onTrouble)) {
      files++
      try {
        yield* cutRecords(await contentOf(file), file)
      } catch (error) {
        onTrouble({ path: file, error: asVaultError(error) })
      }
    }
  }
  if (files === 0) fail('USAGE', 'There is no .json or .json.gz file of a trail there.', { paths })
}

function* filesAt(path: string, onTrouble: (trouble: TrailTrouble) => void): Generator<string> {
  const found = identityOf(path)
  if (found === undefined) fail('NOT_FOUND', `${path} is not there.`, { path })
  for (const entry of walk(path)) {
    if (entry.kind === 'failed') onTrouble(entry)
    else if (entry.kind === 'file' && (!found.folder || isTrailName(entry.path))) yield entry.path
  }
}

const isTrailName = (path: string): boolean => /\.json(\.gz)?$/i.test(path) && !BESIDE.test(path)

/** A file's bytes, unpacked if it is packed, whatever its name says. */
async function contentOf(path: string): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const [first] = pieces(path, 2)
  const isPacked = first?.[0] === 0x1f && first[1] === 0x8b
  return isPacked ? unpacked(path) : pieces(path)
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = (async () => {
    for (const piece of pieces(path)) {
      if (gunzip.destroyed) return
      if (!gunzip.write(piece))
        await new Promise((resolve) => gunzip.once('drain', resolve).once('close', resolve))
    }
    gunzip.end()
  })()
  // Its failure ends the stream as well, and is told there.
  feeding.catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : new Error(String(error))))
  try {
    for await (const piece of gunzip) yield piece
  } catch (error) {
    fail('USAGE', `${path} can’t be unpacked: it is damaged or not whole.`, { path }, error)
  } finally {
    gunzip.destroy()
  }
}

function* pieces(path: string, most = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  const source = Source.open(path)
  if (typeof source === 'string') return fail('USAGE', `${path} is not a regular file.`, { path })
  using _ = source
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, most))
  for (let at = 0; at < most; ) {
    const count = source.read(buffer, at)
    if (count === 0) return
    // A stream keeps what it was given until its turn comes.
    yield buffer.slice(0, count)
    at += count
  }
}
