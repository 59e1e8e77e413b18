import { futimesSync } from 'node:fs'

/** The system call takes seconds as a double and rounds towards zero: half a microsecond keeps the millisecond. */
const ROUNDING_MS = 0.0005

/**
 * Sets the modification time of an open file or folder, to the millisecond.
 *
 * @param mtimeMs whole milliseconds since 1970; negative before
 */
export function setMtime(fd: number, mtimeMs: number): void {
  // Node takes a negative number for "now", but not a Date; a Date holds no fraction, and needs none there.
  futimesSync(fd, new Date(), mtimeMs < 0 ? new Date(mtimeMs) : (mtimeMs + ROUNDING_MS) / 1000)
}
