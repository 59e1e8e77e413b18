import { type ErrorCode, type Facts, fail, VaultError } from '../base/index.ts'

/** What the system said, as one of our codes and in words. The only place that knows errno names. */
const CAUSES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['NO_SPACE', 'the disk is full'],
  EDQUOT: ['NO_SPACE', 'your quota is used up'],
  EFBIG: ['FILE_TOO_BIG', 'the file would be larger than this system allows'],
  EACCES: ['ACCESS_DENIED', 'permission was denied'],
  EPERM: ['ACCESS_DENIED', 'permission was denied'],
  EROFS: ['READ_ONLY', 'the place is read-only'],
  ENOENT: ['NOT_FOUND', 'it does not exist'],
  ENOTDIR: ['NOT_FOUND', 'a folder on the way is not a folder'],
  EEXIST: ['DESTINATION_EXISTS', 'it exists already'],
  EISDIR: ['DESTINATION_EXISTS', 'a folder of that name is there'],
  ENOTEMPTY: ['DESTINATION_EXISTS', 'it exists already'],
  EMFILE: ['TOO_MANY_FILES', 'too many files are open'],
  ENFILE: ['TOO_MANY_FILES', 'too many files are open'],
  ENAMETOOLONG: ['NAME_TOO_LONG', 'its name or path is too long'],
  ELOOP: ['PATH_UNSAFE', 'a link stands where a file or folder was expected'],
}

/** The errno name in a thrown value; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Throws the VaultError for a system error: "Can't <act> <path>: <cause>." */
export function failFs(error: unknown, act: string, path: string, facts: Facts = {}): never {
  if (error instanceof VaultError) throw error
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  const [code, words] = CAUSES[errno] ?? ['IO_ERROR', `the disk reported an error (${errno})`]
  return fail(code, `Can’t ${act} ${path}: ${words}.`, { path, errno, ...facts }, error)
}

/** Runs file system calls and translates what they throw. */
export function withFs<T>(act: string, path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    return failFs(error, act, path)
  }
}
