import { Button } from '@mantine/core'
import { useState } from 'react'
import type { OpenNotice, VaultFacts } from '../../main/contract/ipc/vault-nouns.ts'
import { Notice } from '../ui/Notice.tsx'
import { errorNext } from '../words/errors.ts'
import { shell } from '../words/shell.ts'
import classes from './Banners.module.css'
import { goTo, useSession } from './session.ts'
import { useApp } from './store.ts'
import { recoveryState } from './ways.ts'

/** What the person must know of the vault as a whole, worst first. What only informs can be dismissed. */
export function Banners({ facts }: { readonly facts: VaultFacts }) {
  const copies = useApp(({ checkouts }) => checkouts.length)
  const section = useSession(({ section }) => section)
  return (
    <section className={classes.banners} aria-label={shell.notices}>
      {/* In Health, what can be done about it stands there. */}
      {!(section === 'health' && facts.trouble === 'JOURNAL_ROLLED_BACK') && <TroubleBanner facts={facts} />}
      <RecoveryBanner facts={facts} />
      {facts.waitingFor.length > 0 && (
        <Notice tone="info" banner title={shell.waiting(facts.waitingFor.length)}>
          {shell.waitingBody}
        </Notice>
      )}
      {copies > 0 && section !== 'health' && (
        <Notice
          tone="info"
          banner
          title={shell.checkouts(copies)}
          actions={<Go label={shell.seeHealth} to="health" />}
        />
      )}
      {facts.notices.map((notice) => (
        <OpenedNotice key={JSON.stringify(notice)} notice={notice} />
      ))}
    </section>
  )
}

function Go({ label, to }: { readonly label: string; readonly to: 'health' | 'keys' }) {
  return (
    <Button size="compact-sm" variant="default" onClick={() => goTo(to)}>
      {label}
    </Button>
  )
}

function TroubleBanner({ facts: { trouble, readOnly } }: { readonly facts: VaultFacts }) {
  if (trouble === 'JOURNAL_ROLLED_BACK') {
    return (
      <Notice
        tone="danger"
        banner
        live
        title={shell.rolledBack}
        actions={<Go label={shell.seeHealth} to="health" />}
      >
        {shell.rolledBackBody}
      </Notice>
    )
  }
  if (trouble === 'JOURNAL_DAMAGED') {
    return (
      <Notice
        tone="danger"
        banner
        live
        title={shell.damagedJournal}
        actions={<Go label={shell.seeHealth} to="health" />}
      >
        {shell.damagedJournalBody}
      </Notice>
    )
  }
  if (readOnly === null) return null
  return (
    <Notice tone="warn" banner live title={shell.readOnly}>
      {readOnly.message} {errorNext(readOnly.code)}
    </Notice>
  )
}

function RecoveryBanner({ facts: { ways } }: { readonly facts: VaultFacts }) {
  const section = useSession(({ section }) => section)
  const state = recoveryState(ways)
  // On the screen that mends it, it is said there.
  if (state === 'sure' || section === 'keys') return null
  const none = state === 'none'
  return (
    <Notice
      tone="warn"
      banner
      title={none ? shell.noWayBack : shell.untested}
      actions={<Go label={shell.goToKeys} to="keys" />}
    >
      {none ? shell.noWayBackBody : shell.untestedBody}
    </Notice>
  )
}

function OpenedNotice({ notice }: { readonly notice: OpenNotice }) {
  const [gone, setGone] = useState(false)
  if (gone) return null
  const { title, body } = wordsOf(notice)
  return (
    <Notice
      tone={notice.kind === 'keychain-not-kept' || notice.kind === 'passed-over' ? 'warn' : 'info'}
      banner
      title={title}
      actions={
        <Button size="compact-sm" variant="default" onClick={() => setGone(true)}>
          {shell.dismiss}
        </Button>
      }
    >
      <span data-selectable>{body}</span>
    </Notice>
  )
}

function wordsOf(notice: OpenNotice): { readonly title: string; readonly body: string } {
  switch (notice.kind) {
    case 'first-use':
      return { title: shell.firstUse, body: shell.firstUseBody(notice.fingerprint) }
    case 'moved':
      return { title: shell.moved, body: shell.movedBody(notice.from) }
    case 'copied':
      return { title: shell.copied, body: shell.copiedBody(notice.from) }
    case 'cloned':
      return { title: shell.cloned, body: shell.clonedBody }
    case 'index-emptied':
      return { title: shell.indexEmptied, body: shell.indexEmptiedBody }
    case 'opened-by':
      return {
        title: shell.openedBy(notice.way),
        body:
          notice.way === 'kms'
            ? shell.kmsNoKeychain
            : notice.keychain === 'kept'
              ? shell.keychainKept
              : shell.keychainOff,
      }
    case 'kms-key':
      return { title: shell.kmsKey, body: shell.kmsKeyBody(notice.arn) }
    case 'keychain-not-kept':
      return { title: shell.keychainNotKept, body: `${notice.error.message} ${errorNext(notice.error.code)}` }
    case 'passed-over':
      return { title: shell.passedOver(notice.name), body: notice.error.message }
  }
}
