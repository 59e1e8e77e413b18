import { futimesSync } from 'node:fs'

/**
 * The system call takes seconds as a double and cuts it off: two microseconds more keep the millisecond, as far
 * as file systems go (ext4: until 2446).
 */
const ROUNDING_MS = 0.002

/**
 * Sets the modification time of an open file or folder, to the millisecond.
 *
 * @param mtimeMs whole milliseconds since 1970; negative before
 */
export function setMtime(fd: number, mtimeMs: number): void {
  // As text, since Node takes a negative number for "now", and a Date holds no fraction.
  futimesSync(fd, new Date(), String((mtimeMs + ROUNDING_MS) / 1000))
}
