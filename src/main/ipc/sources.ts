import { basename } from 'node:path'
import { asVaultError } from '../base/index.ts'
import type { Source as SourceView } from '../contract/ipc/job-nouns.ts'
import { displayText, identityOf, Source } from '../files/index.ts'
import type { Peer } from './desktop.ts'
import type { Session } from './session.ts'

/** A page never drops more at once; what is beyond is left out rather than held. */
const MAX_DROPPED = 100_000

/** Handles for paths that a person chose, dropped, or opened with Strongroom; what isn't there is left out. */
export function sourcesAt(session: Session, from: Peer, paths: readonly string[]): readonly SourceView[] {
  return paths.slice(0, MAX_DROPPED).flatMap((path): SourceView[] => {
    const found = lookAt(path)
    if (found === undefined) return []
    const name = displayText(basename(path))
    const handle = session.handles.make(from, 'source', path)
    return [{ handle, name, sealed: name.toLowerCase().endsWith('.sealed'), ...found }]
  })
}

function lookAt(path: string): Pick<SourceView, 'kind' | 'sizeBytes'> | undefined {
  try {
    const identity = identityOf(path)
    if (identity === undefined) return undefined
    if (identity.folder) return { kind: 'folder', sizeBytes: 0 }
    const source = Source.open(path)
    // A link, a socket: the job says why it passes it over.
    if (typeof source === 'string') return { kind: 'file', sizeBytes: 0 }
    using _ = source
    return { kind: 'file', sizeBytes: source.facts.sizeBytes }
  } catch (error) {
    // Unreadable: the job says so by its name.
    if (asVaultError(error).code === 'BUG') throw error
    return { kind: 'file', sizeBytes: 0 }
  }
}

/** Paths that the system handed over before a window could take them (`.sealed` opened by a double click). */
const waiting: string[] = []

export function handOver(paths: readonly string[]): void {
  waiting.push(...paths)
}

/** Whether any still wait. */
export const isAnyHandedOver = (): boolean => waiting.length > 0

/** What waits, for the window that takes it. */
export function handedOver(session: Session, from: Peer): readonly SourceView[] {
  return sourcesAt(session, from, waiting.splice(0))
}
