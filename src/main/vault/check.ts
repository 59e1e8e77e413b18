import { createHash } from 'node:crypto'
import { asVaultError, type ErrorCode, VaultError } from '../base/index.ts'
import { CODES } from '../contract/codes.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import type { StoredFile } from '../files/index.ts'
import type { StoredVersion } from '../index/index.ts'
import { CONTEXT } from '../jobs/index.ts'
import { errorOf, type Finding as JournalFinding } from '../journal/index.ts'
import { parseKeyFileName } from '../keys/index.ts'
import { findingText } from './finding-text.ts'
import { failDiffers, failMissing as failKeyFileMissing, hashOfBytes, readKeyFiles } from './key-files.ts'
import { messageName, versionOfMessage } from './message-name.ts'
import type { OpenVault } from './open-vault.ts'
import { failMissing, readMessageHeader, readVersion } from './stored-version.ts'
import { pathText } from './vault-path.ts'
import { verifyJournal } from './verify-journal.ts'

/** Something that is wrong, with what to do about it. */
export type Finding = {
  readonly kind: ErrorCode
  readonly message: string
  readonly remedy: string
  /** The path of the item, or the name of the file in the vault's folder. */
  readonly path: string
  readonly item: ItemId | null
  readonly version: VersionId | null
}

/** Something to know that is no fault. */
export type Note = { readonly kind: NoteKind; readonly message: string; readonly path: string }
export type NoteKind =
  | JournalFinding['kind']
  | 'orphan'
  | 'purged'
  | 'away'
  | 'unpinned'
  | 'unknown'
  | 'temporary'

export type CheckRequest = {
  /** Reads every message to its end: its SHA-256, each frame's tag. */
  readonly readData?: boolean
  /** Fetches what is only with the sync provider. */
  readonly download?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (done: CheckProgress) => void
}

export type CheckProgress = { readonly files: number; readonly bytes: number }

export type CheckReport = {
  readonly findings: readonly Finding[]
  readonly notes: readonly Note[]
  readonly files: number
  readonly bytes: number
  readonly stopped: boolean
  readonly seconds: number
}

/**
 * Looks whether a vault is sound: its keys' files and journal; of every version that was not purged that its
 * message is there, of the length that was recorded, and by its ids the right one. Changes nothing.
 */
export async function checkVault(vault: OpenVault, request: CheckRequest = {}): Promise<CheckReport> {
  const checking = new Checking(vault, request)
  const startedAtMs = performance.now()
  await checking.keyFiles()
  await checking.journal()
  await checking.messages()
  return { ...checking.result, seconds: (performance.now() - startedAtMs) / 1000 }
}

class Checking {
  readonly #vault: OpenVault
  readonly #request: CheckRequest
  readonly #findings: Finding[] = []
  readonly #notes: Note[] = []
  #files = 0
  #bytes = 0
  #stopped = false

  constructor(vault: OpenVault, request: CheckRequest) {
    this.#vault = vault
    this.#request = request
  }

  get result(): Omit<CheckReport, 'seconds'> {
    return {
      findings: this.#findings,
      notes: this.#notes,
      files: this.#files,
      bytes: this.#bytes,
      stopped: this.#stopped,
    }
  }

  /** The files under keys/ against what the journal pins. */
  async keyFiles(): Promise<void> {
    const files = await readKeyFiles(this.#vault.store)
    const pinned = this.#vault.index.vault.pinnedFiles()
    for (const [name, { value }] of pinned) {
      if (value === null) continue
      const bytes = files.get(name)
      this.#trying(name, () => {
        if (bytes === undefined) failKeyFileMissing(name)
        if (hashOfBytes(bytes) !== value) failDiffers(name)
      })
    }
    for (const { name } of await this.#vault.store.list('keys/')) {
      if (pinned.has(name)) continue
      const kind = parseKeyFileName(name) === undefined ? strangeKind(name) : 'unpinned'
      this.#note(kind, name, 'a file under keys/ that the journal does not vouch for')
    }
  }

  /** All of it, and not only what the opening read. */
  async journal(): Promise<void> {
    const all = [...this.#vault.findings, ...(await verifyJournal(this.#vault))]
    for (const [message, finding] of new Map(all.map((each) => [findingText(each), each]))) {
      const path = 'name' in finding ? finding.name : 'journal/'
      const kind = errorOf(finding)
      if (kind === undefined) this.#note(finding.kind, path, message)
      else this.#find(new VaultError(kind, message), path)
    }
    for (const name of this.#vault.journal.strange) {
      this.#find(new VaultError('NOT_A_FILE', `No regular file stands at ${name}.`), name)
    }
  }

  async messages(): Promise<void> {
    const stored = this.#stored()
    for (const version of this.#vault.index.versions.all()) {
      if (this.#request.signal?.aborted) {
        this.#stopped = true
        return
      }
      const name = messageName(version.version)
      const file = stored.get(name)
      stored.delete(name)
      if (!version.purged) await this.#message(version, file)
      else if (file)
        this.#note('purged', name, 'the message of a purged version came back; `repair` removes it')
    }
    for (const name of stored.keys()) {
      const orphan = versionOfMessage(name) !== undefined
      if (orphan)
        this.#note('orphan', name, 'a message that the journal does not know; `repair` looks into it')
      else this.#note(strangeKind(name), name, 'a file that is none of Strongroom’s; it is left alone')
    }
  }

  /** What lies under items/, as little of it in memory as does: there may be a million. */
  #stored(): Map<string, number | StoredFile> {
    const stored = new Map<string, number | StoredFile>()
    for (const file of this.#vault.store.each('items')) {
      stored.set(file.name, file.kind === 'file' && !file.away ? file.sizeBytes : file)
    }
    return stored
  }

  async #message(version: StoredVersion, file: number | StoredFile | undefined): Promise<void> {
    const { item, version: id, lengthBytes } = version
    const path = this.#pathOf(item)
    try {
      const name = messageName(id)
      // A folder is not listed; it is there all the same.
      const found = file ?? (await this.#vault.store.stat(name)) ?? failMissing(id, name)
      const { sizeBytes, kind, away } = typeof found === 'number' ? plainFile(found) : found
      if (kind !== 'file') throw new VaultError('NOT_A_FILE', `No regular file stands at ${name}.`)
      if (sizeBytes !== lengthBytes) {
        const code = sizeBytes < lengthBytes ? 'MESSAGE_TRUNCATED' : 'MESSAGE_TAMPERED'
        throw new VaultError(code, `${name} has ${sizeBytes} bytes; ${lengthBytes} were written.`)
      }
      if (away && !this.#request.download) {
        this.#note('away', path, 'not on this device: it is fetched when it is used')
        return
      }
      if (this.#request.readData) await this.#readAll(version)
      else await this.#readIds(version)
      this.#files++
      this.#bytes += version.lengthBytes
      this.#request.onProgress?.({ files: this.#files, bytes: this.#bytes })
    } catch (error) {
      this.#find(asVaultError(error), path, item, id)
    }
  }

  async #readIds({ item, version }: StoredVersion): Promise<void> {
    const { context } = await readMessageHeader(this.#vault, version)
    const ids = [CONTEXT.vault, CONTEXT.item, CONTEXT.version].map((key) => context.get(key))
    if (ids.join() === [this.#vault.vaultId, item, version].join()) return
    throw new VaultError('MESSAGE_TAMPERED', `Another file stands in the place of the version ${version}.`)
  }

  async #readAll(version: StoredVersion): Promise<void> {
    const hash = createHash('sha256')
    const onCipher = (bytes: Uint8Array) => hash.update(bytes)
    for await (const _ of readVersion(this.#vault, version.item, version, { onCipher })) {
      if (this.#request.signal?.aborted) return
    }
    if (hash.digest('hex') === version.sha256) return
    throw new VaultError(
      'MESSAGE_TAMPERED',
      `${messageName(version.version)} is not the message that was recorded.`,
    )
  }

  #pathOf(item: ItemId): string {
    const steps = this.#vault.index.items.pathOf(item)
    return steps === undefined ? item : pathText(steps)
  }

  #trying(path: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#find(asVaultError(error), path)
    }
  }

  #find(error: VaultError, path: string, item: ItemId | null = null, version: VersionId | null = null): void {
    const { code, message } = error
    if (code === 'BUG') throw error
    this.#findings.push({ kind: code, message, remedy: CODES[code].next, path, item, version })
  }

  #note(kind: NoteKind, path: string, message: string): void {
    this.#notes.push({ kind, path, message })
  }
}

const plainFile = (sizeBytes: number) => ({ sizeBytes, kind: 'file', away: false }) as const

const strangeKind = (name: string): NoteKind => (/(^|\/)\.[^/]*\.tmp$/.test(name) ? 'temporary' : 'unknown')
