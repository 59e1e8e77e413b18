import { fail, type Secret } from '../base/index.ts'

/** zxcvbn's scale: 0 too guessable … 4 very unguessable. 3 stands 10^8 guesses, each half a second here. */
const LEAST_SCORE = 3

/**
 * Refuses a passphrase that a guesser would soon try.
 *
 * Estimated by @zxcvbn-ts with its common and English lists; it needs a string, which can't be zeroed.
 *
 * @throws PASSPHRASE_WEAK with its reason
 */
export async function demandStrongPassphrase(passphrase: Secret): Promise<void> {
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
  if (score >= LEAST_SCORE) return
  const reason =
    feedback.warning === null || feedback.warning === '' ? 'It would soon be guessed.' : feedback.warning
  fail('PASSPHRASE_WEAK', `This passphrase is too weak to keep files private. ${reason}`, { score })
}
