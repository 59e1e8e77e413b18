import { join } from 'node:path'
import { hex, randomBytes, sha256, utf8Bytes, VaultError } from '../base/index.ts'
import { parseId, type VaultId } from '../contract/ids.ts'
import { ensureFolder, identityOf, LocalStore, NewFolder, realFolder } from '../files/index.ts'

const PRIVATE = 0o700
const VAULTS = 'vaults/'
const ANCHORS = 'anchors.db'
const INDEX = 'index.db'
const LOCK = 'lock.db'
/** SQLite keeps these beside a database; they get its permissions. */
const COMPANIONS = ['', '-wal', '-shm', '-journal']

/** Where the databases of one vault folder are. */
export type StatePaths = { readonly index: string; readonly lock: string }

/**
 * What this device keeps outside the vaults (ARCHITECTURE, "A vault on disk"):
 *
 *     vaults/<vault id>/anchors.db
 *     vaults/<vault id>/<32 hex of SHA-256(real path)>/index.db, lock.db
 *
 * Folders are made 0700 and files 0600, whatever the umask, before SQLite sees them.
 */
export class StateFolder {
  readonly path: string
  readonly #store: LocalStore

  private constructor(path: string) {
    this.path = path
    // A name of its own for what is being made: another process may be making the same.
    this.#store = new LocalStore(path, hex(randomBytes(16)))
  }

  /** Opens the folder, made if it is missing: the platform's user data, or --state-dir. */
  static async open(path: string): Promise<StateFolder> {
    // Made once, and durable then; each later start would wait for syncs of what has long been there.
    return new StateFolder(identityOf(path)?.folder ? realFolder(path) : await ensureFolder(path, PRIVATE))
  }

  /** The vaults that this device knows. */
  async vaults(): Promise<readonly VaultId[]> {
    const found = (await this.#store.list(VAULTS)).flatMap(({ name }) => {
      const [, folder = '', file] = name.split('/')
      return file === ANCHORS ? [parseId<VaultId>(folder)] : []
    })
    return found.filter((vault) => vault !== undefined).sort()
  }

  /** The path of a vault's anchors.db; undefined: this device doesn't know the vault. */
  async findAnchors(vault: VaultId): Promise<string | undefined> {
    const name = `${VAULTS}${vault}/${ANCHORS}`
    return (await this.#store.stat(name)) && join(this.path, name)
  }

  /** The path of a vault's anchors.db, made empty if it is missing. */
  async anchorsOf(vault: VaultId): Promise<string> {
    return await this.#make(`${VAULTS}${vault}/${ANCHORS}`)
  }

  /** The databases for a vault folder, made empty where they are missing. */
  async placeOf(vault: VaultId, realPath: string): Promise<StatePaths> {
    const folder = folderOf(vault, realPath)
    return { index: await this.#make(`${folder}/${INDEX}`), lock: await this.#make(`${folder}/${LOCK}`) }
  }

  /** Removes the index of a vault folder, for a new one; under the write lock. */
  async discardIndex(vault: VaultId, realPath: string): Promise<void> {
    // Its log first: with a log of another file an empty index would be filled again.
    for (const end of COMPANIONS.toReversed()) {
      await this.#store.remove(`${folderOf(vault, realPath)}/${INDEX}${end}`)
    }
  }

  /** Removes what is kept for a vault folder that is no more. */
  async forgetPlace(vault: VaultId, realPath: string): Promise<void> {
    NewFolder.removeLeftover(join(this.path, folderOf(vault, realPath)))
  }

  /** Forgets a vault: its next opening is a first use. */
  async forget(vault: VaultId): Promise<void> {
    NewFolder.removeLeftover(join(this.path, VAULTS, vault))
  }

  async #make(name: string): Promise<string> {
    const path = join(this.path, name)
    const making = makingNow.get(path) ?? this.#create(name)
    makingNow.set(path, making)
    try {
      await making
    } finally {
      makingNow.delete(path)
    }
    return path
  }

  async #create(name: string): Promise<void> {
    if (await this.#store.stat(name)) return
    try {
      await this.#store.create(name, new Uint8Array())
    } catch (error) {
      // Another process was faster.
      if (!(error instanceof VaultError && error.code === 'DESTINATION_EXISTS')) throw error
    }
  }
}

/**
 * What this process is making just now. Its file is open until it is durable; had another part of the process
 * taken the write lock in it by then, our closing it would free that lock.
 */
const makingNow = new Map<string, Promise<void>>()

function folderOf(vault: VaultId, realPath: string): string {
  return `${VAULTS}${vault}/${hex(sha256(utf8Bytes(realPath))).slice(0, 32)}`
}
