/**
 * Every way Strongroom can refuse or fail: the closed set of error codes, the exit code of each and what
 * the person can do next. Imports nothing, so that the window may use it too.
 *
 * Exit codes (docs/cli.md): 1 unexpected · 2 usage · 3 locked or wrong secret · 4 integrity · 5 key can't
 * be used · 6 policy · 7 not found · 8 destination exists · 9 busy · 10 storage · 11 unsupported ·
 * 130 interrupted. A number once given stays reserved.
 */
export type CodeEntry = { readonly exit: number; readonly next: string }

const code = (exit: number, next: string): CodeEntry => ({ exit, next })

export const CODES = {
  // 1: a bug of ours, or a job of which some files failed
  BUG: code(1, 'This is a fault in Strongroom. Please report it with the code above and what you did.'),
  WORKER_CRASHED: code(
    1,
    'Run the same command again: finished files are skipped. If this file fails again, please report it.',
  ),
  JOB_INCOMPLETE: code(
    1,
    'See the failed files above. Mend what they name, then run the same command again: finished files are skipped.',
  ),

  // 2: usage
  USAGE: code(2, 'See `strongroom --help`, or `strongroom <command> --help`.'),
  CALL_REFUSED: code(
    2,
    'Nothing was done. If it happens again, please report it as a fault with what you did.',
  ),
  PASSPHRASE_WEAK: code(
    2,
    'Choose a longer one (five random words do), or pass --allow-weak-passphrase to use it all the same.',
  ),
  PASSPHRASE_EMPTY: code(2, 'Give a passphrase of at least one character, in the first line of the file.'),
  KEY_FILE_INVALID: code(2, 'Give a file of exactly 16, 24 or 32 bytes: the raw AES key and nothing else.'),

  KMS_NAME_INVALID: code(
    2,
    'Give a key’s ARN (arn:aws:kms:…:key/…), an alias (alias/…) or a key id of AWS KMS.',
  ),
  KMS_POLICY_REFUSED: code(
    2,
    'Nothing was changed. Mend the policy where AWS says; it must leave you the right to change it again.',
  ),

  // 3: locked
  KEY_NOT_GIVEN: code(
    3,
    'Give the key it names: --passphrase-file, --passphrase-stdin or --raw-aes-key-file.',
  ),
  PASSPHRASE_WRONG: code(
    3,
    'Nothing was changed. Check the passphrase (Caps Lock, keyboard layout) and try again.',
  ),
  KEY_MISMATCH: code(
    3,
    'Nothing was changed. `strongroom inspect` shows the namespace and name of the keys that open it.',
  ),
  KEY_REFUSED: code(
    3,
    'Nothing was changed. Either the key is another one of that name, or pairs for --context are missing, or the file was changed.',
  ),
  CONTEXT_CONTRADICTED: code(
    3,
    'Nothing was changed. `strongroom inspect` shows the pairs that the message stores.',
  ),
  VAULT_LOCKED: code(
    3,
    'Give --passphrase-file, --passphrase-stdin or --recovery-file, or open it where its keychain entry is.',
  ),
  WAY_IN_MISSING: code(3, 'Open the vault another way: by the keychain, a passphrase or a recovery code.'),
  RECOVERY_CODE_MISTYPED: code(
    3,
    'Compare it with the code as it was shown or written down: 14 groups of 4 letters and digits.',
  ),
  RECOVERY_CODE_WRONG: code(
    3,
    'Nothing was changed. Look for the code that was saved for this vault: each vault has its own.',
  ),

  KMS_KEY_UNCONFIRMED: code(
    3,
    'Nothing was asked of AWS. Compare the ARN with what the vault’s owner told you; then confirm it with --kms ARN.',
  ),

  // 4: integrity
  MESSAGE_TRUNCATED: code(4, 'Restore this file from a backup, or from the older versions your cloud keeps.'),
  MESSAGE_TAMPERED: code(4, 'Restore this file from a backup, or from the older versions your cloud keeps.'),
  MESSAGE_MALFORMED: code(
    4,
    'If it should be a sealed file, restore it from a backup, or from the older versions your cloud keeps.',
  ),
  MESSAGE_COMMITMENT: code(
    4,
    'Do not trust this file. Restore it from a backup, or ask its sender for a new one.',
  ),
  KDF_BOUNDS: code(4, 'Do not trust this file: it asks for work that Strongroom would never ask for.'),
  KEYS_FILE_DAMAGED: code(
    4,
    'Put this file back from a backup, or from the older versions your cloud keeps. Change nothing else.',
  ),
  KEYS_FILE_MISSING: code(
    4,
    'Wait until the folder is wholly synced, or put this file back from a backup. Change nothing else.',
  ),
  KEY_RECORD_DAMAGED: code(
    4,
    'Put the file that holds it back from a backup, or from the older versions your cloud keeps.',
  ),
  KEY_COMMITMENT: code(
    4,
    'Do not trust this file: it holds another key than it says. Restore it from a backup.',
  ),
  KEY_COPY_DAMAGED: code(
    4,
    'Open the vault another way (keychain, another copy, recovery code), or restore this copy from a backup.',
  ),
  KEYCHAIN_ENTRY_WRONG: code(
    4,
    'Nothing was changed. Open the vault by a passphrase or recovery code; then delete this entry in the system’s keychain program and open again: Strongroom writes it anew.',
  ),
  JOURNAL_DAMAGED: code(
    4,
    'What else the journal holds is used. Restore the file it names from a backup, or from the older versions your cloud keeps.',
  ),
  JOURNAL_ROLLED_BACK: code(
    4,
    'Nothing is written until this is settled. Let the folder sync; if the vault was restored on purpose, see `strongroom check --accept-rollback`.',
  ),
  INDEX_DAMAGED: code(
    4,
    'Nothing is lost: the index holds nothing that the vault doesn’t. Run `strongroom repair --rebuild-index`.',
  ),
  ANCHORS_DAMAGED: code(
    4,
    'Restore it from a backup of this computer; or run `strongroom state forget`, and compare the vault’s fingerprint when you open it again.',
  ),
  ENTRY_DAMAGED: code(4, 'Restore this file from a backup, or from the older versions your cloud keeps.'),
  VAULT_REPLACED: code(
    4,
    'Do not use this folder until you know why. If you put the other vault there yourself, run `strongroom state forget` for the old one.',
  ),
  EPOCH_CONFLICT: code(
    4,
    'Reading goes on; nothing is written. Ask the other devices which of the two changes of keys is meant to stay.',
  ),
  EPOCH_AWAITED: code(4, 'Let the folder sync wholly. Until then the vault is read, and nothing is written.'),
  MESSAGE_PURGED: code(4, 'It was removed for ever; `strongroom repair` takes it away.'),
  JOURNAL_INCOMPLETE: code(4, 'Let the folder sync wholly, then run `strongroom repair` again.'),
  MESSAGE_MISSING: code(
    4,
    'Wait until the folder is wholly synced, or restore this file from a backup; `strongroom check` names all that is missing.',
  ),
  KMS_KEY_NOT_TRUSTED: code(
    4,
    'Nothing was sent to AWS. If the vault’s owner added this key, let the folder sync wholly and open the vault again.',
  ),
  KMS_ALIAS_MOVED: code(
    4,
    'The vault goes on with the key it trusts. Ask who moved the alias, and why; `strongroom key add --kms` adds the other key.',
  ),
  KMS_CIPHERTEXT_REFUSED: code(
    4,
    'Restore this file from a backup, or open it by another way in: it holds a key that this KMS key did not wrap for it.',
  ),
  KMS_ANSWER_WRONG: code(
    4,
    'Nothing was kept of it. Check AWS_ENDPOINT_URL_KMS and any proxy: something answers that is not AWS KMS.',
  ),
  NOT_A_FILE: code(
    4,
    'Something that is no regular file stands where a file was. Remove it, and restore the file from a backup.',
  ),

  // 5: a key can't be used
  KEYCHAIN_UNAVAILABLE: code(
    5,
    'Start the system’s keychain (on Linux a Secret Service such as GNOME Keyring or KWallet), or use a passphrase or recovery code.',
  ),
  KEYCHAIN_LOCKED: code(
    5,
    'Unlock the system’s keychain and try again, or use a passphrase or recovery code.',
  ),
  KEYCHAIN_NOT_KEPT: code(
    5,
    'The system’s keychain did not keep what was given to it. Use a passphrase or recovery code, and check the keychain.',
  ),

  KEY_DISABLED: code(
    5,
    'Its owner disabled this key version. `strongroom key enable` takes that back; nothing was changed.',
  ),
  EPOCH_NOT_OPEN: code(
    5,
    'Reading what was there before goes on; nothing is written. Ask whoever changed the keys to add this way in again.',
  ),

  KMS_ACCESS_DENIED: code(
    5,
    'Nothing was changed. Whoever is named above can mend it; other ways in still open the vault.',
  ),
  KMS_KEY_DISABLED: code(
    5,
    'Nothing was changed. An administrator of the key can enable it again; other ways in still open the vault.',
  ),
  KMS_KEY_PENDING_DELETION: code(
    5,
    'An administrator of the key can take that back until its date: `strongroom kms cancel-deletion`. After it whatever only this key opens is lost.',
  ),
  KMS_KEY_UNAVAILABLE: code(
    5,
    'Nothing was changed. Try again later, or ask an administrator of the key: it may lack its key material or key store.',
  ),
  KMS_KEY_UNSUITABLE: code(
    5,
    'Nothing was changed. Choose a customer-managed, symmetric KMS key for encrypting and decrypting.',
  ),
  KMS_KEY_NOT_FOUND: code(
    5,
    'Check the ARN, its region and account. A key that was deleted can’t be had back; other ways in still open the vault.',
  ),
  KMS_ALIAS_NOT_FOUND: code(
    5,
    'Check the alias and the region (AWS_REGION), or give the key’s ARN: the vault itself needs no alias.',
  ),
  KMS_REGION_MISSING: code(
    5,
    'Set AWS_REGION, choose a profile that has a region, or give the key’s whole ARN.',
  ),
  KMS_WRONG_REGION: code(
    5,
    'Check AWS_ENDPOINT_URL_KMS, AWS_REGION and the profile: a key is called in the region that its ARN names.',
  ),
  KMS_CREDENTIALS_MISSING: code(
    5,
    'Sign in as for the AWS command line (`aws configure sso`, `aws sso login`, AWS_PROFILE), then try again.',
  ),
  KMS_CREDENTIALS_EXPIRED: code(
    5,
    'Sign in to AWS again (`aws sso login`, or new session credentials), then try again.',
  ),
  KMS_CREDENTIALS_REFUSED: code(
    5,
    'Check which credentials are in use (AWS_PROFILE, AWS_ACCESS_KEY_ID) and the clock of this computer.',
  ),
  KMS_THROTTLED: code(
    5,
    'Nothing is lost. Run the same command again later: what is done is skipped. Fewer at once, or a higher AWS quota, helps.',
  ),
  KMS_UNREACHABLE: code(
    5,
    'Check the network, the proxy and AWS_ENDPOINT_URL_KMS, then try again; other ways in still open the vault.',
  ),
  KMS_LIMIT_REACHED: code(5, 'Nothing was changed. Ask AWS for a higher quota, or use another key.'),
  KMS_UNEXPECTED: code(
    5,
    'Nothing was changed. The words above are AWS’s own; please report it if they don’t help.',
  ),

  // 6: policy
  KEY_NEEDED: code(
    6,
    'Nothing was changed. `strongroom key impact` lists what needs it; `strongroom key rewrap` moves that to the active version.',
  ),
  LAST_WAY_IN: code(
    6,
    'Nothing was changed. Add another way in first (`strongroom key add`), or give --leave-keychain-only.',
  ),
  REMOVE_SOURCE_UNSAFE: code(
    6,
    'Your files were kept. Test the recovery code first (`strongroom recovery test`), or give the vault a passphrase.',
  ),

  POLICY_DENIED: code(
    6,
    'Nothing was changed. Do what the rule asks for; `strongroom policy explain` shows every rule that has a say, `strongroom policy set` changes one.',
  ),
  POLICY_CONFIRMATION: code(6, 'Nothing was done. If it is meant, confirm it: run it again with --yes.'),

  // 7: not found
  VAULT_NOT_FOUND: code(7, 'Check the path; `strongroom init` makes a new vault.'),
  KEY_NOT_FOUND: code(7, '`strongroom key ls` shows the vault’s keys, their versions and ways in.'),
  ITEM_NOT_FOUND: code(
    7,
    '`strongroom ls` shows what the vault holds, `strongroom ls --bin` what is in its bin.',
  ),
  HANDLE_UNKNOWN: code(7, 'Choose it, or drop it, once more.'),
  NOT_FOUND: code(7, 'Check the path and its spelling.'),

  // 8: destination exists
  DESTINATION_EXISTS: code(8, 'Choose another folder with --to, or pass --overwrite or --keep-both.'),

  ITEM_EXISTS: code(8, 'Choose another name, or move away what is there. Nothing was changed.'),

  // 9: busy
  VAULT_BUSY: code(
    9,
    'Another Strongroom program is working on this vault. Wait until it is done, then run the same command again.',
  ),
  KEY_CHANGED: code(
    9,
    'Another Strongroom program gave the vault a new key meanwhile. Run the same command again.',
  ),
  INDEX_REPLACED: code(
    9,
    'Another Strongroom program opened this vault under a newer key. Run the same command again, or open the vault again.',
  ),

  // 10: storage
  NO_SPACE: code(10, 'Free some space, then run the same command again: finished files are skipped.'),
  FILE_TOO_BIG: code(10, 'Raise the limit (`ulimit -f`), or write to a disk that holds larger files.'),
  IO_ERROR: code(
    10,
    'Check the disk and its connection, then run the same command again: finished files are skipped.',
  ),
  ACCESS_DENIED: code(10, 'Check the permissions of this file and of the folder it is in.'),
  READ_ONLY: code(10, 'This place is read-only. Choose another folder with --to, or make it writable.'),
  SOURCE_CHANGED: code(10, 'Another program is writing to it. Run the same command again when it is done.'),
  TOO_MANY_FILES: code(
    10,
    'Raise the limit of open files (`ulimit -n`), or close other programs, and run it again.',
  ),
  SEGMENT_REPLACED: code(
    10,
    'A sync tool or another program put an older file there. Run the same command again: it goes on in a new file.',
  ),
  NAME_REFUSED: code(10, 'This name can’t be written safely on this system. Rename the file and try again.'),
  NAME_TOO_LONG: code(10, 'Give it a shorter name: with “.sealed” it must fit in 255 bytes.'),
  PATH_UNSAFE: code(
    10,
    'A folder on the way was replaced by a link while the job ran. Nothing was written there. Check who did it.',
  ),
  CLOCK_UNUSABLE: code(10, 'Nothing was recorded. Set the date of this computer right, then try again.'),

  // 11: unsupported
  MESSAGE_UNSUPPORTED: code(
    11,
    'Open it with the AWS Encryption SDK that wrote it. Strongroom opens version 2 messages with key commitment.',
  ),
  VAULT_UNSUPPORTED: code(11, 'Update Strongroom: a newer one wrote this vault. Nothing was changed.'),
  JOURNAL_LIMIT: code(
    11,
    'Nothing was recorded. What must be recorded in one piece is over 1 MiB: purge old versions of this item first.',
  ),
  STATE_UNSUPPORTED: code(
    11,
    'Update Strongroom: a newer one keeps what this computer knows of the vault. Nothing was changed.',
  ),

  // 130: interrupted
  INTERRUPTED: code(
    130,
    'Nothing half-made is left. Run the same command again to go on with what is missing.',
  ),
} as const satisfies Record<string, CodeEntry>

export type ErrorCode = keyof typeof CODES

/** Why an entry of a tree was passed over; not an error, but always said. */
export const SKIPS = {
  SYMLINK: 'a symbolic link; links are not followed',
  SOCKET: 'a socket; it has no contents to keep',
  FIFO: 'a named pipe; it has no contents to keep',
  DEVICE: 'a device; it has no contents to keep',
  ALREADY_SEALED: 'sealed already',
  NOT_SEALED: 'not a .sealed file',
  DONE: 'done before: same size and time',
  IN_VAULT: 'the vault has a file of that name',
} as const

export type SkipCode = keyof typeof SKIPS
