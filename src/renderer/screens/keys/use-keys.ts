import { useQuery } from '@tanstack/react-query'
import type { RecoveryKeyId } from '../../../main/contract/ids.ts'
import type { KeyVersionView } from '../../../main/contract/ipc/key-calls.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { queryClient } from '../../app/query.ts'
import { goTo } from '../../app/session.ts'
import { say } from '../../app/toast.tsx'
import { keys as words } from '../../words/keys.ts'

/** The vault's keys; asked for again after each act on them, and with every change of the vault. */
export const useKeys = () => useQuery({ queryKey: ['keys'], queryFn: () => ask('keys.view', {}) })

export const keysChanged = (): void => void queryClient.invalidateQueries({ queryKey: ['keys'] })

/** Moves what is under one version, or under all but the active ones; shown among the jobs. */
export const rewrap = (from: KeyVersionView | null) =>
  attempt(async () => {
    await ask('keys.rewrap', { from: from?.keyVersionId ?? null })
    goTo('jobs')
  })

/** Takes a way in away: main asks. */
export const removeWay = (
  way: { readonly kind: 'passphrase' } | { readonly kind: 'recovery'; readonly recoveryId: RecoveryKeyId },
) =>
  attempt(async () => {
    if ((await ask('ways.remove', { way })) !== null) say(words.removed)
  })
