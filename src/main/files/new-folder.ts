import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fail } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'
import { Folder } from './folder.ts'
import { realFolder } from './place.ts'

/**
 * A folder that is filled beside its place and appears there whole, by one rename: a kill leaves either
 * nothing under the name or all of it.
 */
export class NewFolder {
  /** Where it will be: the real path. */
  readonly path: string
  /** Where it is filled. */
  readonly staging: string

  private constructor(path: string, staging: string) {
    this.path = path
    this.staging = staging
  }

  /**
   * @param path a name that is free, or an empty folder
   * @param mark tells this attempt from others
   * @throws USAGE a drive's root · DESTINATION_EXISTS · NOT_FOUND the parent is missing
   */
  static begin(path: string, mark: string): NewFolder {
    const place = placeOf(path)
    demandFree(place)
    const staging = `${stagingPrefix(place)}${mark}`
    withFs('make the folder', staging, () => mkdirSync(staging, 0o700))
    return new NewFolder(place, staging)
  }

  /** Leftovers of earlier attempts at `path`, by their marks. */
  static leftovers(
    path: string,
  ): readonly { readonly mark: string; readonly path: string; readonly names: readonly string[] }[] {
    const prefix = stagingPrefix(placeOf(path))
    const parent = dirname(prefix)
    return withFs('list', parent, () =>
      readdirSync(parent)
        .filter((name) => name.startsWith(basename(prefix)))
        .map((name) => ({
          mark: name.slice(basename(prefix).length),
          path: join(parent, name),
          names: readdirSync(join(parent, name)),
        })),
    )
  }

  static removeLeftover(path: string): void {
    withFs('remove', path, () => rmSync(path, { recursive: true, force: true }))
  }

  /** Gives it its name, durably. @throws DESTINATION_EXISTS somebody was faster */
  async publish(): Promise<void> {
    demandFree(this.path)
    withFs('make the folder', this.path, () => renameSync(this.staging, this.path))
    try {
      using parent = Folder.open(dirname(this.path))
      await parent.sync()
    } catch (error) {
      // What is not sure to stay is taken back: the caller says that there is none.
      withFs('rename', this.path, () => renameSync(this.path, this.staging))
      throw error
    }
  }

  discard(): void {
    if (existsSync(this.staging)) NewFolder.removeLeftover(this.staging)
  }
}

const stagingPrefix = (place: string): string => join(dirname(place), `.${basename(place)}.strongroom-new-`)

function placeOf(path: string): string {
  const absolute = resolve(path)
  if (dirname(absolute) === absolute)
    fail('USAGE', `${path} is the root of a drive; name a folder in it.`, { path })
  return join(realFolder(dirname(absolute)), basename(absolute))
}

function demandFree(place: string): void {
  try {
    if (lstatSync(place).isDirectory() && readdirSync(place).length === 0) return
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    failFs(error, 'look at', place)
  }
  fail('DESTINATION_EXISTS', `${place} exists already and was left as it is.`, { path: place })
}
