import type { ReactNode } from 'react'
import classes from './Screen.module.css'

type Props = {
  readonly title: string
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** The body fills the height and scrolls by itself (a grid); otherwise the page scrolls. */
  readonly fills?: boolean
}

/** A screen: its title, what can be done on it, its body. */
export function Screen({ title, about, actions, children, fills = false }: Props) {
  return (
    <section className={classes.screen} aria-labelledby="screen-title">
      <div className={classes.head}>
        <div className={classes.title}>
          <h1 id="screen-title" tabIndex={-1}>
            {title}
          </h1>
          {about !== undefined && <p>{about}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      <div className={fills ? classes.filled : classes.scrolls}>{children}</div>
    </section>
  )
}

type SectionProps = {
  readonly title: string
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** One group of a screen that scrolls. */
export function Section({ title, about, actions, children }: SectionProps) {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.sectionHead}>
        <div>
          <h2>{title}</h2>
          {about !== undefined && <p>{about}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}
