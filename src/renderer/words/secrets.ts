/** Words around passphrases and codes. */
export const secrets = {
  passphrase: 'Passphrase',
  newPassphrase: 'New passphrase',
  repeat: 'The same again',
  show: 'Show what was typed',
  hide: 'Hide what was typed',
  capsLock: 'Caps Lock is on.',
  differ: 'The two are not the same.',
  empty: 'Type a passphrase.',
  advice: 'Five or six random words are strong and easy to type.',
  strength: ['Very weak', 'Weak', 'Not strong enough', 'Strong', 'Very strong'] as const,
  strengthLabel: (word: string) => `Strength: ${word}`,
  allowWeak: 'Use it although it is easy to guess',
} as const
