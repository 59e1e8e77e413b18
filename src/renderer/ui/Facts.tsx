import type { ReactNode } from 'react'
import classes from './Facts.module.css'

export type Fact = { readonly label: string; readonly value: ReactNode }

/** Facts in two columns: what, and its value. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, value }) => (
        <div key={label} className={classes.fact}>
          <dt>{label}</dt>
          <dd data-selectable>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
