import type { AppState } from '../contract/ipc/app-nouns.ts'

export type NodePlatform = typeof process.platform

/** Which of the three desktops it is; other Unixes look like Linux. */
export function platformOf(platform: NodePlatform): AppState['platform'] {
  return platform === 'darwin' || platform === 'win32' ? platform : 'linux'
}
