import {
  type BigIntStats,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { bug, fail } from '../base/index.ts'
import { errnoOf, failFs, withFs } from './errors.ts'
import type { Folder } from './folder.ts'
import { floorMs, Source } from './source.ts'
import { StagedFile } from './staged-file.ts'
import type { ByteRange, Store, StoredFile, Ticket } from './store.ts'
import { makePrivateFolders, openBelow } from './tree.ts'

const fdatasyncAsync = promisify(fdatasync)

const NEW_SEGMENT = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)
const PRIVATE_FILE = 0o600
const TEMP = /^\.[0-9a-z-]+\.[0-9a-f]{32}\.tmp$/

/** A vault in a local folder: a disk, a share, a synced folder. */
export class LocalStore implements Store, Disposable {
  readonly #root: string
  readonly #device: string
  readonly #segments = new Map<string, OpenSegment>()

  /**
   * @param root the vault's real path
   * @param device this device's id, in the names of its temporary files
   */
  constructor(root: string, device: string) {
    this.#root = root
    this.#device = device
  }

  async list(prefix: string): Promise<readonly StoredFile[]> {
    const steps = stepsOf(prefix)
    const start = prefix.endsWith('/') || prefix === '' ? steps : steps.slice(0, -1)
    return [...this.#below(start)].filter(({ name }) => name.startsWith(prefix))
  }

  *each(folder: string): Generator<StoredFile> {
    yield* this.#below(stepsOf(folder))
  }

  async stat(name: string): Promise<StoredFile | undefined> {
    const steps = stepsOf(name)
    try {
      using folder = openBelow(this.#root, steps.slice(0, -1))
      return stored(name, lstatSync(folder.at(steps.at(-1) ?? ''), { bigint: true }))
    } catch (error) {
      if (isAbsent(error)) return undefined
      return failFs(error, 'look at', this.#path(name))
    }
  }

  async read(name: string, { offset, length }: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
    const steps = stepsOf(name)
    using folder = openBelow(this.#root, steps.slice(0, -1))
    const source = Source.open(folder.at(steps.at(-1) ?? ''), this.#path(name))
    if (typeof source === 'string') {
      return fail('NOT_A_FILE', `${this.#path(name)} is not a regular file.`, { name, found: source })
    }
    using _ = source
    const bytes = new Uint8Array(Math.max(0, Math.min(length, source.facts.sizeBytes - offset)))
    return bytes.subarray(0, source.read(bytes, offset))
  }

  stage(name: string): Ticket {
    const steps = stepsOf(name)
    const last = steps.at(-1) ?? bug('a file without a name')
    const stem = last.replace(/\.[a-z]+$/, '')
    return { root: this.#root, steps: steps.slice(0, -1), name: last, temp: `.${stem}.${this.#device}.tmp` }
  }

  /** Makes the folder that a name lies in, private and durable: before a worker writes to a ticket there. */
  async prepare({ root, steps }: Ticket): Promise<void> {
    await makePrivateFolders(root, steps)
  }

  async create(name: string, bytes: Uint8Array): Promise<void> {
    await this.createFrom(name, [bytes])
  }

  async createFrom(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const { steps, name: last, temp } = this.stage(name)
    await makePrivateFolders(this.#root, steps)
    using folder = openBelow(this.#root, steps)
    const file = StagedFile.create(folder, temp)
    try {
      let offset = 0
      for await (const piece of pieces) {
        file.write(piece, offset)
        offset += piece.length
        await file.writeBack()
      }
      await file.sync()
      if (file.publish(last) === 'exists') {
        fail('DESTINATION_EXISTS', `${this.#path(name)} exists already and was left as it is.`, { name })
      }
      await folder.sync()
    } finally {
      file.close()
    }
  }

  async append(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    const segment = offset === 0 ? await this.#createSegment(name) : this.#openSegment(name)
    const path = this.#path(name)
    try {
      this.#demandSame(segment, name, offset)
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(segment.fd, bytes, done, bytes.length - done, offset + done)
      }
      await fdatasyncAsync(segment.fd)
    } catch (error) {
      failFs(error, 'write', path)
    }
  }

  async remove(name: string): Promise<void> {
    const steps = stepsOf(name)
    try {
      using folder = openBelow(this.#root, steps.slice(0, -1))
      unlinkSync(folder.at(steps.at(-1) ?? ''))
      await folder.sync()
    } catch (error) {
      if (!isAbsent(error)) failFs(error, 'remove', this.#path(name))
    }
  }

  /**
   * Makes sure that a segment stays as it is read: a run that was killed may have written its end and not
   * synced it.
   */
  async sync(name: string): Promise<void> {
    const steps = stepsOf(name)
    using folder = openBelow(this.#root, steps.slice(0, -1))
    const fd = withFs('open', this.#path(name), () => openSync(folder.at(steps.at(-1) ?? ''), READ))
    try {
      await fdatasyncAsync(fd)
    } catch (error) {
      failFs(error, 'save', this.#path(name))
    } finally {
      closeSync(fd)
    }
    await folder.sync()
  }

  /**
   * Where another file stands in the place of a segment that this process began, or none: writes the segment's
   * first `lengthBytes` again, under another name.
   *
   * @returns whether that was so
   */
  async keepSegment(name: string, lengthBytes: number, copyName: string): Promise<boolean> {
    const segment = this.#openSegment(name)
    if (this.#stands(segment, name)) return false
    const bytes = new Uint8Array(lengthBytes)
    withFs('read', this.#path(name), () => {
      for (let done = 0; done < lengthBytes; ) {
        const count = readSync(segment.fd, bytes, done, lengthBytes - done, done)
        if (count === 0) bug(`a segment that lost its end: ${name}`)
        done += count
      }
    })
    await this.create(copyName, bytes)
    return true
  }

  /** Removes temporary files that this device left; under the write lock. */
  async removeOwnTemporaries(): Promise<void> {
    for (const { name } of await this.list('')) {
      const last = name.slice(name.lastIndexOf('/') + 1)
      if (TEMP.test(last) && last.endsWith(`.${this.#device}.tmp`)) await this.remove(name)
    }
  }

  [Symbol.dispose](): void {
    for (const { fd } of this.#segments.values()) closeSync(fd)
    this.#segments.clear()
  }

  #path(name: string): string {
    return `${this.#root}/${name}`
  }

  *#below(steps: readonly string[]): Generator<StoredFile> {
    let folder: Folder
    try {
      folder = openBelow(this.#root, steps)
    } catch (error) {
      if (isAbsent(error)) return
      throw error
    }
    using open = folder
    const prefix = steps.map((step) => `${step}/`).join('')
    for (const entry of withFs('list', open.path, () => readdirSync(open.at('.'), { withFileTypes: true }))) {
      if (entry.isDirectory()) {
        yield* this.#below([...steps, entry.name])
        continue
      }
      const stat = statAt(open, entry.name)
      // Gone since it was listed: another device or the sync tool removed it.
      if (stat !== undefined) yield stored(prefix + entry.name, stat)
    }
  }

  async #createSegment(name: string): Promise<OpenSegment> {
    const steps = stepsOf(name)
    await makePrivateFolders(this.#root, steps.slice(0, -1))
    using folder = openBelow(this.#root, steps.slice(0, -1))
    const fd = withFs('write', this.#path(name), () =>
      openSync(folder.at(steps.at(-1) ?? ''), NEW_SEGMENT, PRIVATE_FILE),
    )
    const { dev, ino } = fstatSync(fd, { bigint: true })
    const segment = { fd, dev, ino }
    this.#segments.set(name, segment)
    await folder.sync()
    return segment
  }

  #openSegment(name: string): OpenSegment {
    return this.#segments.get(name) ?? bug(`append to a segment that this process did not begin: ${name}`)
  }

  #stands({ dev, ino }: OpenSegment, name: string): boolean {
    const steps = stepsOf(name)
    try {
      using folder = openBelow(this.#root, steps.slice(0, -1))
      const there = lstatSync(folder.at(steps.at(-1) ?? ''), { bigint: true })
      return there.dev === dev && there.ino === ino
    } catch (error) {
      if (isAbsent(error)) return false
      return failFs(error, 'look at', this.#path(name))
    }
  }

  /** A sync tool may have put another file there: what is appended to ours then would be lost. */
  #demandSame(segment: OpenSegment, name: string, offset: number): void {
    const { size } = fstatSync(segment.fd, { bigint: true })
    if (this.#stands(segment, name) && Number(size) === offset) return
    fail(
      'SEGMENT_REPLACED',
      `${this.#path(name)} was replaced by another file while Strongroom was writing it.`,
      {
        name,
      },
    )
  }
}

type OpenSegment = { readonly fd: number; readonly dev: bigint; readonly ino: bigint }

function statAt(folder: Folder, name: string): BigIntStats | undefined {
  try {
    return lstatSync(folder.at(name), { bigint: true })
  } catch (error) {
    if (isAbsent(error)) return undefined
    return failFs(error, 'look at', `${folder.path}/${name}`)
  }
}

function stored(name: string, stat: BigIntStats): StoredFile {
  const sizeBytes = Number(stat.size)
  const away = sizeBytes > 0 && stat.blocks === 0n
  return { name, kind: stat.isFile() ? 'file' : 'other', sizeBytes, away, mtimeMs: floorMs(stat.mtimeNs) }
}

function isAbsent(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'NOT_FOUND'
}

/** The steps of a name; none may lead elsewhere. */
function stepsOf(name: string): readonly string[] {
  const steps = name.split('/').filter((step, index, all) => step !== '' || index < all.length - 1)
  for (const step of steps) {
    if (step === '' || step === '.' || step === '..' || step.includes('\0'))
      bug(`a store name ${JSON.stringify(name)}`)
  }
  return steps
}
