import { join } from 'node:path'
import type { ItemId } from '../../src/main/contract/ids.ts'
import { parseId } from '../../src/main/contract/ids.ts'
import {
  addFiles,
  binItems,
  catFile,
  type Listed,
  listBin,
  listItems,
  listVersions,
  makeFolder,
  moveItems,
  type OpenVault,
  openVault,
  planPurge,
  purge,
  readRecoverySheet,
  restoreItems,
} from '../../src/main/vault/index.ts'

const RUNTIME = { workerPath: join(import.meta.dirname, '../../out/main/worker.js') }

/** One device's service on one vault folder, in this process: opened by its recovery code, without a keychain. */
export class ServiceDevice {
  readonly folder: string
  readonly stateFolder: string
  readonly #code: string

  constructor(folder: string, stateFolder: string, code: string) {
    this.folder = folder
    this.stateFolder = stateFolder
    this.#code = code
  }

  /** Opens the vault for one use, as each command does. */
  async opened<T>(use: (vault: OpenVault) => Promise<T>): Promise<T> {
    using code = readRecoverySheet(this.#code)
    await using vault = await openVault({
      path: this.folder,
      stateFolder: this.stateFolder,
      way: { kind: 'recovery', code },
      keychain: false,
    })
    if (vault.trouble !== undefined) {
      throw new Error(`${this.folder}: ${vault.trouble} ${JSON.stringify(vault.findings)}`)
    }
    return await use(vault)
  }
}

/** Adds one file. @returns how many were added: none if a folder has its name */
export async function addOne(vault: OpenVault, path: string, into: string) {
  const report = await addFiles(vault, RUNTIME, { paths: [path], into, ifExists: 'version', workers: 1 })
  const [failed] = report.failed
  if (failed !== undefined && failed.code !== 'ITEM_EXISTS')
    throw new Error(`${failed.code} ${failed.message}`)
  return report.files
}

/** All that the vault shows, as `ls -R` and `ls --bin` do, with the versions of each. */
export function wholeView(vault: OpenVault) {
  const shown = [...listItems(vault, '/', true)]
  const versions = shown.flatMap(({ kind, itemId }) =>
    kind === 'file'
      ? [listVersions(vault, itemId).map(({ version, current }) => ({ version, current }))]
      : [],
  )
  return { shown, versions, bin: listBin(vault) }
}

/** The text of one version. */
export async function textOf(vault: OpenVault, item: string, version: Listed['versionId']): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of catFile(vault, item, version ?? undefined)) parts.push(part)
  return Buffer.concat(parts).toString()
}

export const itemId = (text: string): ItemId => parseId<ItemId>(text) ?? neverId(text)

function neverId(text: string): never {
  throw new Error(`no id: ${text}`)
}

export { binItems, listBin, listItems, listVersions, makeFolder, moveItems, planPurge, purge, restoreItems }
