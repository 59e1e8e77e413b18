import type { Rectangle } from 'electron'
import type { Bounds } from '../ipc/index.ts'

const SMALLEST = { width: 880, height: 560 }
const FIRST = { width: 1120, height: 720 }
/** As much of the title bar must be on a screen that it can be taken hold of. */
const GRIP = { width: 120, height: 32 }

export const MINIMUM = { minWidth: SMALLEST.width, minHeight: SMALLEST.height }

/** Where the window is to be: where it was, if enough of that is on a screen that exists now. */
export function boundsFor(kept: Bounds | null, screens: readonly Rectangle[]): Partial<Bounds> {
  if (kept === null) return FIRST
  const width = Math.max(kept.width, SMALLEST.width)
  const height = Math.max(kept.height, SMALLEST.height)
  const isReachable = screens.some(({ x, y, width: across, height: down }) => {
    const visible = Math.min(kept.x + width, x + across) - Math.max(kept.x, x)
    const onTop = kept.y >= y && kept.y + GRIP.height <= y + down
    return visible >= GRIP.width && onTop
  })
  return isReachable ? { x: kept.x, y: kept.y, width, height } : { width, height }
}
