import { Button, Skeleton } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { common } from '../words/common.ts'
import { Notice } from './Notice.tsx'
import classes from './States.module.css'

/** Grey lines in place of what is being fetched, after 150 ms: what comes sooner never flickers. */
export function Loading({
  lines = 6,
  label = common.loading,
}: {
  readonly lines?: number
  readonly label?: string
}) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={classes.loading} role="status" aria-label={label}>
      {shown &&
        Array.from({ length: lines }, (_, line) => line).map((line) => (
          <Skeleton key={line} height={14} width={`${[72, 54, 88, 40, 66, 58][line % 6]}%`} radius={4} />
        ))}
    </div>
  )
}

type EmptyProps = {
  readonly icon: ReactNode
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
}

/** Nothing is here yet: what goes here, and the one button that brings it. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyIcon} aria-hidden>
        {icon}
      </div>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  )
}

/** A refusal as the window shows it: texts by its code (words/errors.ts). */
export type Failure = {
  readonly code: string
  readonly title: string
  readonly message: string
  readonly next: string
}

type FailureProps = {
  readonly failure: Failure
  readonly onRetry?: (() => void) | undefined
  readonly action?: ReactNode
  readonly onDismiss?: (() => void) | undefined
}

/** What failed, to what, what comes next, its code to copy, and another try. */
export function FailureNotice({ failure, onRetry, action, onDismiss }: FailureProps) {
  return (
    <Notice
      tone="danger"
      live
      title={failure.title}
      actions={
        <>
          {action}
          {onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              {common.tryAgain}
            </Button>
          )}
          {onDismiss && (
            <Button size="xs" variant="default" onClick={onDismiss}>
              {common.close}
            </Button>
          )}
        </>
      }
    >
      <p className={classes.line}>{failure.message}</p>
      <p className={classes.line}>{failure.next}</p>
      <code className={classes.code} data-selectable>
        {failure.code}
      </code>
    </Notice>
  )
}
