/**
 * A process of its own, for the tests that kill it or run two at once.
 *
 *     node child.ts <what> <file of ChildFacts>
 */
import { readFileSync } from 'node:fs'
import { copyOffHeap, Secret } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type MetadataKeyId,
  parseId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { LocalStore } from '../../src/main/files/index.ts'
import { VaultIndex, WriteLock } from '../../src/main/index/index.ts'
import type { JournalSource } from '../../src/main/journal/index.ts'

export type ChildFacts = {
  /** Of the vault, for `fill`. */
  readonly root: string
  readonly vault: VaultId
  readonly device: DeviceId
  readonly metadataKeyId: MetadataKeyId
  readonly metadataKey: string
  readonly indexKey: string
  readonly index: string
  readonly lock: string
  /** `fill`: at which reading of a file to die; 0: never. */
  readonly dieAtRead: number
  /** `fill`: at which to stand still, until killed; 0: never. */
  readonly standAtRead: number
}

/** A secret of a test, not to be kept from it. */
const secretOf = (hex: string, label: string): Secret =>
  Secret.take(copyOffHeap(Buffer.from(hex, 'hex')), label)

const said = (word: string): void => void process.stdout.write(`${word}\n`)
/** The timer refers to the promise: what waits for it is not collected. */
const forever = (): Promise<void> => new Promise((resolve) => setInterval(() => void resolve, 1000))

async function fill(facts: ChildFacts): Promise<void> {
  using store = new LocalStore(facts.root, facts.device)
  let reads = 0
  const source: JournalSource = {
    list: (prefix) => store.list(prefix),
    read: async (name, range) => {
      reads++
      if (reads === facts.dieAtRead) process.kill(process.pid, 'SIGKILL')
      if (reads === facts.standAtRead) {
        said('standing')
        await forever()
      }
      return await store.read(name, range)
    },
  }
  using key = secretOf(facts.metadataKey, 'metadata key')
  const keys = new Map([[facts.metadataKeyId, { epoch: 1, key }]])
  await using index = await VaultIndex.open({
    path: facts.index,
    key: secretOf(facts.indexKey, 'index key'),
    device: facts.device,
    timeoutMs: 30_000,
  })
  const { changed } = await index.catchUp({ access: { source, vault: facts.vault, keys } })
  said(changed ? 'changed' : 'same')
}

/** Refers to the lock no more once it has it: it must hold all the same. */
async function hold(facts: ChildFacts): Promise<void> {
  said((await WriteLock.open(facts.lock).acquire(0)) === 'busy' ? 'busy' : 'held')
  globalThis.gc?.()
  await forever()
}

/** Takes the lock again and again, and says so: no two at once. */
async function takeTurns(facts: ChildFacts): Promise<void> {
  using lock = WriteLock.open(facts.lock)
  for (let turn = 0; turn < 20; turn++) {
    const held = await lock.acquire()
    if (held === 'busy') throw new Error('busy')
    using _ = held
    said(`in ${process.hrtime.bigint()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
    said(`out ${process.hrtime.bigint()}`)
  }
}

async function beginJob(facts: ChildFacts): Promise<void> {
  await using index = await VaultIndex.open({
    path: facts.index,
    key: secretOf(facts.indexKey, 'index key'),
    device: facts.device,
  })
  const versions = ['0a', '0b'].flatMap((pair) => parseId<VersionId>(pair.repeat(16)) ?? [])
  await index.beginJob(versions)
  said('begun')
  await forever()
}

const [what, file] = process.argv.slice(2)
const facts: ChildFacts = JSON.parse(readFileSync(file ?? '', 'utf8'))
const RUN: Readonly<Record<string, (facts: ChildFacts) => Promise<void>>> = {
  fill,
  hold,
  takeTurns,
  beginJob,
}
await RUN[what ?? '']?.(facts)
