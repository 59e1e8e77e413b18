import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { randomBytes, writeBase64 } from '../base/index.ts'
import { APP_ORIGIN, NONCE_MARK, PREVIEW_ORIGIN, type PreviewContent, SHEET_ORIGIN } from '../ipc/index.ts'
import { ASSET_POLICY, CONTENT_POLICY, previewPolicy, sheetPolicy, windowPolicy } from './policies.ts'

/** What is served besides the built files. */
export type Served = {
  /** The built renderer's folder. */
  readonly folder: string
  /** A preview's content, the first time its token is shown. */
  preview(token: string): PreviewContent | undefined
  /** The HTML of a sheet. */
  sheet(token: string): string | undefined
  /** Reads one of our own built files. */
  readonly fetchFile: (url: string) => Promise<Response>
}

/** One step, of our own making; `..`, `%2f`, a drive or another folder has no place in it. */
const ASSET = /^\/assets\/[\w-][\w.-]*$/
const CONTENT = /^\/content\/([0-9a-f]{32})$/
const SHEET = /^\/([0-9a-f]{32})$/
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
}

/**
 * Answers `app://` (SECURITY, control 14): three origins, each a closed list of what it has. The path is matched
 * as it stands in the URL, encoded; what does not match exactly is not there.
 */
export async function answerApp(request: Request, served: Served): Promise<Response> {
  if (request.method !== 'GET') return refuse(405)
  const { origin, path } = partsOf(request.url)
  switch (origin) {
    case APP_ORIGIN:
      if (path === '/' || path === '/index.html') return await page('index.html', windowPolicy, served)
      return ASSET.test(path) ? await asset(path, served) : refuse(404)
    case PREVIEW_ORIGIN: {
      if (path === '/preview.html') return await page('preview.html', previewPolicy, served)
      const token = CONTENT.exec(path)?.[1]
      if (token !== undefined) return content(served.preview(token))
      return ASSET.test(path) ? await asset(path, served) : refuse(404)
    }
    case SHEET_ORIGIN: {
      const html = served.sheet(SHEET.exec(path)?.[1] ?? '')
      return html === undefined ? refuse(404) : htmlPage(html, sheetPolicy)
    }
    default:
      return refuse(404)
  }
}

/** Scheme and host, and the path as it is written: `URL` would resolve dots, and custom schemes have no origin. */
function partsOf(url: string): { readonly origin: string; readonly path: string } {
  const [, origin = '', path = ''] = /^(app:\/\/[a-z]+)(\/[^?#]*)?/.exec(url) ?? []
  return { origin, path: path === '' ? '/' : path }
}

async function page(name: string, policy: (nonce: string) => string, served: Served): Promise<Response> {
  const file = await served.fetchFile(pathToFileURL(join(served.folder, name)).href)
  return file.ok ? htmlPage(await file.text(), policy) : refuse(404)
}

function htmlPage(html: string, policy: (nonce: string) => string): Response {
  // A nonce a load: what was injected into an earlier page knows none that holds.
  const nonce = writeBase64(randomBytes(16))
  return respond(html.replaceAll(NONCE_MARK, nonce), TYPES.html ?? '', policy(nonce))
}

async function asset(path: string, served: Served): Promise<Response> {
  const type = TYPES[path.split('.').at(-1) ?? '']
  if (type === undefined) return refuse(404)
  const file = await served.fetchFile(pathToFileURL(join(served.folder, path)).href)
  return file.ok ? respond(await file.arrayBuffer(), type, ASSET_POLICY) : refuse(404)
}

function content(found: PreviewContent | undefined): Response {
  return found ? respond(found.bytes, found.type, CONTENT_POLICY) : refuse(404)
}

function respond(
  body: string | ArrayBuffer | Uint8Array<ArrayBuffer>,
  type: string,
  policy: string,
  status = 200,
): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': type,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  })
}

const refuse = (status: number): Response => respond('Not here.', 'text/plain', ASSET_POLICY, status)
