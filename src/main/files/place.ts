import {
  accessSync,
  closeSync,
  constants,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { fail } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'

const fsyncAsync = promisify(fsync)

/**
 * The folder at `path`, made with its parents if it is missing, durable: also one that a killed run made and
 * did not sync.
 *
 * @param mode of each folder that is made, less the umask
 * @returns its real path @throws DESTINATION_EXISTS a file stands there · ACCESS_DENIED …
 */
export async function ensureFolder(path: string, mode = 0o777): Promise<string> {
  const absolute = resolve(path)
  makeWithParents(absolute, mode)
  const real = realFolder(absolute)
  // No further than its file system: a mount point was not made by us, and what is above may not know syncs.
  for (let folder = real; !isMountPoint(folder); folder = dirname(folder)) await syncFolder(dirname(folder))
  return real
}

/** Whether nothing of the same file system is above it. */
function isMountPoint(path: string): boolean {
  const deviceOf = (folder: string) => withFs('look at', folder, () => statSync(folder, { bigint: true }).dev)
  return dirname(path) === path || deviceOf(path) !== deviceOf(dirname(path))
}

function makeWithParents(path: string, mode: number): void {
  if (identityOf(path) === undefined) {
    if (dirname(path) !== path) makeWithParents(dirname(path), mode)
    try {
      mkdirSync(path, mode)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') failFs(error, 'make the folder', path)
    }
  }
  if (withFs('open the folder', path, () => statSync(path)).isDirectory()) return
  fail('DESTINATION_EXISTS', `Can’t make the folder ${path}: a file of that name is there.`, { path })
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

/** Folders above one that was there need not be ours to open: then they were not ours to make either. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    await fsyncAsync(fd)
  } catch (error) {
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') failFs(error, 'save the folder', path)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * Whether anything can be written to a folder, as far as the system tells beforehand.
 *
 * @throws READ_ONLY · ACCESS_DENIED · NOT_FOUND
 */
export function demandWritable(path: string): void {
  withFs('write to', path, () => accessSync(path, constants.W_OK))
}
