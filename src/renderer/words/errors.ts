import { CODES, type ErrorCode } from '../../main/contract/codes.ts'

/** What the window says of a refusal. `next` only where the table's speaks of commands. */
type ErrorWords = { readonly title: string; readonly next?: string }

const AGAIN = 'Try again when that is done. Finished files are skipped.'

const WORDS: Partial<Record<ErrorCode, ErrorWords>> = {
  BUG: { title: 'Something went wrong in Strongroom' },
  WORKER_CRASHED: {
    title: 'A part of Strongroom stopped',
    next: 'Start it again: finished files are skipped. If this file fails again, please report it.',
  },
  JOB_INCOMPLETE: {
    title: 'Some files failed',
    next: 'Mend what they name, then press Retry: finished files are skipped.',
  },

  USAGE: { title: 'That can’t be done', next: 'Nothing was changed.' },
  PASSPHRASE_WEAK: {
    title: 'That passphrase is easy to guess',
    next: 'Choose a longer one: five random words do.',
  },
  PASSPHRASE_EMPTY: { title: 'No passphrase', next: 'Type a passphrase.' },
  KEY_FILE_INVALID: { title: 'That is not a key file' },

  KMS_KEY_UNCONFIRMED: {
    title: 'This KMS key is not confirmed yet',
    next: 'Nothing was asked of AWS. Compare the ARN with what the vault’s owner told you, then confirm it.',
  },
  KEY_NOT_GIVEN: { title: 'A key is needed', next: 'Type the passphrase it was encrypted with.' },
  PASSPHRASE_WRONG: { title: 'That passphrase doesn’t open it' },
  KEY_MISMATCH: {
    title: 'Another key is needed',
    next: 'Nothing was changed. Choose the passphrase or vault that it was encrypted with.',
  },
  KEY_REFUSED: {
    title: 'That key doesn’t open it',
    next: 'Nothing was changed. It was encrypted with another key, or the file was changed.',
  },
  CONTEXT_CONTRADICTED: {
    title: 'Its labels don’t match',
    next: 'Nothing was changed. Open it with the program that made it.',
  },
  VAULT_LOCKED: {
    title: 'The vault is locked',
    next: 'Use its passphrase or recovery code, or open it on the computer whose keychain has its key.',
  },
  WAY_IN_MISSING: { title: 'This vault can’t be opened that way' },
  RECOVERY_CODE_MISTYPED: { title: 'There is a typing mistake in the code' },
  RECOVERY_CODE_WRONG: { title: 'That code belongs to another vault' },

  MESSAGE_TRUNCATED: { title: 'A file is cut short' },
  MESSAGE_TAMPERED: { title: 'A file was changed or damaged' },
  MESSAGE_MALFORMED: { title: 'This is no encrypted file, or a damaged one' },
  MESSAGE_COMMITMENT: { title: 'A file was made to look like another' },
  MESSAGE_PURGED: {
    title: 'A file that was removed for ever came back',
    next: 'It was removed for ever; Repair in Health takes it away.',
  },
  KDF_BOUNDS: { title: 'A file asks for too much work' },
  KEYS_FILE_DAMAGED: { title: 'A key file was changed or damaged' },
  KEYS_FILE_MISSING: { title: 'A key file is missing' },
  KEY_RECORD_DAMAGED: { title: 'A file’s key record is damaged' },
  KEY_COMMITMENT: { title: 'A file’s key is not the one it names' },
  KEY_COPY_DAMAGED: { title: 'This way in is damaged' },
  KEYCHAIN_ENTRY_WRONG: { title: 'The keychain holds another key' },
  JOURNAL_DAMAGED: { title: 'The vault’s record is damaged' },
  JOURNAL_INCOMPLETE: {
    title: 'The vault’s record is not all here yet',
    next: 'Let the folder sync wholly, then press Repair again.',
  },
  JOURNAL_ROLLED_BACK: {
    title: 'This vault is older than what this computer has seen',
    next: 'Let the folder finish syncing. If you put back an older copy on purpose, accept it in Health.',
  },
  INDEX_DAMAGED: {
    title: 'The list of files must be made anew',
    next: 'Nothing is lost. In Health, press “Make it anew”.',
  },
  ANCHORS_DAMAGED: {
    title: 'What this computer knows of the vault is damaged',
    next: 'Restore it from a backup of this computer, or ask for help before you go on.',
  },
  ENTRY_DAMAGED: { title: 'A name in the vault is damaged' },
  VAULT_REPLACED: {
    title: 'Another vault is in this place now',
    next: 'Do not use this folder until you know why.',
  },
  EPOCH_CONFLICT: { title: 'Two devices changed the keys at once' },
  MESSAGE_MISSING: {
    title: 'A file’s contents are missing',
    next: 'Wait until the folder is wholly synced, or restore this file from a backup. Health names all that is missing.',
  },
  NOT_A_FILE: { title: 'Something else stands in a file’s place' },

  KMS_NAME_INVALID: { title: 'That is no name of a KMS key' },
  POLICY_DENIED: {
    title: 'A rule of this vault denies that',
    next: 'Nothing was changed. Do what the rule asks for, or change it under Policy.',
  },
  POLICY_CONFIRMATION: {
    title: 'A rule of this vault wants that confirmed',
    next: 'Nothing was done. Confirm it, if it is meant.',
  },
  KMS_POLICY_REFUSED: { title: 'AWS refused the new key policy' },
  KMS_KEY_NOT_TRUSTED: { title: 'This vault doesn’t trust that KMS key' },
  KMS_ALIAS_MOVED: {
    title: 'The alias names another key now',
    next: 'The vault goes on with the key it trusts. Ask who moved the alias, and why.',
  },
  KMS_CIPHERTEXT_REFUSED: { title: 'AWS KMS doesn’t know this file’s key' },
  KMS_ANSWER_WRONG: { title: 'The answer is not from AWS KMS' },
  KMS_ACCESS_DENIED: { title: 'AWS doesn’t allow you to use that key' },
  KMS_KEY_DISABLED: { title: 'That KMS key is disabled' },
  KMS_KEY_PENDING_DELETION: {
    title: 'That KMS key is about to be deleted',
    next: 'An administrator of the key can take that back until its date. After it whatever only this key opens is lost.',
  },
  KMS_KEY_UNAVAILABLE: { title: 'That KMS key can’t be used now' },
  KMS_KEY_UNSUITABLE: { title: 'That kind of KMS key can’t be used' },
  KMS_KEY_NOT_FOUND: { title: 'There is no such KMS key' },
  KMS_ALIAS_NOT_FOUND: {
    title: 'There is no such alias',
    next: 'Check the alias and the region, or give the key’s ARN.',
  },
  KMS_REGION_MISSING: {
    title: 'No AWS region is set',
    next: 'Choose a profile that has a region, or give the key’s whole ARN.',
  },
  KMS_WRONG_REGION: { title: 'That is the wrong AWS region' },
  KMS_CREDENTIALS_MISSING: {
    title: 'You are not signed in to AWS',
    next: 'Sign in to AWS on this computer (a profile, or single sign-on), then try again.',
  },
  KMS_CREDENTIALS_EXPIRED: {
    title: 'Your sign-in to AWS has expired',
    next: 'Sign in to AWS again, then try again. Nothing was changed.',
  },
  KMS_CREDENTIALS_REFUSED: { title: 'AWS doesn’t accept your credentials' },
  KMS_THROTTLED: {
    title: 'AWS KMS is too busy for this account',
    next: 'Nothing is lost. Try again later: what is done is skipped.',
  },
  KMS_UNREACHABLE: { title: 'AWS KMS can’t be reached' },
  KMS_LIMIT_REACHED: { title: 'A limit of AWS KMS is reached' },
  KMS_UNEXPECTED: { title: 'AWS KMS did not do that' },

  KEYCHAIN_UNAVAILABLE: { title: 'The keychain can’t be reached' },
  KEYCHAIN_LOCKED: { title: 'The keychain is locked' },
  KEYCHAIN_NOT_KEPT: { title: 'The keychain did not keep the key' },
  EPOCH_NOT_OPEN: { title: 'The keys changed without this way in' },
  KEY_DISABLED: {
    title: 'That key is disabled',
    next: 'Nothing was changed. Whoever disabled it can enable it again.',
  },

  REMOVE_SOURCE_UNSAFE: {
    title: 'Your originals were kept',
    next: 'Test the recovery code in Keys first, or give the vault a passphrase.',
  },
  KEY_NEEDED: {
    title: 'Files still need that key',
    next: 'Nothing was changed. Move them to the active version first.',
  },
  LAST_WAY_IN: {
    title: 'That is the last way in',
    next: 'Nothing was changed. Make another way in first, such as a recovery code.',
  },

  VAULT_NOT_FOUND: { title: 'There is no vault here', next: 'Choose its folder, or make a new vault.' },
  ITEM_NOT_FOUND: { title: 'It is no longer there', next: 'It may have been moved, or be in the bin.' },
  KEY_NOT_FOUND: { title: 'There is no such key', next: 'Keys shows the vault’s keys and their versions.' },
  HANDLE_UNKNOWN: { title: 'That choice is no longer known' },
  NOT_FOUND: {
    title: 'It can’t be found',
    next: 'Check that the drive is connected and the folder still there.',
  },

  DESTINATION_EXISTS: {
    title: 'There is something of that name already',
    next: 'Choose another folder, or keep both. Nothing was overwritten.',
  },
  ITEM_EXISTS: { title: 'That name is taken', next: 'Choose another name. Nothing was changed.' },

  VAULT_BUSY: {
    title: 'Another program is using this vault',
    next: 'Wait until it is done, then try again.',
  },
  KEY_CHANGED: {
    title: 'The vault got a new key meanwhile',
    next: 'Nothing was recorded. Close the vault, open it again, and do it once more.',
  },
  INDEX_REPLACED: {
    title: 'The vault’s keys changed meanwhile',
    next: 'Lock the vault and open it again.',
  },

  NO_SPACE: { title: 'The disk is full', next: `Free some space. ${AGAIN}` },
  FILE_TOO_BIG: {
    title: 'That disk can’t hold a file of this size',
    next: 'Use a disk that holds larger files.',
  },
  IO_ERROR: { title: 'The disk gave an error', next: `Check the disk and its connection. ${AGAIN}` },
  ACCESS_DENIED: { title: 'Not allowed to read or write there' },
  READ_ONLY: {
    title: 'This place is read-only',
    next: 'Choose another folder, or make it writable.',
  },
  SOURCE_CHANGED: {
    title: 'A file was changed while it was read',
    next: 'Another program is writing to it. Retry when it is done.',
  },
  TOO_MANY_FILES: { title: 'Too many files are open', next: 'Close other programs, then retry.' },
  SEGMENT_REPLACED: {
    title: 'A file of the vault was replaced',
    next: 'A sync tool or another program put an older file there. Try again: it goes on in a new file.',
  },
  NAME_REFUSED: { title: 'That name can’t be used here' },
  NAME_TOO_LONG: { title: 'That name is too long' },
  PATH_UNSAFE: { title: 'A folder was swapped while it was used' },
  CLOCK_UNUSABLE: { title: 'The clock of this computer is wrong' },

  MESSAGE_UNSUPPORTED: { title: 'A kind of file that Strongroom doesn’t open' },
  VAULT_UNSUPPORTED: { title: 'A newer Strongroom made this vault' },
  JOURNAL_LIMIT: {
    title: 'Too much in one piece',
    next: 'Nothing was recorded. Remove old versions of this file first.',
  },
  STATE_UNSUPPORTED: { title: 'A newer Strongroom was used on this computer' },

  INTERRUPTED: { title: 'Stopped', next: 'Nothing half-made is left. Start it again to go on.' },
}

/** The title of a code that has no words of its own yet, by its group. */
const GROUPS: Readonly<Record<number, string>> = {
  1: 'That did not work',
  2: 'That can’t be done',
  3: 'That doesn’t open it',
  4: 'Something was changed or damaged',
  5: 'A key can’t be used',
  6: 'The vault’s rules don’t allow that',
  7: 'It can’t be found',
  8: 'There is something of that name already',
  9: 'Another program is using this vault',
  10: 'The disk gave an error',
  11: 'This Strongroom can’t open that',
  130: 'Stopped',
}

/** What to call a refusal, in a few words. */
export const errorTitle = (code: ErrorCode): string =>
  WORDS[code]?.title ?? GROUPS[CODES[code].exit] ?? 'That did not work'

/** What the person can do now, in the window's terms. */
export const errorNext = (code: ErrorCode): string => WORDS[code]?.next ?? CODES[code].next
