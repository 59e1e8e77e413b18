import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'

const CHILD = join(import.meta.dirname, '../support/secret-memory.child.ts')

/** What the child tells: its keys by the way they were made. */
type Told = readonly { readonly way: string; readonly masked: readonly string[] }[]

describe.skipIf(process.platform !== 'linux')('a key in memory (read from /proc: Linux only)', () => {
  it('is there once, however it was made, and not at all after its end', async () => {
    const child = spawn(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', CHILD], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const told: Told = JSON.parse((await lines.next()).value ?? '[]')
      const keys = told.flatMap(({ way, masked }) => masked.map((text) => ({ way, bytes: unmasked(text) })))
      expect(keys).toHaveLength(5 * 10)
      // Once each: the pool of randomness was wiped, no intermediate buffer kept it, and the collector,
      // which ran, had nothing of it to move.
      expect(copiesIn(child, keys)).toEqual(everyWay(told, 10))
      child.stdin.write('end\n')
      expect((await lines.next()).value).toBe('ended')
      expect(copiesIn(child, keys)).toEqual(everyWay(told, 0))
    } finally {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    }
  })
})

function everyWay(told: Told, copies: number): Record<string, number> {
  return Object.fromEntries(told.map(({ way }) => [way, copies]))
}

/** The child masks its keys, so that what it prints is not another copy. */
function unmasked(text: string): Buffer {
  return Buffer.from(Buffer.from(text, 'hex').map((byte) => byte ^ 0xa5))
}

/** Copies of all keys of each way in the writable memory of a process. */
function copiesIn(
  child: ChildProcess,
  keys: readonly { readonly way: string; readonly bytes: Buffer }[],
): Record<string, number> {
  const counts = Object.fromEntries(keys.map(({ way }) => [way, 0]))
  for (const memory of writableMemory(child)) {
    for (const { way, bytes } of keys) {
      for (let at = memory.indexOf(bytes); at !== -1; at = memory.indexOf(bytes, at + 1)) {
        counts[way] = (counts[way] ?? 0) + 1
      }
    }
  }
  return counts
}

function* writableMemory(child: ChildProcess): Generator<Buffer> {
  const mem = openSync(`/proc/${child.pid}/mem`, 'r')
  try {
    for (const line of readFileSync(`/proc/${child.pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw-/.exec(line) ?? []
      // Code is no place for keys, and V8 reserves half a GiB for it.
      if (from === undefined || to === undefined) continue
      const start = BigInt(`0x${from}`)
      const bytes = Buffer.alloc(Number(BigInt(`0x${to}`) - start))
      try {
        yield bytes.subarray(0, readSync(mem, bytes, 0, bytes.length, start))
      } catch {
        // A mapping that is gone by now, or that the system lends to nobody.
      }
    }
  } finally {
    closeSync(mem)
  }
}
