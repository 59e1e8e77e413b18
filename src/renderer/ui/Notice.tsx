import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Notice.module.css'

export type Tone = 'info' | 'good' | 'warn' | 'danger'

const ICONS = {
  info: IconInfoCircle,
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  danger: IconCircleX,
} as const

type Props = {
  readonly tone: Tone
  readonly title?: ReactNode
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** A banner over the whole width, without corners. */
  readonly banner?: boolean
  /** Read out when it appears. */
  readonly live?: boolean
}

/** Something the person should know, in place. An icon says its tone too: colour never does alone. */
export function Notice({ tone, title, children, actions, banner = false, live = false }: Props) {
  const Icon = ICONS[tone]
  return (
    <div
      className={classes.notice}
      data-tone={tone}
      data-banner={banner || undefined}
      {...(live && { role: tone === 'danger' ? 'alert' : 'status' })}
    >
      <Icon className={classes.icon} size={18} stroke={1.75} aria-hidden />
      <div className={classes.body}>
        <div className={classes.text}>
          {title !== undefined && <strong>{title}</strong>}
          {children !== undefined && <div>{children}</div>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  )
}
