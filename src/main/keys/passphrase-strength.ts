import { fail, type Secret } from '../base/index.ts'

/** zxcvbn's scale: 0 too guessable … 4 very unguessable. 3 stands 10^8 guesses, each half a second here. */
const LEAST_SCORE = 3

/**
 * How hard a passphrase is to guess, by @zxcvbn-ts with its common and English lists; it needs a string, which can't be
 * zeroed.
 *
 * @returns its score, 0..4, and its own words about a weak one; empty: it has none
 */
export async function passphraseStrength(
  passphrase: Secret,
): Promise<{ readonly score: number; readonly warning: string }> {
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
  const { score, feedback } = passphrase.use((bytes) =>
    zxcvbn.check(Buffer.from(bytes.buffer).toString('utf8')),
  )
  return { score, warning: feedback.warning ?? '' }
}

/** Refuses a passphrase that a guesser would soon try. @throws PASSPHRASE_WEAK with its reason */
export async function demandStrongPassphrase(passphrase: Secret): Promise<void> {
  const { score, warning } = await passphraseStrength(passphrase)
  if (score >= LEAST_SCORE) return
  const reason = warning === '' ? 'It would soon be guessed.' : warning
  fail('PASSPHRASE_WEAK', `This passphrase is too weak to keep files private. ${reason}`, { score })
}
