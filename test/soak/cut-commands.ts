import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli, type JsonLine, jsonLines, RawKey, startCli } from '../support/cli.ts'
import { faultEnv } from '../support/faults.ts'
import type { Running } from '../support/process.ts'
import { sha256Of } from '../support/tree.ts'
import type { FaultVault, Words } from '../support/vault-faults.ts'

/** A command under way whose power is going to be cut. */
export type UnderWay = {
  /** What it has called done up to now. */
  readonly acks: () => readonly string[]
  readonly kill: () => Promise<void>
}

/** A kind of work, and what must be there after a cut. */
export type CutCommand = {
  readonly name: string
  readonly start: (bed: FaultVault, scratch: string, lying: boolean) => UnderWay
  /** What of `acks` is lost, and what else is wrong: a line each. */
  readonly lost: (bed: FaultVault, scratch: string, acks: readonly string[]) => Promise<readonly string[]>
}

const MOVES = 40

/** `add` of many files and some big ones: a line for each. */
const add: CutCommand = {
  name: 'add',
  start: (bed, scratch, lying) => {
    return follow(bed.args(['add', 'VAULT', 'SOURCES/load']), bed, scratch, lying)
  },
  lost: async (bed, _, acks) => {
    const { items } = await bed.view()
    return acks.filter((path) => {
      const hash = items.get(path)?.split(' ').at(-1)
      return hash !== sha256Of(bed.sources + path)
    })
  },
}

/** `mv`, again and again: each that ends with 0 is done. */
const mv: CutCommand = {
  name: 'mv',
  start: (bed, _, lying) => {
    const acks: string[] = []
    let running: Running | undefined
    let stopped = false
    const ended = (async () => {
      for (let i = 0; i < MOVES && !stopped; i++) {
        const words = ['mv', 'VAULT', moved(i), moved(i + 1)]
        running = startCli(bed.args(words), { env: lying ? lies(bed) : {} })
        const { code } = await running.ended
        if (code === 0) acks.push(moved(i + 1))
      }
    })()
    const kill = async () => {
      stopped = true
      running?.signal('SIGKILL')
      await ended
    }
    return { acks: () => [...acks], kill }
  },
  lost: async (bed, _, acks) => {
    const { items } = await bed.view()
    const last = acks.at(-1) ?? moved(0)
    const number = acks.length
    // The one after it may have been done, too, without having been called so.
    return items.has(last) || items.has(moved(number + 1)) ? [] : [last]
  },
}

const moved = (i: number): string => (i === 0 ? '/tree/sub/frames' : `/moved ${i}`)

/** `seal` of the same files, beside the vault. */
const seal: CutCommand = {
  name: 'seal',
  start: (bed, scratch, lying) => {
    const key = new RawKey(scratch)
    const words = ['seal', join(bed.sources, 'load'), '--to', bed.at('sealed'), '--json', ...key.options]
    return follow(words, bed, scratch, lying)
  },
  lost: async (bed, scratch, acks) => {
    const options = ['--raw-aes-key-file', join(scratch, 'raw.key'), '--key-namespace', RawKey.namespace]
    const opened = join(scratch, 'opened')
    const words = ['unseal', bed.at('sealed'), '--to', opened, ...options, '--key-name', RawKey.keyName]
    if (!existsSync(bed.at('sealed'))) return acks
    await cli(words)
    return acks.filter((path) => {
      const plain = path.slice(bed.at('sealed').length, -'.sealed'.length)
      const found = join(opened, 'sealed', plain)
      return !existsSync(found) || sha256Of(found) !== sha256Of(bed.sources + plain)
    })
  },
}

export const COMMANDS: readonly CutCommand[] = [seal, add, mv]

/** Starts a command whose lines go to a file on another disk. */
function follow(words: Words, bed: FaultVault, scratch: string, lying: boolean): UnderWay {
  const out = join(scratch, 'acks')
  const outFd = openSync(out, 'w')
  const running = startCli(words, { outFd, env: lying ? lies(bed) : {} })
  closeSync(outFd)
  const isDone = ({ type, status }: JsonLine) => type === 'file' && status === 'done'
  return {
    acks: () =>
      jsonLines(readFileSync(out, 'utf8'))
        .filter(isDone)
        .flatMap(({ target }) => target ?? []),
    kill: async () => {
      running.signal('SIGKILL')
      await running.ended
    },
  }
}

/** Syncs that do nothing: losses must then be seen. */
function lies(bed: FaultVault): Record<string, string> {
  return faultEnv({
    dir: bed.folder,
    calls: ['fsync', 'fdatasync'],
    at: 1,
    onwards: true,
    act: { kind: 'lie' },
  })
}
