import { Button } from '@mantine/core'
import { useState } from 'react'
import type { JobId } from '../../main/contract/ipc/inputs.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { jobs as words } from '../words/jobs.ts'
import { attempt } from './acts.ts'
import { ask } from './bridge.ts'

/** Stops a job, after asking. */
export function CancelJob({ job }: { readonly job: JobId }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
        {words.cancel}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={words.cancelTitle}
        verb={words.cancelVerb}
        keep={words.cancelKeep}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          void attempt(() => ask('jobs.cancel', { job }))
        }}
      >
        <p>{words.cancelBody}</p>
      </ConfirmDialog>
    </>
  )
}
