import type { ReactNode } from 'react'
import classes from './Tag.module.css'

type Props = { readonly tone?: 'plain' | 'good' | 'warn' | 'danger'; readonly children: ReactNode }

/** A state in a word. */
export function Tag({ tone = 'plain', children }: Props) {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  )
}
