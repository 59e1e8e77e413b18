import type { Hash } from './hash.ts'
import type { Head } from './op.ts'

/** The files of one segment put together: conflict copies may hold other frames than the file itself. */
export type Branches = {
  /** Where the chains end: one, or one a branch of a fork. */
  readonly tips: readonly Head[]
  /** Number of the first frame of which there are several; undefined: no fork. */
  readonly forkedAt: number | undefined
}

/**
 * Puts chains together that were read from files of one segment, each from its first frame. One that only
 * stops earlier than another is no fork.
 */
export function branchesOf(chains: readonly (readonly Head[])[]): Branches {
  const bySeq = new Map<number, Set<Hash>>()
  for (const { seq, hash } of chains.flat()) {
    const hashes = bySeq.get(seq)
    if (hashes) hashes.add(hash)
    else bySeq.set(seq, new Set([hash]))
  }
  const forks = [...bySeq].filter(([, hashes]) => hashes.size > 1).map(([seq]) => seq)
  return { tips: tipsOf(chains), forkedAt: forks.length > 0 ? Math.min(...forks) : undefined }
}

/** Last frames that no other chain goes on from, each once. */
function tipsOf(chains: readonly (readonly Head[])[]): readonly Head[] {
  const ends = new Map(chains.flatMap((chain) => chain.slice(-1)).map((head) => [head.hash, head]))
  const inner = new Set(chains.flatMap((chain) => chain.slice(0, -1)).map(({ hash }) => hash))
  return [...ends.values()].filter(({ hash }) => !inner.has(hash))
}
