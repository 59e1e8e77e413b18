/**
 * Names that may be written on this system (SECURITY control 7). A name is one step of a path: it never
 * leads anywhere else.
 */
export type SafeName =
  | { readonly kind: 'kept'; readonly name: string }
  | { readonly kind: 'renamed'; readonly name: string; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }

const MAX_NAME_BYTES = 255
const WINDOWS_DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i
const WINDOWS_FORBIDDEN = /[\\:*?"<>|]/
const bytes = (text: string): number => Buffer.byteLength(text)

/** What becomes of `name` on `platform` when a file is written under it. */
export function safeName(name: string, platform: NodeJS.Platform = process.platform): SafeName {
  if (name === '') return { kind: 'refused', why: 'it is empty' }
  if (name === '.' || name === '..') return { kind: 'refused', why: 'it means a folder, not a file' }
  if (name.includes('/')) return { kind: 'refused', why: 'it holds a “/”' }
  if (name.includes('\0')) return { kind: 'refused', why: 'it holds a zero byte' }
  if (platform === 'win32') return windowsName(name)
  return bytes(name) > MAX_NAME_BYTES ? shortened(name) : { kind: 'kept', name }
}

function windowsName(name: string): SafeName {
  if (WINDOWS_FORBIDDEN.test(name))
    return { kind: 'refused', why: 'it holds a character that Windows forbids' }
  for (const char of name) {
    if (char < ' ') return { kind: 'refused', why: 'it holds a control character' }
  }
  const trimmed = name.replace(/[. ]+$/, '')
  if (trimmed === '')
    return { kind: 'refused', why: 'Windows drops dots and spaces at the end, and nothing is left' }
  const free = WINDOWS_DEVICES.test(trimmed) ? `_${trimmed}` : trimmed
  if (bytes(free) > MAX_NAME_BYTES) return shortened(free)
  return free === name
    ? { kind: 'kept', name }
    : { kind: 'renamed', name: free, why: 'Windows keeps that name for itself' }
}

/** Cuts whole characters out of the middle, so that the extension stays. */
function shortened(name: string): SafeName {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && bytes(name.slice(dot)) <= 32 ? name.slice(dot) : ''
  const stem = [...name.slice(0, name.length - extension.length)]
  while (bytes(stem.join('')) + bytes(`…${extension}`) > MAX_NAME_BYTES) stem.pop()
  return { kind: 'renamed', name: `${stem.join('')}…${extension}`, why: 'it is longer than 255 bytes' }
}

/** “report.txt” → “report (2).txt”: for a second file of a name. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 ? dot : name.length
  return `${name.slice(0, at)} (${number})${name.slice(at)}`
}

// Characters that would move the cursor, hide text or reverse its direction on a screen.
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** A path or text of foreign origin, fit for a screen: control and bidi characters as `\u{…}`. */
export function displayText(text: string): string {
  return text.replace(UNSHOWABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}
