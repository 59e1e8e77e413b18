import type { ItemId } from '../contract/ids.ts'
import type { CallInput } from '../contract/ipc/calls.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import { displayText } from '../files/index.ts'
import { addFiles, getItems, type OpenVault } from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import { countText, itemsText, sizeText } from './native-words.ts'
import { placeText } from './places.ts'
import { entryOf, pathName } from './rows.ts'
import type { Session } from './session.ts'

export const EXISTS = { fail: 'refuse', overwrite: 'replace', 'keep-both': 'number' } as const

/** Adds what was dropped or chosen. Null: the person kept the originals, so nothing was begun. */
export async function addJob(
  session: Session,
  { sources, into, ifExists, removeSource }: CallInput<'jobs.add'>,
  from: Peer,
): Promise<JobView | null> {
  const { handles, desktop, holder, facts, jobs } = session
  const paths = sources.map((handle) => handles.path(from, 'source', handle))
  const sure =
    !removeSource ||
    (await desktop.confirm(from, {
      message: `Remove ${countText(paths.length, 'original')} after adding?`,
      detail: `Each file is removed once it is in the vault and was read back. ${placesOf(paths)}`,
      act: 'Add and remove originals',
      keep: 'Don’t add',
    }))
  if (!sure) return null
  return await holder.use((vault, signal) => {
    const target = pathName(vault, into)
    return jobs.start(
      {
        kind: 'add',
        place: displayText(target),
        ofVault: true,
        again: !removeSource,
        run: async ({ options }) => {
          await holder.use((now) =>
            addFiles(
              now,
              facts.runtime,
              { paths, into: pathName(now, into), ifExists, removeSource },
              options,
            ),
          )
        },
      },
      signal,
    )
  })
}

/** Brings plain copies out. Null: the person thought better of it. */
export async function exportJob(
  session: Session,
  { items, version, to, exists }: CallInput<'jobs.export'>,
  from: Peer,
): Promise<JobView | null> {
  const { handles, desktop, holder, facts, jobs } = session
  const folder = handles.path(from, 'export', to)
  const sums = await holder.use((vault) => sumsOf(vault, items))
  const sure = await desktop.confirm(from, {
    message: `Export ${itemsText(sums.files, sums.folders)} unencrypted?`,
    detail: `${sizeText(sums.bytes)} to ${placeText(folder)}. Whoever can read that folder can read them.`,
    act: 'Export',
    keep: 'Cancel',
  })
  if (!sure) return null
  return await holder.use((_, signal) =>
    jobs.start(
      {
        kind: 'export',
        place: placeText(folder),
        folder,
        ofVault: true,
        again: true,
        run: async ({ options }) => {
          await holder.use((vault) => {
            const names = items.map((item) => pathName(vault, item))
            const how = { exists: EXISTS[exists], confirmed: true, ...(version && { version }) }
            const request = { names, to: folder, ...how }
            return getItems(vault, facts.runtime, request, options)
          })
        },
      },
      signal,
    ),
  )
}

/** What an export would bring out, folders with all they hold. */
function sumsOf(vault: OpenVault, items: readonly ItemId[]) {
  let [files, folders, bytes] = [0, 0, 0]
  const count = ({ kind, sizeBytes }: { readonly kind: 'file' | 'folder'; readonly sizeBytes: number }) => {
    if (kind === 'folder') folders++
    else files++
    bytes += sizeBytes
  }
  for (const item of items) {
    const entry = entryOf(vault, item)
    count(entry)
    if (entry.kind === 'file') continue
    for (const { entry: inner } of vault.index.items.walk(item)) count(inner)
  }
  return { files, folders, bytes }
}

const SHOWN_PLACES = 3

function placesOf(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN_PLACES).map(placeText)
  const rest = paths.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${countText(rest, 'other')}`] : [])].join(', ')
}
