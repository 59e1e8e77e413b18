import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type JsonLine, jsonLines } from './cli.ts'
import { type LoggedCall, readLog } from './faults.ts'

/** A run whose calls were logged and whose `--json` went to a file in the watched folder. */
export type LoggedRun = { readonly log: string; readonly acks: string }

/**
 * What a power cut could undo although a run had called it done: runs of one command over one folder, one
 * after the other, killed ones too. Nothing is assumed of the file system but what POSIX promises: contents
 * are durable after their own sync, a name after the sync of its folder.
 *
 * @param targetsOf the files that a line of `--json` says are done
 * @returns a line for each such case; nothing if every acknowledgement was true
 */
export function untrueAcks(
  runs: readonly LoggedRun[],
  targetsOf: (line: JsonLine) => readonly string[] = doneTargets,
): readonly string[] {
  const disk = new Disk()
  for (const { log, acks } of runs) {
    const lines = jsonLines(readFileSync(acks, 'utf8'))
    let written = 0
    for (const call of readLog(log)) {
      if (call.call === 'write' && call.path === acks) {
        const line = call.at === 'begin' ? lines[written++] : undefined
        for (const target of line === undefined ? [] : targetsOf(line)) disk.demandDurable(target)
      } else if (call.at === 'begin') disk.begin(call)
      else disk.end(call)
    }
    disk.die()
  }
  return disk.findings
}

/** Of `seal` and `unseal`: a line names its file. */
function doneTargets({ status, code, target }: JsonLine): readonly string[] {
  const isDone = status === 'done' || (status === 'skipped' && code === 'DONE')
  return isDone && target !== undefined ? [target] : []
}

/** Which contents and names are durable. */
class Disk {
  readonly findings: string[] = []
  /** How often a file was written to, and up to where of that it was synced. */
  readonly #written = new Map<string, number>()
  readonly #synced = new Map<string, number>()
  readonly #unsyncedNames = new Set<string>()
  readonly #underWay = new Map<number, LoggedCall>()
  readonly #syncs = new Map<number, { readonly written: number; readonly names: readonly string[] }>()

  begin(call: LoggedCall): void {
    const { n, path } = call
    this.#underWay.set(n, call)
    switch (call.call) {
      case 'create':
      case 'write':
      case 'truncate':
      case 'fchmod':
      case 'utime':
        this.#written.set(path, (this.#written.get(path) ?? 0) + 1)
        return
      case 'fsync':
      case 'fdatasync': {
        const names = [...this.#unsyncedNames].filter((name) => dirname(name) === path)
        this.#syncs.set(n, { written: this.#written.get(path) ?? 0, names })
        return
      }
      case 'link':
      case 'rename':
        if (!this.#isSynced(path))
          this.findings.push(`${call.second} was named before its contents were synced`)
    }
  }

  end({ n, call, path, second, ok }: LoggedCall): void {
    this.#underWay.delete(n)
    if (!ok) return
    // fdatasync leaves out a file's times and mode, which a segment of a journal has no use for.
    if (call === 'fsync' || (call === 'fdatasync' && path.endsWith('.log'))) {
      const sync = this.#syncs.get(n)
      this.#synced.set(path, sync?.written ?? 0)
      for (const name of sync?.names ?? []) this.#unsyncedNames.delete(name)
    } else this.#name(call, path, second)
  }

  /** The end of a process: what it had begun may have happened, and what it wrote to has no writer any more. */
  die(): void {
    for (const { call, path, second } of this.#underWay.values()) {
      this.#name(call, path, second)
      // An append that was cut off is not there, or torn: nobody reads it.
      if (call === 'write' && path.endsWith('.log'))
        this.#written.set(path, (this.#written.get(path) ?? 1) - 1)
    }
    this.#underWay.clear()
    this.#syncs.clear()
  }

  demandDurable(target: string): void {
    if (!this.#isSynced(target))
      this.findings.push(`${target} was called done before its contents were synced`)
    for (let name = target; name !== dirname(name); name = dirname(name)) {
      if (!this.#unsyncedNames.has(name)) continue
      this.findings.push(`${target} was called done before ${dirname(name)}, which names ${name}, was synced`)
    }
  }

  #name(call: string, path: string, second: string | undefined): void {
    if (call === 'mkdir') this.#unsyncedNames.add(path)
    if (call === 'rename') this.#unsyncedNames.delete(path)
    if (second === undefined) return
    this.#unsyncedNames.add(second)
    this.#written.set(second, this.#written.get(path) ?? 0)
    this.#synced.set(second, this.#synced.get(path) ?? 0)
  }

  #isSynced(path: string): boolean {
    return (this.#synced.get(path) ?? 0) === (this.#written.get(path) ?? 0)
  }
}
