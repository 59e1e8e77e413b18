import { ActionIcon } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { common } from '../words/common.ts'
import classes from './Steps.module.css'

type Props = {
  readonly title: string
  /** Where in the steps it is: “Step 2 of 3”. */
  readonly step?: string
  readonly onBack?: (() => void) | undefined
  readonly children: ReactNode
}

/** One step of a few, in a narrow column: title, way back, what is asked. */
export function Steps({ title, step, onBack, children }: Props) {
  return (
    <main className={classes.screen} data-region="main">
      <div className={classes.column}>
        <div className={classes.head}>
          {onBack && (
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={common.back} onClick={onBack}>
              <IconArrowLeft size={20} stroke={1.5} className="mirrors" />
            </ActionIcon>
          )}
          <div>
            <h1>{title}</h1>
            {step !== undefined && <p className={classes.step}>{step}</p>}
          </div>
        </div>
        {children}
      </div>
    </main>
  )
}
