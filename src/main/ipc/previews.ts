import { extname } from 'node:path'
import { concat, fail, parseUtf8 } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import { type PreviewToken, previewToken } from '../contract/ipc/inputs.ts'
import type { PreviewKind, PreviewSource } from '../contract/ipc/item-nouns.ts'
import { catFile, type OpenVault } from '../vault/index.ts'
import { newToken } from './handles.ts'
import type { Entry } from './lists.ts'
import { PREVIEW_ORIGIN } from './origins.ts'
import { pathName } from './rows.ts'

const MAX_BYTES = 64 * 1024 * 1024

const IMAGES: Readonly<Record<string, { readonly type: string; readonly starts: readonly number[] }>> = {
  '.png': { type: 'image/png', starts: [0x89, 0x50, 0x4e, 0x47] },
  '.jpg': { type: 'image/jpeg', starts: [0xff, 0xd8, 0xff] },
  '.jpeg': { type: 'image/jpeg', starts: [0xff, 0xd8, 0xff] },
  '.gif': { type: 'image/gif', starts: [0x47, 0x49, 0x46, 0x38] },
  '.webp': { type: 'image/webp', starts: [0x52, 0x49, 0x46, 0x46] },
  '.bmp': { type: 'image/bmp', starts: [0x42, 0x4d] },
}
const PDF_STARTS = [0x25, 0x50, 0x44, 0x46]
const TEXTS = new Set(
  '.txt .md .markdown .csv .tsv .json .jsonl .xml .yaml .yml .toml .ini .log .html .htm .css .js .ts .tsx .jsx .py .rb .rs .go .java .c .h .cpp .sh .sql .tex .svg .ics .vcf .eml'.split(
    ' ',
  ),
)

/** What a preview can show of a file, by its name and size; its bytes are looked at when it is opened. */
export function previewKind({ kind, name, sizeBytes }: Entry): PreviewKind | 'none' {
  if (kind === 'folder' || sizeBytes > MAX_BYTES) return 'none'
  const extension = extname(name).toLowerCase()
  if (extension in IMAGES) return 'image'
  if (extension === '.pdf') return 'pdf'
  return TEXTS.has(extension) ? 'text' : 'none'
}

/** What the preview frame gets for its token. */
export type PreviewContent = { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }

type Held = { readonly content: PreviewContent; taken: boolean; readonly token: PreviewToken }

/**
 * Contents on their way to the preview frame (UI, "Preview"): a whole file, verified before any of it is shown,
 * in memory only, given out once to who has the token. One at a time; zeroed when it is closed.
 */
export class Previews {
  #held: Held | undefined
  #opening = 0

  /** @throws USAGE no preview of it · MESSAGE_TAMPERED … nothing of it is shown */
  async open(vault: OpenVault, entry: Entry, version: VersionId | null): Promise<PreviewSource> {
    const kind = previewKind(entry)
    if (kind === 'none') return failUnfit(entry.id)
    const mine = ++this.#opening
    this.close()
    const bytes = await readWhole(vault, entry.id, version)
    const type = typeOf(kind, entry.name, bytes)
    if (type === undefined || mine !== this.#opening) {
      bytes.fill(0)
      return failUnfit(entry.id)
    }
    const token = newToken(previewToken)
    this.#held = { content: { bytes, type }, taken: false, token }
    const url = `${PREVIEW_ORIGIN}/preview.html?token=${token}&kind=${kind}`
    return { token, url, kind, sizeBytes: bytes.length }
  }

  /** The content for a token, the first time only. */
  take(token: string): PreviewContent | undefined {
    const held = this.#held
    if (held === undefined || held.taken || held.token !== token) return undefined
    held.taken = true
    return held.content
  }

  /** Zeroes what is held; with a token, only if it is that one. */
  close(token?: PreviewToken): void {
    if (token !== undefined && this.#held?.token !== token) return
    this.#held?.content.bytes.fill(0)
    this.#held = undefined
  }
}

async function readWhole(vault: OpenVault, item: ItemId, version: VersionId | null) {
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of catFile(vault, pathName(vault, item), version ?? undefined, {
      preview: true,
    })) {
      // A copy of its own: the reader may use its buffer again.
      pieces.push(piece.slice())
      length += piece.length
      // An older version may be larger than the one whose size was looked at.
      if (length > MAX_BYTES) failUnfit(item)
    }
    return concat(...pieces)
  } finally {
    for (const piece of pieces) piece.fill(0)
  }
}

/** The content type, if the bytes are what the name says. */
function typeOf(kind: PreviewKind, name: string, bytes: Uint8Array): string | undefined {
  const starts = (magic: readonly number[]) => magic.every((byte, at) => bytes[at] === byte)
  switch (kind) {
    case 'image': {
      const image = IMAGES[extname(name).toLowerCase()]
      return image && starts(image.starts) ? image.type : undefined
    }
    case 'pdf':
      return starts(PDF_STARTS) ? 'application/pdf' : undefined
    case 'text':
      return parseUtf8(bytes) === undefined ? undefined : 'text/plain; charset=utf-8'
  }
}

function failUnfit(item: ItemId): never {
  return fail('USAGE', 'There is no preview of this file. Bring it out by “Export” or “Open a copy”.', {
    item,
  })
}
