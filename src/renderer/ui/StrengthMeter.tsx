import { secrets } from '../words/secrets.ts'
import classes from './StrengthMeter.module.css'

/** How strong a passphrase is, in a word and four steps. Undefined: nothing is typed. */
export function StrengthMeter({ score }: { readonly score: number | undefined }) {
  const word = score === undefined ? '' : (secrets.strength[score] ?? '')
  return (
    <div className={classes.meter} role="status">
      <div className={classes.steps} aria-hidden data-score={score}>
        {[1, 2, 3, 4].map((step) => (
          <span key={step} data-on={(score !== undefined && score >= step) || undefined} />
        ))}
      </div>
      <span className={classes.word}>{word && secrets.strengthLabel(word)}</span>
    </div>
  )
}
