import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Checkout } from '../../../main/contract/ipc/job-calls.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { useApp } from '../../app/store.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Section } from '../../ui/Screen.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { files as words } from '../../words/files.ts'
import classes from './HealthScreen.module.css'

const TONES = { same: 'plain', saving: 'plain', saved: 'good', gone: 'warn', refused: 'danger' } as const

/** Plain copies that were opened for editing: each stays listed until it is put back or let go. */
export function Copies() {
  const copies = useApp(({ checkouts }) => checkouts)
  const [letting, setLetting] = useState<Checkout>()
  if (copies.length === 0) return null
  return (
    <Section title={words.copies} about={words.copiesBody}>
      <ul className={classes.list}>
        {copies.map((copy) => (
          <li key={copy.checkout} className={classes.item}>
            <div className={classes.body}>
              <strong>
                <bdi>{copy.name}</bdi>
              </strong>
              <p>
                <bdi>{copy.place}</bdi>
              </p>
            </div>
            <Tag tone={TONES[copy.state]}>{words.copyState(copy.state)}</Tag>
            <div className={classes.actions}>
              <Act label={words.copyShow} name="checkouts.show" copy={copy} />
              <Act label={words.copyIn} name="checkouts.check-in" copy={copy} />
              <Button size="compact-sm" variant="default" onClick={() => setLetting(copy)}>
                {words.copyForget}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {letting && (
        <ConfirmDialog
          opened
          title={words.copyForgetTitle(letting.name)}
          verb={words.copyForget}
          onClose={() => setLetting(undefined)}
          onConfirm={() => {
            setLetting(undefined)
            void attempt(() => ask('checkouts.forget', { checkout: letting.checkout }))
          }}
        >
          <p>{words.copyForgetBody}</p>
        </ConfirmDialog>
      )}
    </Section>
  )
}

type ActProps = {
  readonly label: string
  readonly name: 'checkouts.show' | 'checkouts.check-in'
  readonly copy: Checkout
}

const Act = ({ label, name, copy }: ActProps) => (
  <Button
    size="compact-sm"
    variant="default"
    onClick={() => void attempt(() => ask(name, { checkout: copy.checkout }))}
  >
    {label}
  </Button>
)
