import { fail } from '../base/index.ts'
import type { PurgeDone } from '../contract/ipc/item-nouns.ts'
import { type OpenVault, type PurgePlan, planPurge, planVersionPurge, purge } from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import type { Handlers } from './handlers.ts'
import { countText, itemsText, sizeText } from './native-words.ts'
import { pathName } from './rows.ts'
import type { Session } from './session.ts'

/** What is final: asked by main, in its own words and numbers (UI, "Danger" 3). */
export function purgeHandlers(
  session: Session,
): Handlers<'items.purge' | 'items.empty-bin' | 'items.purge-version'> {
  return {
    'items.purge': ({ items }, from) => purgePlanned(session, from, (vault) => planPurge(vault, items)),
    'items.empty-bin': (_, from) =>
      purgePlanned(session, from, (vault) =>
        planPurge(
          vault,
          vault.index.items.bin().map(({ id }) => id),
        ),
      ),
    'items.purge-version': ({ item, version }, from) =>
      purgePlanned(session, from, (vault) => planVersionPurge(vault, pathName(vault, item), version)),
  }
}

async function purgePlanned(
  { holder, desktop }: Session,
  from: Peer,
  planOf: (vault: OpenVault) => PurgePlan,
): Promise<PurgeDone | null> {
  const done = await holder.use(async (vault, signal) => {
    const asked = planOf(vault)
    const sure = await desktop.confirm(from, {
      message: `Remove ${what(asked)} for ever?`,
      detail: `${countText(asked.versions.length, 'version')}, ${sizeText(asked.bytes)}. They can’t be brought back from this vault.`,
      act: 'Remove for ever',
      keep: 'Keep',
    })
    if (!sure) return null
    // Locked while the question stood: whoever answers then need not be who asked.
    if (signal.aborted) fail('VAULT_LOCKED', 'The vault was locked meanwhile. Nothing was removed.')
    return await purge(vault, () => demandSame(asked, planOf(vault)))
  })
  holder.note()
  if (done === null) return null
  const { files, folders, versions, bytes } = done
  return { files, folders, versions: versions.length, bytes }
}

const what = ({ files, folders, versions }: PurgePlan): string =>
  files + folders === 0 ? countText(versions.length, 'old version') : itemsText(files, folders)

/** What came between the question and the lock is not taken unseen. @throws VAULT_BUSY */
function demandSame(asked: PurgePlan, now: PurgePlan): PurgePlan {
  const ids = ({ versions }: PurgePlan) =>
    versions
      .map(({ version }) => version)
      .sort()
      .join()
  if (ids(asked) === ids(now)) return now
  return fail(
    'VAULT_BUSY',
    'What was to be removed was changed meanwhile by another program. Nothing was removed.',
  )
}
