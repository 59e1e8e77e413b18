import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { JobId } from '../../main/contract/ipc/inputs.ts'
import { FailureNotice, Loading } from '../ui/States.tsx'
import { errorNext, errorTitle } from '../words/errors.ts'
import { jobs as words } from '../words/jobs.ts'
import { ask } from './bridge.ts'
import { asFailure } from './failure.ts'
import classes from './JobCard.module.css'

const FETCHED = 100

export const fetchFailed = (job: JobId, from: number) => ask('jobs.failed', { job, from, count: FETCHED })

/** The files that a job could not do, each with its reason. */
export function FailedFiles({ job }: { readonly job: JobId }) {
  const { data, error, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['failed', job],
    queryFn: ({ pageParam }) => fetchFailed(job, pageParam),
    initialPageParam: 0,
    getNextPageParam: (_page, pages) => pages.reduce((sum, { files }) => sum + files.length, 0),
    staleTime: 0,
  })
  if (error !== null) return <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading lines={3} />
  const files = data.pages.flatMap((page) => page.files)
  const left = (data.pages.at(-1)?.total ?? 0) - files.length
  return (
    <>
      <ul className={classes.failed} data-selectable>
        {files.map(({ path, code, message }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one path can fail twice; the list only grows
          <li key={`${at}${path}`}>
            <strong>
              <bdi>{path}</bdi>
            </strong>
            <span>
              {errorTitle(code)}. {message} {errorNext(code)}
            </span>
          </li>
        ))}
      </ul>
      {left > 0 && (
        <Button size="compact-sm" variant="subtle" onClick={() => void fetchNextPage()}>
          {words.moreFailed(left)}
        </Button>
      )}
    </>
  )
}
