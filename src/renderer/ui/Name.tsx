import classes from './Name.module.css'

type Props = {
  /** As main made it fit for a screen: control and bidi characters are written out. */
  readonly shown: string
}

/** A name of a file or folder on one line, in its own direction; cut names keep their ending. */
export function Name({ shown }: Props) {
  const dot = shown.lastIndexOf('.')
  const tail = dot > 0 && shown.length - dot <= 8 ? dot : shown.length
  return (
    <bdi className={classes.name} title={shown}>
      <span className={classes.stem}>{shown.slice(0, tail)}</span>
      {tail < shown.length && <span className={classes.ending}>{shown.slice(tail)}</span>}
    </bdi>
  )
}
