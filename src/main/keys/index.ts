export { type Lock, lockOf, type NamedKey, newPassphraseKey, passphraseKeyFor } from './lock.ts'
export { passphraseSecret } from './passphrase.ts'
export { demandStrongPassphrase } from './passphrase-strength.ts'
export { demandOwnName, rawAesKey } from './raw-aes-key.ts'
