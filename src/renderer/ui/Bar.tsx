import classes from './Bar.module.css'

type Props = {
  /** From 0 to 1; undefined: it isn't known yet. */
  readonly share: number | undefined
  readonly label: string
  readonly state?: 'running' | 'paused' | 'failed' | 'done'
}

/** How far something is. */
export function Bar({ share, label, state = 'running' }: Props) {
  const percent = share === undefined ? undefined : Math.floor(share * 100)
  return (
    <div
      className={classes.bar}
      data-state={state}
      data-unknown={share === undefined || undefined}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent !== undefined && { 'aria-valuenow': percent })}
    >
      <div className={classes.fill} style={{ transform: `scaleX(${share ?? 1})` }} />
    </div>
  )
}
