import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  mjs: 'text/javascript',
  css: 'text/css',
}

/** The window's own policy (shell/policies.ts), with the preview at this server's other name. */
const policy = (nonce: string, preview: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    "img-src 'self'",
    `frame-src ${preview}`,
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ')

export type Served = AsyncDisposable & { readonly url: string }

/** Serves a built renderer on this computer, under the policy that main gives it. */
export async function serve(folder: string): Promise<Served> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const file =
      path === '/' ? 'index.html' : path.startsWith('/assets/') ? `assets/${basename(path)}` : basename(path)
    // The browser asks for it of itself; the window has none.
    if (path === '/favicon.ico') {
      response.writeHead(204).end()
      return
    }
    const nonce = randomBytes(16).toString('base64')
    try {
      const bytes = readFileSync(join(folder, file))
      const type = TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      response.writeHead(200, {
        'content-type': type,
        ...(file === 'index.html' && { 'content-security-policy': policy(nonce, "'none'") }),
      })
      response.end(file.endsWith('.html') ? bytes.toString().replaceAll('__CSP_NONCE__', nonce) : bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  }
}
