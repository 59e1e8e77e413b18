/**
 * Logic with three values, after Kleene: what is not known stays not known unless the rest settles it. So an
 * answer of `yes` or `no` holds whatever the missing facts turn out to be.
 */
export type Tri = 'yes' | 'no' | 'unknown'

/** `yes` only if all are; `no` as soon as one is, whatever else is unknown. Of nothing: `yes`. */
export function every(values: readonly Tri[]): Tri {
  if (values.includes('no')) return 'no'
  return values.includes('unknown') ? 'unknown' : 'yes'
}

/** `yes` as soon as one is, whatever else is unknown; `no` only if all are. Of nothing: `no`. */
export function some(values: readonly Tri[]): Tri {
  if (values.includes('yes')) return 'yes'
  return values.includes('unknown') ? 'unknown' : 'no'
}

/** The opposite; what is unknown stays so. */
export function not(value: Tri): Tri {
  if (value === 'unknown') return 'unknown'
  return value === 'yes' ? 'no' : 'yes'
}

/** Of a plain boolean. */
export const tri = (value: boolean): Tri => (value ? 'yes' : 'no')
