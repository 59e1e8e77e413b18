import { renderSVG } from 'uqr'
import type { Sheet } from './desktop.ts'

/** Where a page of main's own puts the nonce of its style (shell, "policies"). */
export const NONCE_MARK = '__CSP_NONCE__'

const STYLE = `
  :root { color-scheme: light }
  body { font: 14px/20px system-ui, sans-serif; color: #1a1f24; background: #fff; margin: 32px 40px }
  h1 { font-size: 20px; line-height: 28px; margin: 0 0 4px }
  p { margin: 8px 0; max-width: 60ch }
  ol { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px 16px; padding: 0; margin: 20px 0; list-style: none }
  li { border: 1px solid #7b8490; border-radius: 8px; padding: 6px 10px }
  li small { color: #4d5661; display: block; font-size: 12px; line-height: 16px }
  li b { font: 600 18px/26px ui-monospace, monospace; letter-spacing: 2px }
  svg { width: 160px; height: 160px }
  .id { color: #4d5661; font-size: 12px }
  @media print { body { margin: 0 } }
`

/**
 * The page with a recovery code (UI, "Recovery sheet"): made by main, shown without a script and without a
 * bridge, to be printed or written down.
 */
export function recoverySheet(code: string, vault: { readonly id: string; readonly name: string }): Sheet {
  const groups = code
    .split('-')
    .map((group, at) => `<li><small>${at + 1}</small><b>${asText(group)}</b></li>`)
    .join('')
  const name = asText(vault.name)
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Recovery code</title><style nonce="${NONCE_MARK}">${STYLE}</style></head>
<body>
<h1>Recovery code of “<bdi>${name}</bdi>”</h1>
<p>It opens the vault when everything else is lost. Print it or write it down, group by group. Keep it away from
this computer and from the vault. Whoever has it and the vault’s files can read all that is in it.</p>
<ol>${groups}</ol>
${renderSVG(code, { border: 1 })}
<p class="id">Vault ${asText(vault.id)}</p>
</body></html>`
  return { title: 'Recovery code', html }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const asText = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '')
