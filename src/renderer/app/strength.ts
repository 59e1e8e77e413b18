/**
 * How strong a passphrase is, on zxcvbn's scale from 0 (at once) to 4 (never). The lists are fetched when first
 * needed. Main demands at least 3 for itself: this only tells it while one types.
 */
export const STRONG_SCORE = 3

type Check = (text: string) => number

let loading: Promise<Check> | undefined

async function load(): Promise<Check> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  })
  // Long texts take long and are strong anyway.
  return (text) => zxcvbn.check(text.slice(0, 100)).score
}

/** @returns 0 to 4 */
export async function strengthOf(text: string): Promise<number> {
  loading ??= load()
  return (await loading)(text)
}
