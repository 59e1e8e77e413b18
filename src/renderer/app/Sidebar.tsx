import {
  IconFolder,
  IconHeartbeat,
  IconKey,
  IconProgress,
  IconSettings,
  IconTrash,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { VaultFacts } from '../../main/contract/ipc/vault-nouns.ts'
import { count } from '../words/format.ts'
import { shell } from '../words/shell.ts'
import { ask } from './bridge.ts'
import classes from './Sidebar.module.css'
import { goTo, type Section, useSession } from './session.ts'
import { useApp } from './store.ts'
import { recoveryState } from './ways.ts'

const ICONS: Readonly<Record<Section, typeof IconFolder>> = {
  files: IconFolder,
  bin: IconTrash,
  jobs: IconProgress,
  keys: IconKey,
  health: IconHeartbeat,
  settings: IconSettings,
}
const ORDER: readonly Section[] = ['files', 'bin', 'keys', 'health', 'jobs', 'settings']

type Mark = { readonly shown: ReactNode; readonly said: string; readonly calls: boolean }

/** The sections of the vault. A mark says what needs a person there. */
export function Sidebar({ facts }: { readonly facts: VaultFacts }) {
  const section = useSession(({ section }) => section)
  const marks = useMarks(facts)
  return (
    <nav className={classes.nav} aria-label={shell.sections} data-region="sections">
      {ORDER.map((each) => {
        const Icon = ICONS[each]
        const mark = marks[each]
        return (
          <button
            key={each}
            type="button"
            className={classes.item}
            aria-current={each === section ? 'page' : undefined}
            data-region-start={each === section || undefined}
            onClick={() => goTo(each)}
          >
            <Icon size={18} stroke={1.5} aria-hidden />
            <span className={classes.label}>{shell.nav[each]}</span>
            {mark && (
              <>
                <span className={classes.mark} data-calls={mark.calls || undefined} aria-hidden>
                  {mark.shown}
                </span>
                <span className="sr-unseen">, {mark.said}</span>
              </>
            )}
          </button>
        )
      })}
    </nav>
  )
}

function useMarks(facts: VaultFacts): Partial<Record<Section, Mark>> {
  const health = useQuery({ queryKey: ['health', 'summary'], queryFn: () => ask('health.summary', {}) })
  const running = useApp(({ jobs }) => jobs.filter(({ state }) => state === 'running').length)
  const failed = useApp(({ jobs }) => jobs.some(({ failed, state }) => failed > 0 || state === 'refused'))
  const found = health.data?.findings ?? 0
  const needsCode = recoveryState(facts.ways) !== 'sure'
  return {
    ...(facts.binned > 0 && {
      bin: { shown: count(facts.binned), said: shell.binned(facts.binned), calls: false },
    }),
    ...(needsCode && { keys: { shown: <Dot />, said: shell.needsYou, calls: true } }),
    ...(found > 0 && { health: { shown: count(found), said: shell.findings(found), calls: true } }),
    ...(running > 0 && { jobs: { shown: count(running), said: shell.running(running), calls: false } }),
    ...(running === 0 && failed && { jobs: { shown: <Dot />, said: shell.needsYou, calls: true } }),
  }
}

const Dot = () => <span className={classes.dot} />
