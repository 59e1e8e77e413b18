import { closeSync, fsync, lstatSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { fail } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'

const fsyncAsync = promisify(fsync)

/**
 * The folder at `path`, made with its parents if it is missing, durable.
 *
 * @returns its real path @throws DESTINATION_EXISTS a file stands there · ACCESS_DENIED …
 */
export async function ensureFolder(path: string): Promise<string> {
  const absolute = resolve(path)
  const first = withFs('make the folder', absolute, () => mkdirSync(absolute, { recursive: true }))
  if (first !== undefined) {
    for (let made = absolute; ; made = dirname(made)) {
      await syncFolder(dirname(made))
      if (made === first || made === dirname(made)) break
    }
  }
  return realFolder(absolute)
}

/** The real path of an existing folder. @throws NOT_FOUND · USAGE it is a file */
export function realFolder(path: string): string {
  return withFs('open the folder', path, () => {
    const real = realpathSync(path)
    if (!statSync(real).isDirectory()) fail('USAGE', `${path} is not a folder.`, { path })
    return real
  })
}

/** What is at `path`, following no link; undefined if nothing is. */
export function identityOf(
  path: string,
): { readonly dev: bigint; readonly ino: bigint; readonly folder: boolean } | undefined {
  try {
    const { dev, ino, ...rest } = lstatSync(path, { bigint: true })
    return { dev, ino, folder: (rest.mode & 0o170000n) === 0o040000n }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    return failFs(error, 'look at', path)
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const fd = withFs('open the folder', path, () => openSync(path, 'r'))
  try {
    await fsyncAsync(fd)
  } catch (error) {
    failFs(error, 'save the folder', path)
  } finally {
    closeSync(fd)
  }
}
