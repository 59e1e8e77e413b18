import { counted, some } from './format.ts'

/** Words of the window that encrypts and decrypts files without a vault. */
export const seal = {
  title: 'Encrypt or decrypt files',
  about:
    'With a passphrase, without a vault. Your files stay where they are; the results are new files beside them.',
  drop: 'Drop files or folders here',
  dropBody: 'Files to encrypt, or files ending in “.sealed” to decrypt.',
  chooseFiles: 'Choose files…',
  chooseFolder: 'Choose a folder…',
  mixed: 'Encrypted and plain files were dropped together. Drop the one kind or the other.',
  nothing: 'Nothing that was dropped is a file or folder on this computer.',
  clear: 'Start again',
  encryptTitle: (names: readonly string[]) => `Encrypt ${some(names)}`,
  decryptTitle: (names: readonly string[]) => `Decrypt ${some(names)}`,
  count: (n: number) => counted(n, 'thing chosen', 'things chosen'),
  encryptNote: 'Names stay readable: “Deed.pdf” becomes “Deed.pdf.sealed”. A vault hides names, too.',
  decryptNote: 'Each file gets its name only when all of it was verified.',
  folderWhich: 'What shall be done with the folder?',
  encrypt: 'Encrypt',
  decrypt: 'Decrypt',
  where: 'Where the results go',
  beside: 'Beside each file',
  choosePlace: 'Choose a folder…',
  besideAgain: 'Beside each file instead',
  exists: 'If there is something of that name',
  keepBoth: 'Keep both',
  fail: 'Leave it and say so',
  running: 'Working',
  results: 'What came of it',
  again: 'More files…',
} as const
