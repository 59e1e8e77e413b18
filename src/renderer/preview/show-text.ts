import { preview as words } from '../words/preview.ts'

/** More would make the page slow and be read by nobody. */
const MAX_CHARACTERS = 1_000_000

/** Shows text as it stands; as UTF-16 if its first bytes say so, else UTF-8. */
export function showText(into: HTMLElement, bytes: ArrayBuffer): void {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength))
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  const lines = document.createElement('pre')
  lines.textContent = text.slice(0, MAX_CHARACTERS)
  into.replaceChildren(lines)
  if (text.length <= MAX_CHARACTERS) return
  const note = document.createElement('p')
  note.textContent = words.cut
  into.append(note)
}
