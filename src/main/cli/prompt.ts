import type { Secret } from '../base/index.ts'
import { VaultError } from '../base/index.ts'
import { openPassphrase } from '../vault/index.ts'

const ENTER = new Set([0x0a, 0x0d, 0x04])
const CTRL_C = 0x03
const CTRL_U = 0x15
const BACKSPACE = new Set([0x08, 0x7f])
const MAX_BYTES = 4096

/** Whether there is somebody to ask. */
export const canPrompt = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks for a passphrase without showing it. @throws INTERRUPTED at Ctrl-C · PASSPHRASE_EMPTY */
export async function askPassphrase(question: string): Promise<Secret> {
  return openPassphrase({ kind: 'typed', bytes: await readHidden(question) })
}

/** Asks twice, since a typo would lock the files for good. @throws USAGE the two differ */
export async function askNewPassphrase(): Promise<Secret> {
  const first = await askPassphrase('Passphrase: ')
  using second = await askPassphrase('The same again: ')
  const same = first.use((a) =>
    second.use((b) => a.length === b.length && a.every((byte, i) => byte === b[i])),
  )
  if (same) return first
  first[Symbol.dispose]()
  throw new VaultError('USAGE', 'The two passphrases differ. Nothing was done.')
}

/** Reads a line from the terminal in raw mode, into a buffer that can be zeroed; never into a string. */
function readHidden(question: string): Promise<Uint8Array<ArrayBuffer>> {
  const { stdin, stderr } = process
  const typed = new Uint8Array(MAX_BYTES)
  let length = 0
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.resume()
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
      typed.fill(0)
    }
    const onData = (chunk: Buffer) => {
      for (const byte of chunk) {
        if (byte === CTRL_C) {
          end(() => reject(new VaultError('INTERRUPTED', 'Interrupted at the passphrase. Nothing was done.')))
          break
        }
        if (ENTER.has(byte)) {
          const line = typed.slice(0, length)
          end(() => resolve(line))
          break
        }
        if (byte === CTRL_U) length = 0
        else if (BACKSPACE.has(byte)) length = lastCharacter(typed, length)
        else if (length < MAX_BYTES) typed[length++] = byte
      }
      chunk.fill(0)
    }
    stdin.on('data', onData)
  })
}

/** The length without the last UTF-8 character. */
function lastCharacter(bytes: Uint8Array, length: number): number {
  let at = length
  do at--
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80)
  return Math.max(0, at)
}
