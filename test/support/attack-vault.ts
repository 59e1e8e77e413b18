import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { CODES, type ErrorCode } from '../../src/main/contract/codes.ts'
import { type OpenVault, openVault, readRecoverySheet } from '../../src/main/vault/index.ts'
import { type CliEnd, codesOf } from './cli.ts'
import { differences, mapTree, readTree, type Tree } from './tree.ts'
import { CliDevice, CliVault } from './vault-cli.ts'

const STATES = { ann: 'state', ben: 'state of ben', cyd: 'state of cyd' } as const
export type DeviceName = keyof typeof STATES

/**
 * A vault that three devices use, each with a state folder of its own (SECURITY, "Attacks"): what is done to
 * it is undone by `putBack`.
 */
export class AttackedVault implements Disposable {
  readonly own: CliVault
  readonly ann: CliDevice
  readonly ben: CliDevice
  readonly cyd: CliDevice
  #count = 0

  private constructor(own: CliVault) {
    this.own = own
    this.ann = own.device
    this.ben = own.another(STATES.ben)
    this.cyd = own.another(STATES.cyd)
  }

  /** @param files what Ann puts in, by name; Ben adds a file and Cyd a folder, and each has seen it all */
  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<AttackedVault> {
    const vault = new AttackedVault(await CliVault.create())
    const { ann, ben, cyd } = vault
    const sources = Object.entries(files).map(([name, content]) => vault.source(name, content))
    if (sources.length > 0) await ann.does('add', ...sources)
    await ben.does('add', vault.source('from ben', 'Ben’s words'))
    await cyd.does('mkdir', '/from cyd')
    for (const device of [ann, ben, cyd]) await device.ls()
    vault.save()
    return vault
  }

  get path(): string {
    return this.own.path
  }

  at(name: string): string {
    return join(this.path, name)
  }

  source(name: string, content: string | Uint8Array): string {
    return this.own.source(name, content)
  }

  /** A device that has never seen the vault. */
  stranger(): CliDevice {
    const { vault, stateFolder, way } = this.own.another(`state of a stranger ${++this.#count}`)
    return new CliDevice(vault, stateFolder, [...way, '--no-keychain'])
  }

  /** A folder that is not there yet, to get files into. */
  fresh(): string {
    return this.own.work.at(`out ${++this.#count}`)
  }

  /** Keeps vault and states as they are now, for `putBack`. */
  save(name = 'saved'): void {
    for (const part of this.#parts) {
      rmSync(this.own.work.at(name, part), { recursive: true, force: true })
      cpSync(this.own.work.at(part), this.own.work.at(name, part), {
        recursive: true,
        preserveTimestamps: true,
      })
    }
  }

  /** Puts vault and states back to what they were at `save`; or only one of them. */
  putBack(name = 'saved', parts: readonly string[] = this.#parts): void {
    for (const part of parts) {
      rmSync(this.own.work.at(part), { recursive: true, force: true })
      cpSync(this.own.work.at(name, part), this.own.work.at(part), {
        recursive: true,
        preserveTimestamps: true,
      })
    }
  }

  /** The name of the message of a path's current version. */
  async message(path: string): Promise<string> {
    const { versionId } = await this.ann.item(path)
    if (versionId === null) throw new Error(`${path} has no version`)
    return messageName(versionId)
  }

  write(name: string, bytes: string | Uint8Array): void {
    writeFileSync(this.at(name), bytes)
  }

  /** Opens it in this process, as the window does; by the recovery code, which costs no Argon2. */
  async open(device: CliDevice = this.ann): Promise<OpenVault> {
    using code = readRecoverySheet(this.own.code)
    return await openVault({
      path: device.vault,
      stateFolder: device.stateFolder,
      way: { kind: 'recovery', code },
    })
  }

  /** Vault and state, to the last byte; not the times of the state's folders: SQLite's own files come and go. */
  listing(device: CliDevice): Tree {
    const state = mapTree(readTree(device.stateFolder), (path, { kind }) =>
      kind === 'folder' ? undefined : `state/${path}`,
    )
    return new Map([...mapTree(readTree(device.vault), (path) => `vault/${path}`), ...state])
  }

  /** Runs what must be refused: with this code and its exit, and with not a byte of vault or state changed. */
  async refuses(
    device: CliDevice,
    code: ErrorCode,
    command: string,
    ...words: readonly string[]
  ): Promise<CliEnd> {
    const before = this.listing(device)
    const end = await device.run(command, ...words)
    expect([command, codesOf(end), end.code]).toEqual([command, [code], CODES[code].exit])
    expect([command, differences(before, this.listing(device))]).toEqual([command, []])
    return end
  }

  /** Runs `cat` of a file that must not be shown: with this code, and with nothing done but to note it. */
  async refusesToShow(device: CliDevice, code: ErrorCode, path: string): Promise<void> {
    const before = readTree(this.path)
    const end = await device.run('cat', path)
    expect([path, codesOf(end), end.code]).toEqual([path, [code], CODES[code].exit])
    expect([path, besideNote(before, readTree(this.path))]).toEqual([path, []])
  }

  /**
   * Runs a command that leaves the vault's folder as it is, as a person would.
   *
   * @returns its exit code, and the codes that it says
   */
  async says(device: CliDevice, command: string, ...words: readonly string[]): Promise<readonly unknown[]> {
    const before = readTree(this.path)
    const { code, out, err } = await device.say(command, ...words)
    expect([command, differences(before, readTree(this.path))]).toEqual([command, []])
    const codes = [...new Set(`${out}${err}`.match(/\[[A-Z_]+\]/g))].sort()
    return [code, ...codes.map((text) => text.slice(1, -1))]
  }

  [Symbol.dispose](): void {
    this.own[Symbol.dispose]()
  }

  get #parts(): readonly string[] {
    return ['vault', ...Object.values(STATES)]
  }
}

export const messageName = (versionId: string): string => `items/${versionId.slice(0, 2)}/${versionId}.sealed`

/** How a vault's folder changed, but for a segment more, in which an act was noted. */
export function besideNote(before: Tree, after: Tree): readonly string[] {
  const changes = differences(before, after)
  const note = changes.find((line) => /^"journal\/[0-9a-f]{32}\/[0-9a-f]{32}\.log" is new$/.test(line)) ?? ''
  const folder = note.slice(0, note.lastIndexOf('/'))
  // A device that writes for the first time has a new folder; of one that was there the time is another.
  return changes.filter(
    (line) => line !== note && !line.startsWith(`${folder}": `) && !isNewFolder(line, folder),
  )
}

const isNewFolder = (line: string, folder: string): boolean => {
  return line === `${folder}" is new` || line.startsWith('"journal": {"kind":"folder"')
}
