import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hex } from '../../src/main/base/index.ts'
import { LocalStore } from '../../src/main/files/index.ts'
import type { JournalQuery } from '../../src/main/journal/index.ts'
import type { MemoryDisk, TestVault } from '../journal/support.ts'
import type { ChildFacts } from './child.ts'
import type { TestIndex } from './support.ts'

/** A process of this test, and what it said. */
export class Child {
  readonly process: ChildProcess
  #said = ''
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>

  constructor(what: string, file: string) {
    const script = join(import.meta.dirname, 'child.ts')
    this.process = spawn(process.execPath, ['--no-warnings', '--expose-gc', script, what, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.process.stdout?.on('data', (data: Buffer) => {
      this.#said += data.toString()
    })
    this.ended = new Promise((resolve) => {
      this.process.on('close', (code, signal) => resolve({ code, signal }))
    })
  }

  get lines(): readonly string[] {
    return this.#said.split('\n').filter((line) => line !== '')
  }

  /** Until it has said this. */
  async says(word: string): Promise<void> {
    let hasEnded = false
    void this.ended.then(() => {
      hasEnded = true
    })
    while (!this.lines.includes(word)) {
      if (hasEnded) throw new Error(`the child ended without "${word}": ${this.#said}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.ended
  }
}

/** A vault's journal on a real disk, with one index over it, for this process and children. */
export class SharedVault {
  readonly test: TestIndex
  readonly vault: TestVault
  readonly root: string

  constructor(test: TestIndex, vault: TestVault, disk: MemoryDisk) {
    this.test = test
    this.vault = vault
    this.root = join(test.folder.path, 'vault')
    for (const [name, bytes] of disk.files) writeUnder(this.root, name, bytes)
  }

  spawn(what: string, changed: Partial<ChildFacts> = {}): Child {
    const { test, vault, root } = this
    const [metadataKeyId] = vault.epochs
    const metadataKey = metadataKeyId && vault.keys.get(metadataKeyId)
    if (!metadataKey) throw new Error('no metadata key')
    const facts: ChildFacts = {
      root,
      vault: vault.vault,
      device: test.device,
      metadataKeyId,
      metadataKey: metadataKey.key.use((bytes) => hex(bytes)),
      indexKey: test.key.use((bytes) => hex(bytes)),
      index: test.path,
      lock: test.lock,
      dieAtRead: 0,
      standAtRead: 0,
      ...changed,
    }
    const file = join(test.folder.path, `child-${Math.random()}.json`)
    writeFileSync(file, JSON.stringify(facts), { mode: 0o600 })
    return new Child(what, file)
  }

  get query(): Omit<JournalQuery, 'known'> {
    return { access: this.vault.access(new LocalStore(this.root, this.test.device)) }
  }
}

function writeUnder(root: string, name: string, bytes: Uint8Array): void {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}
