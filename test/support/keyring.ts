import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A real Secret Service without a display: a D-Bus of its own, GNOME Keyring on it, both with their files in a
 * temporary folder. Needs Debian's gnome-keyring, dbus and libsecret-tools.
 *
 * libdbus looks for the address once in a process, so a test file has one session, and `useHere` comes before
 * the first call of a keychain library (Vitest runs each file in a process of its own).
 */
const TOOLS = ['dbus-daemon', 'gnome-keyring-daemon', 'dbus-send', 'secret-tool']
const PASSWORD = 'pw'
const LOGIN = '/org/freedesktop/secrets/collection/login'

const { CI } = process.env
const absent = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0)
/** Whether keychain suites run. In CI they always do, and fail where the tools are missing. */
export const keyringRuns = absent.length === 0 || CI === 'true'
/** For the titles of skipped suites. */
export const keyringNote = keyringRuns ? '' : ` — SKIPPED: ${absent.join(', ')} not installed`

export class KeyringSession implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'strongroom-keyring-'))
  #bus: ChildProcess | undefined
  #keyring: ChildProcess | undefined

  /** @param keyring `locked`: nobody has typed the keyring's password; `none`: a bus that nobody serves */
  static async start(keyring: 'unlocked' | 'locked' | 'none' = 'unlocked'): Promise<KeyringSession> {
    const session = new KeyringSession()
    try {
      await session.startBus()
      if (keyring !== 'none') await session.startKeyring(keyring)
      return session
    } catch (error) {
      await session[Symbol.asyncDispose]()
      throw error
    }
  }

  /** For child processes. */
  get env(): Readonly<Record<string, string>> {
    return {
      DBUS_SESSION_BUS_ADDRESS: this.#address,
      XDG_DATA_HOME: join(this.#folder, 'data'),
      XDG_RUNTIME_DIR: this.#folder,
    }
  }

  /** Makes this process use the session. */
  useHere(): void {
    Reflect.deleteProperty(process.env, 'DISPLAY')
    Object.assign(process.env, this.env)
  }

  async startBus(): Promise<void> {
    const config = join(this.#folder, 'bus.conf')
    writeFileSync(config, busConfig(this.#address))
    const args = [`--config-file=${config}`, '--nofork', '--nosyslog', '--print-address']
    this.#bus = spawn('dbus-daemon', args, { env: this.#childEnv(), stdio: ['ignore', 'pipe', 'ignore'] })
    endsWithUs(this.#bus)
    await firstOutput(this.#bus)
  }

  /** Ends the bus, as at a logout: every call to the keychain fails from now on. */
  async stopBus(): Promise<void> {
    await ended(this.#bus)
    this.#bus = undefined
  }

  async startKeyring(state: 'unlocked' | 'locked'): Promise<void> {
    const mode = state === 'unlocked' ? '--unlock' : '--start'
    const args = ['--foreground', mode, '--components=secrets']
    this.#keyring = spawn('gnome-keyring-daemon', args, {
      env: this.#childEnv(),
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    endsWithUs(this.#keyring)
    this.#keyring.stdin?.end(state === 'unlocked' ? PASSWORD : '')
    await this.#served(state)
  }

  /** The next login: the keyring starts again, with its password typed. */
  async unlock(): Promise<void> {
    await this.stopKeyring()
    await this.startKeyring('unlocked')
  }

  async stopKeyring(): Promise<void> {
    await ended(this.#keyring)
    this.#keyring = undefined
  }

  /** Locks every collection, as the screen lock of some desktops does. */
  lock(): void {
    this.#dbusSend(
      '/org/freedesktop/secrets',
      'org.freedesktop.Secret.Service.Lock',
      `array:objpath:${LOGIN}`,
    )
  }

  /** Writes an entry past the libraries: any bytes. */
  store(attributes: Readonly<Record<string, string>>, secret: Uint8Array): void {
    const pairs = Object.entries(attributes).flat()
    execFileSync('secret-tool', ['store', '--label=test', ...pairs], { env: this.#childEnv(), input: secret })
  }

  /** The entry's secret; undefined if there is none. */
  lookup(attributes: Readonly<Record<string, string>>): string | undefined {
    const found = spawnSync('secret-tool', ['lookup', ...Object.entries(attributes).flat()], {
      env: this.#childEnv(),
    })
    return found.status === 0 ? found.stdout.toString() : undefined
  }

  /** Removes every entry with these attributes. */
  clear(attributes: Readonly<Record<string, string>>): void {
    execFileSync('secret-tool', ['clear', ...Object.entries(attributes).flat()], { env: this.#childEnv() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopKeyring()
    await this.stopBus()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #address(): string {
    return `unix:path=${join(this.#folder, 'bus')}`
  }

  #childEnv(): NodeJS.ProcessEnv {
    const { DISPLAY: _, ...rest } = process.env
    return { ...rest, ...this.env }
  }

  #dbusSend(path: string, method: string, ...args: readonly string[]): string {
    const to = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', path, method]
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('dbus-send', [...to, ...args], {
      env: this.#childEnv(),
      stdio: [...stdio],
    }).toString()
  }

  /** Waits until the keyring answers, and its login collection is open if it is to be. */
  async #served(state: 'unlocked' | 'locked'): Promise<void> {
    const ping = () => this.#dbusSend('/org/freedesktop/secrets', 'org.freedesktop.DBus.Peer.Ping')
    const isUnlocked = () => {
      const of = ['string:org.freedesktop.Secret.Collection', 'string:Locked']
      return this.#dbusSend(LOGIN, 'org.freedesktop.DBus.Properties.Get', ...of).includes('boolean false')
    }
    for (let tries = 0; tries < 100; tries++) {
      try {
        ping()
        if (state === 'locked' || isUnlocked()) return
      } catch {
        // Not on the bus yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('gnome-keyring-daemon did not answer within 5 s')
  }
}

/** No folder of services: a call to a name that nobody has must not start another keyring for it. */
const busConfig = (address: string): string => `<busconfig>
  <type>session</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`

/** A test that is cut short leaves nothing running. */
function endsWithUs(child: ChildProcess): void {
  const kill = () => child.kill()
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`dbus-daemon ended with ${code}`)))
  })
}

function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
