import { Button } from '@mantine/core'
import type { FallbackProps } from 'react-error-boundary'
import { Notice } from '../ui/Notice.tsx'
import { common } from '../words/common.ts'
import { shell } from '../words/shell.ts'
import { lockVault } from './acts.ts'
import classes from './Crashed.module.css'
import { useApp } from './store.ts'

/** In place of a part of the window that threw: a fault of ours, which must not take the window along. */
export function Crashed({ error, resetErrorBoundary }: FallbackProps) {
  const open = useApp(({ app }) => app?.vault.kind === 'open')
  return (
    <div className={classes.crashed}>
      <Notice
        tone="danger"
        live
        title={shell.crashed}
        actions={
          <>
            {open && (
              <Button size="xs" variant="default" onClick={() => void lockVault()}>
                {shell.lock}
              </Button>
            )}
            <Button size="xs" onClick={resetErrorBoundary}>
              {common.tryAgain}
            </Button>
          </>
        }
      >
        <p>{shell.crashedBody}</p>
        <code data-selectable>BUG: {error instanceof Error ? error.message : String(error)}</code>
      </Notice>
    </div>
  )
}
