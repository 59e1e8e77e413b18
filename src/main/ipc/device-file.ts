import { join } from 'node:path'
import * as v from 'valibot'
import { parseUtf8, utf8Bytes, VaultError } from '../base/index.ts'
import { AUTO_LOCK_MINUTES, type Settings } from '../contract/ipc/app-nouns.ts'
import { vaultId } from '../contract/ipc/inputs.ts'
import { ensureFolder, Folder, readSmallFile, StagedFile } from '../files/index.ts'

const FILE = 'window.json'
const MAX_BYTES = 64 * 1024

const settings = v.object({
  autoLockMinutes: v.fallback(v.picklist(AUTO_LOCK_MINUTES), 15),
  lockOnSuspend: v.fallback(v.boolean(), true),
  lockOnScreenLock: v.fallback(v.boolean(), true),
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  density: v.fallback(v.picklist(['comfortable', 'compact']), 'comfortable'),
  notifications: v.fallback(v.boolean(), true),
})
const whole = v.pipe(v.number(), v.integer())
const bounds = v.object({ x: whole, y: whole, width: whole, height: whole })
const contents = v.object({
  settings: v.fallback(settings, v.parse(settings, {})),
  /** Of the main window when it was last closed. */
  bounds: v.fallback(v.nullable(bounds), null),
  maximized: v.fallback(v.boolean(), false),
  /** Recovery codes, by id, of which two groups were typed back here. */
  typedBack: v.fallback(v.array(v.string()), []),
  /** The vault that was open last. */
  lastVault: v.fallback(v.nullable(vaultId), null),
})
export type DeviceContents = v.InferOutput<typeof contents>
export type Bounds = v.InferOutput<typeof bounds>

/**
 * What the window keeps for this computer beside the vaults' state: `window.json`. Nothing that is secret, no
 * names; what can't be read in it is as if it had never been set.
 */
export class DeviceFile {
  readonly #folder: string
  #contents: DeviceContents
  #writing: Promise<void> = Promise.resolve()

  private constructor(folder: string, read: DeviceContents) {
    this.#folder = folder
    this.#contents = read
  }

  static async open(folder: string): Promise<DeviceFile> {
    const real = await ensureFolder(folder)
    return new DeviceFile(real, read(join(real, FILE)))
  }

  get contents(): DeviceContents {
    return this.#contents
  }

  get settings(): Settings {
    return this.#contents.settings
  }

  /** Puts some of it, durably; of two at once the later stays. */
  async put(change: Partial<DeviceContents>): Promise<void> {
    this.#contents = { ...this.#contents, ...change }
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write())
    await this.#writing
  }

  async #write(): Promise<void> {
    using folder = Folder.open(this.#folder)
    const file = StagedFile.create(folder)
    try {
      file.write(utf8Bytes(`${JSON.stringify(this.#contents, undefined, 2)}\n`), 0)
      await file.sync()
      file.publish(FILE, true)
      await folder.sync()
    } finally {
      file.close()
    }
  }
}

function read(path: string): DeviceContents {
  try {
    const parsed: unknown = JSON.parse(parseUtf8(readSmallFile(path, MAX_BYTES)) ?? 'null')
    return v.parse(contents, parsed ?? {})
  } catch (error) {
    const isMissing = error instanceof VaultError && error.code === 'NOT_FOUND'
    if (isMissing || error instanceof SyntaxError || v.isValiError(error)) return v.parse(contents, {})
    throw error
  }
}
