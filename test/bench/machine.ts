import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import type { Contender } from './peers.ts'
import type { Shell } from './shell.ts'

/** Jiffies of all processors since the start. */
export function cpuTimes(): { readonly busy: number; readonly all: number } {
  const all = cpus().map(({ times }) => times)
  const sum = (of: (times: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0)
  const idle = sum((times) => times.idle)
  const total = sum(({ user, nice, sys, irq, idle }) => user + nice + sys + irq + idle)
  return { busy: total - idle, all: total }
}

export function loadText(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')
}

/** What was measured where, a line a fact. @param shell in the folder that was measured in */
export function machineFacts(shell: Shell, contenders: readonly Contender[]): readonly [string, string][] {
  const disk = shell.run('findmnt -no FSTYPE,SOURCE,OPTIONS -T .').trim().replace(/\s+/g, ' ')
  return [
    ['Machine', `${availableParallelism()} × ${cpuModel()}, ${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['System', `Linux ${release()}, ${osName()}`],
    ['Disk', disk],
    ['Node', shell.run('"$NODE" --version').trim()],
    ['Peers', contenders.map((contender) => versionOf(shell, contender)).join(' · ')],
    ['Commit', shell.run('git -C "$ROOT" describe --always --dirty 2>/dev/null || echo unknown').trim()],
  ]
}

function versionOf(shell: Shell, { version, variables }: Contender): string {
  return shell.run(version, variables).trim()
}

function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? 'unknown'
}

function osName(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown'
}
