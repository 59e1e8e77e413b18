/**
 * Numbers, sizes, dates and plurals as the person's own system writes them. Sizes are in steps of 1000, as
 * file managers show them.
 */
const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const plural = new Intl.PluralRules('en')

export const count = (value: number): string => whole.format(value)

/** “1 file”, “1,204 files”. */
export const counted = (value: number, one: string, other: string): string =>
  `${whole.format(value)} ${plural.select(value) === 'one' ? one : other}`

const STEPS = ['KB', 'MB', 'GB', 'TB', 'PB'] as const

/** A size in bytes, to one decimal: “7.7 KB”. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`
  let value = bytes
  for (const step of STEPS) {
    value /= 1000
    if (value < 999.95) return `${decimal.format(value)} ${step}`
  }
  return `${whole.format(value)} ${STEPS[STEPS.length - 1]}`
}

export const date = (ms: number): string => day.format(ms)
export const dateTime = (ms: number): string => moment.format(ms)

/** “today”, “22 days ago”, “3 months ago”: as coarse as a person would say it. */
export function ago(ms: number, now = Date.now()): string {
  const days = Math.round((ms - now) / 86_400_000)
  if (Math.abs(days) < 60) return relative.format(days, 'day')
  if (Math.abs(days) < 700) return relative.format(Math.round(days / 30.44), 'month')
  return relative.format(Math.round(days / 365.25), 'year')
}

/** A rounded time that is left: “about 2 min”. */
export function aboutTime(seconds: number): string {
  if (seconds < 50) return `about ${Math.max(5, Math.ceil(seconds / 10) * 10)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `about ${Math.max(1, minutes)} min`
  return `about ${decimal.format(minutes / 60)} h`
}

export const speed = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`
export const percent = (share: number): string => `${whole.format(Math.floor(share * 100))} %`

/** “a.txt, b.txt and 3 more”. */
export function some(names: readonly string[], shown = 2): string {
  const first = names.slice(0, shown).join(', ')
  return names.length > shown ? `${first} and ${whole.format(names.length - shown)} more` : first
}
