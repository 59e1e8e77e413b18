import type { Secret } from '../base/index.ts'
import { VaultError } from '../base/index.ts'
import { codeFromLine, openPassphrase } from '../vault/index.ts'

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

/** Asks for a recovery code without showing it. @throws RECOVERY_CODE_MISTYPED · INTERRUPTED */
export async function askRecoveryCode(question: string): Promise<Secret> {
  return codeFromLine(await readHidden(question))
}

/** Asks for something that is no secret. @throws INTERRUPTED */
export async function askLine(question: string): Promise<string> {
  return new TextDecoder().decode(await readHidden(question))
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

/**
 * Reads a line from the terminal in raw mode, into a buffer that can be zeroed; never into a string. What was
 * typed ahead after it is left for the next question.
 */
function readHidden(question: string): Promise<Uint8Array<ArrayBuffer>> {
  const { stdin, stderr } = process
  const line = new TypedLine()
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.resume()
  return new Promise((resolve, reject) => {
    let over = false
    const end = (settle: () => void) => {
      if (over) return
      over = true
      stdin.off('data', onData).off('end', onGone)
      // A terminal that is gone refuses this with an 'error', which `onGone` stays to hear.
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
      line.erase()
    }
    const onGone = () => end(() => reject(interrupted('The terminal was closed')))
    const onData = (chunk: Buffer) => {
      const { ended, usedBytes } = line.type(chunk)
      const rest = new Uint8Array(chunk.subarray(usedBytes))
      chunk.fill(0)
      if (ended === undefined) return
      end(() => {
        if (ended === 'interrupted') reject(interrupted('Interrupted'))
        else if (ended === 'too long')
          reject(new VaultError('USAGE', `A passphrase has at most ${MAX_BYTES} bytes. Nothing was done.`))
        else resolve(ended)
      })
      if (rest.length > 0) stdin.unshift(rest)
    }
    stdin.on('data', onData).once('end', onGone).on('error', onGone)
  })
}

const interrupted = (how: string) =>
  new VaultError('INTERRUPTED', `${how} at the passphrase. Nothing was done.`)

/** A line as it is typed, with the keys that a terminal in raw mode leaves to the program. */
class TypedLine {
  readonly #bytes = new Uint8Array(MAX_BYTES)
  #length = 0
  #tooLong = false

  /** @returns how the line ended, if it did, and how much of `chunk` it took */
  type(chunk: Uint8Array): {
    readonly ended: Uint8Array<ArrayBuffer> | 'interrupted' | 'too long' | undefined
    readonly usedBytes: number
  } {
    for (const [index, byte] of chunk.entries()) {
      const usedBytes = index + 1
      if (byte === CTRL_C) return { ended: 'interrupted', usedBytes }
      if (ENTER.has(byte)) {
        return { ended: this.#tooLong ? 'too long' : this.#bytes.slice(0, this.#length), usedBytes }
      }
      if (byte === CTRL_U) this.#length = 0
      else if (BACKSPACE.has(byte)) this.#length = lastCharacter(this.#bytes, this.#length)
      else if (this.#length < MAX_BYTES) this.#bytes[this.#length++] = byte
      else this.#tooLong = true
    }
    return { ended: undefined, usedBytes: chunk.length }
  }

  erase(): void {
    this.#bytes.fill(0)
  }
}

/** The length without the last UTF-8 character. */
function lastCharacter(bytes: Uint8Array, length: number): number {
  let at = length
  do at--
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80)
  return Math.max(0, at)
}
