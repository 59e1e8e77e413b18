import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist'
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { preview as words } from '../words/preview.ts'

/** Pages that are drawn: enough to see what it is, few enough to stay in memory. */
const MAX_PAGES = 50

// Only pdf.js's own worker may be started as a script, and no HTML is ever made from text.
const factory = (
  globalThis as {
    readonly trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown
    }
  }
).trustedTypes
factory?.createPolicy('default', { createScriptURL: (url) => (url === workerUrl ? url : null) })

GlobalWorkerOptions.workerSrc = workerUrl

/** Draws a PDF's pages one below the other. Nothing in it runs: no scripts, forms or links. @throws damaged */
export async function showPdf(into: HTMLElement, bytes: ArrayBuffer): Promise<void> {
  const loading = getDocument({
    data: new Uint8Array(bytes),
    useWorkerFetch: false,
    useWasm: false,
    enableXfa: false,
    disableAutoFetch: true,
  })
  const pdf = await loading.promise
  into.replaceChildren()
  const pages = Math.min(pdf.numPages, MAX_PAGES)
  for (let at = 1; at <= pages; at++) await drawPage(into, pdf, at)
  if (pdf.numPages <= MAX_PAGES) return
  const note = document.createElement('p')
  note.textContent = words.more(MAX_PAGES, pdf.numPages)
  into.append(note)
}

async function drawPage(into: HTMLElement, pdf: PDFDocumentProxy, at: number): Promise<void> {
  const page = await pdf.getPage(at)
  const natural = page.getViewport({ scale: 1 })
  const width = Math.min(into.clientWidth - 32, 1000)
  const viewport = page.getViewport({ scale: (width / natural.width) * devicePixelRatio })
  const canvas = document.createElement('canvas')
  canvas.width = Math.floor(viewport.width)
  canvas.height = Math.floor(viewport.height)
  canvas.style.width = `${Math.floor(viewport.width / devicePixelRatio)}px`
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', words.page(at, pdf.numPages))
  into.append(canvas)
  await page.render({ canvas, viewport }).promise
  page.cleanup()
}
