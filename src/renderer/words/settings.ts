import type { AutoLockMinutes } from '../../main/contract/ipc/app-nouns.ts'

/** Words of the Settings screen. */
export const settings = {
  screen: 'Settings',
  about: 'For this computer only. What you change applies at once.',
  locking: 'Locking',
  autoLock: 'Lock after the computer was idle for',
  minutes: (minutes: AutoLockMinutes): string => {
    if (minutes === 0) return 'Never by itself'
    if (minutes === 1) return '1 minute'
    return minutes < 60 ? `${minutes} minutes` : minutes === 60 ? '1 hour' : `${minutes / 60} hours`
  },
  neverNote: 'The vault then stays open until you lock it, sleep or quit.',
  suspend: 'Lock when the computer goes to sleep',
  screenLock: 'Lock when the screen is locked',
  look: 'Look',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' } as const,
  density: 'Rows',
  densities: { comfortable: 'Comfortable', compact: 'Compact' } as const,
  telling: 'Notifications',
  notifications: 'Say when a long job has ended while another window is in front',
  notificationsBody: 'Without names of files.',
  vault: 'This vault',
  vaultPlace: 'Folder',
  aboutApp: 'About',
  version: (version: string) => `Strongroom ${version}`,
  guide: 'Guide',
  recoveryGuide: 'If all else is lost',
  report: 'Report a fault',
} as const
