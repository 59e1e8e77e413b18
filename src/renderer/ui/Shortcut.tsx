import { shortcutText } from '../words/shortcut.ts'
import classes from './Shortcut.module.css'

type Props = {
  readonly keys: string
  /** Read out, too; beside a command whose menu says it, it isn't. */
  readonly spoken?: boolean
}

/** A key combination as this system writes it, in an order of its own. */
export function Shortcut({ keys, spoken = false }: Props) {
  return (
    <bdi className={classes.keys} dir="ltr" {...(!spoken && { 'aria-hidden': true })}>
      {shortcutText(keys)}
    </bdi>
  )
}
