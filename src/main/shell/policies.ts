import { APP_ORIGIN, PREVIEW_ORIGIN } from '../ipc/index.ts'

/**
 * Content security policies (SECURITY, control 13), each proven with the libraries it is for: a style needs the
 * load's nonce, a script comes from our own files, and text becomes code or markup nowhere.
 */
const join = (rules: readonly string[]): string => rules.join('; ')

/** The windows' own page. The preview is the one frame in it. */
export const windowPolicy = (nonce: string): string =>
  join([
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    "img-src 'self'",
    "font-src 'none'",
    "connect-src 'none'",
    "worker-src 'none'",
    `frame-src ${PREVIEW_ORIGIN}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ])

/** The preview's page: its own origin, without a bridge; it fetches its one content from there. */
export const previewPolicy = (nonce: string): string =>
  join([
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    "img-src 'self' blob:",
    "font-src 'none'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${APP_ORIGIN}`,
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ])

/** A page that main made: no script at all, nothing from anywhere. */
export const sheetPolicy = (nonce: string): string =>
  join([
    "default-src 'none'",
    "script-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ])

/** A file's own bytes, which the preview's page fetches: as a document of its own they could do nothing. */
export const CONTENT_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

/** Scripts and styles of ours. */
export const ASSET_POLICY = "default-src 'none'; frame-ancestors 'none'"
