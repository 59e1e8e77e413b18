import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fail } from '../base/index.ts'
import { withFs } from './errors.ts'
import { Folder } from './folder.ts'
import { StagedFile } from './staged-file.ts'

/**
 * Reads a small file whole into a buffer of its own, so that it may become a Secret: key files, passphrase
 * files. Pipes and terminals are read to their end.
 *
 * @throws NOT_FOUND · ACCESS_DENIED · IO_ERROR; USAGE for more than `maxBytes`
 */
export function readSmallFile(path: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  return withFs('read', path, () => {
    const fd = openSync(path, 'r')
    try {
      if (fstatSync(fd).isDirectory())
        fail('USAGE', `${path} is a folder, where a file was expected.`, { path })
      return readToEnd(fd, path, maxBytes)
    } finally {
      closeSync(fd)
    }
  })
}

/** Reads an open file or pipe to its end, as readSmallFile does; `what` names it in errors. */
export function readToEnd(fd: number, what: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(maxBytes + 1)
  let length = 0
  while (length < buffer.length) {
    const count = readSync(fd, buffer, length, buffer.length - length, null)
    if (count === 0) break
    length += count
  }
  const own = buffer.slice(0, length)
  buffer.fill(0)
  if (length > maxBytes) {
    own.fill(0)
    fail('USAGE', `${what} holds more than ${maxBytes} bytes.`, { maxBytes })
  }
  return own
}

/**
 * Creates a small private file (0600) anywhere, durably, never onto another.
 *
 * @throws DESTINATION_EXISTS · NOT_FOUND the folder is missing · NO_SPACE …
 */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  const absolute = resolve(path)
  using folder = Folder.open(dirname(absolute))
  const file = StagedFile.create(folder)
  try {
    file.write(bytes, 0)
    await file.sync()
    if (file.publish(basename(absolute)) === 'exists') {
      fail('DESTINATION_EXISTS', `${path} exists already and was left as it is.`, { path })
    }
    await folder.sync()
  } finally {
    file.close()
  }
}

/** Removes a file; one that is gone already is no error. */
export function removeFile(path: string): void {
  withFs('remove', path, () => rmSync(path, { force: true }))
}
