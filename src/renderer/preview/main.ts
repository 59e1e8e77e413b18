import './preview.css'
import { preview as words } from '../words/preview.ts'
import { showImage } from './show-image.ts'
import { showText } from './show-text.ts'

/**
 * The frame that shows one file. Its origin is its own, it has no bridge; it fetches the file's content once, by
 * the token in its address, and nothing else.
 */
const content = document.getElementById('content')

/** @throws when the token was used before or the vault was locked */
async function fetchContent(token: string): Promise<Response> {
  const response = await fetch(`./content/${token}`)
  if (!response.ok) throw new Error(words.gone)
  return response
}

async function show(into: HTMLElement): Promise<void> {
  const address = new URLSearchParams(location.search)
  const token = address.get('token') ?? ''
  const response = await fetchContent(token)
  switch (address.get('kind')) {
    case 'image':
      return await showImage(into, await response.blob())
    case 'text':
      return showText(into, await response.arrayBuffer())
    case 'pdf': {
      // Fetched only where it is needed: it is larger than all the rest.
      const { showPdf } = await import('./show-pdf.ts')
      return await showPdf(into, await response.arrayBuffer())
    }
    default:
      throw new Error(words.broken)
  }
}

function say(into: HTMLElement, text: string): void {
  const line = document.createElement('p')
  line.className = 'said'
  line.setAttribute('role', 'alert')
  line.textContent = text
  into.replaceChildren(line)
}

if (content !== null) {
  show(content).catch((error: unknown) => {
    say(content, error instanceof Error && error.message === words.gone ? words.gone : words.broken)
  })
}
