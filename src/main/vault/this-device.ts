import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import packageFile from '../../../package.json' with { type: 'json' }

/** Name and version of the program, for the audit. */
export const APP = `strongroom ${packageFile.version}`

/** What other devices call this one. */
export const deviceName = (): string => hostname()

/** Where this device keeps what it knows of vaults, unless it is told otherwise: the platform's user-data folder. */
export function defaultStateFolder(): string {
  const { env, platform } = process
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Strongroom')
    case 'win32':
      return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Strongroom')
    default:
      return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'Strongroom')
  }
}
