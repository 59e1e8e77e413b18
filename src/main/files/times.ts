import { futimesSync } from 'node:fs'

/** The system call takes seconds as a double and cuts it off: half a microsecond more keeps the millisecond. */
const ROUNDING_MS = 0.0005

/**
 * Sets the modification time of an open file or folder, to the millisecond.
 *
 * @param mtimeMs whole milliseconds since 1970; negative before
 */
export function setMtime(fd: number, mtimeMs: number): void {
  // As text, since Node takes a negative number for "now", and a Date holds no fraction.
  futimesSync(fd, new Date(), String((mtimeMs + ROUNDING_MS) / 1000))
}
