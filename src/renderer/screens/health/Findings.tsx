import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ItemId } from '../../../main/contract/ids.ts'
import type { Health, HealthFinding } from '../../../main/contract/ipc/health-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { openFolder } from '../../app/session.ts'
import { Section } from '../../ui/Screen.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { health as words } from '../../words/health.ts'
import classes from './HealthScreen.module.css'

const FETCHED = 100

/** What the last check found: item, what it is, what helps. */
export function Findings({ health }: { readonly health: Health }) {
  const { data, error, refetch, fetchNextPage } = useInfiniteQuery({
    queryKey: ['health', 'findings'],
    queryFn: ({ pageParam }) => ask('health.findings', { from: pageParam, count: FETCHED }),
    initialPageParam: 0,
    getNextPageParam: (_page, pages) => pages.reduce((sum, { findings }) => sum + findings.length, 0),
  })
  const findings = data?.pages.flatMap((page) => page.findings) ?? []
  const left = (data?.pages.at(-1)?.total ?? 0) - findings.length
  return (
    <Section title={words.findings} {...(health.notes > 0 && { about: words.notes(health.notes) })}>
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Loading lines={4} />}
      {findings.length > 0 && (
        <ul className={classes.list}>
          {findings.map((finding) => (
            <Row key={`${finding.kind}${finding.path}${finding.text}`} finding={finding} />
          ))}
        </ul>
      )}
      {left > 0 && (
        <Button mt={8} size="compact-sm" variant="subtle" onClick={() => void fetchNextPage()}>
          {words.more(left)}
        </Button>
      )}
    </Section>
  )
}

function Row({ finding: { weight, item, path, text, remedy } }: { readonly finding: HealthFinding }) {
  return (
    <li className={classes.item}>
      {weight === 'finding' ? <Tag tone="warn">{words.findingWord}</Tag> : <Tag>{words.noteWord}</Tag>}
      <div className={classes.body} data-selectable>
        <strong>
          <bdi>{path === '' ? words.vaultItself : path}</bdi>
        </strong>
        <p>{text}</p>
        {remedy !== '' && <p>{remedy}</p>}
      </div>
      {item !== null && (
        <Button size="compact-sm" variant="default" onClick={() => void showItem(item)}>
          {words.showItem}
        </Button>
      )}
    </li>
  )
}

const showItem = (item: ItemId) =>
  attempt(async () => {
    const order = { by: 'name', descending: false } as const
    const { folder } = await ask('items.position', { item, order })
    openFolder(folder, item)
  })
