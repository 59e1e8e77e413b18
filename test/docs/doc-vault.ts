/** The small vault of docs/format.md §2.5 to §4, put together from its blocks. */
import { Secret } from '../../src/main/base/index.ts'
import { type Id, idFromBytes } from '../../src/main/contract/ids.ts'
import { DocBlocks } from '../recovery/doc-blocks.ts'

export const doc = new DocBlocks('format.md')

const KEY_FILES = [
  'version-local',
  'version-next',
  'version-kms',
  'recovery-file',
  'copy-passphrase',
  'copy-recovery',
  'copy-local',
  'metadata-1',
  'metadata-2',
]
const CHAINS = { segment: 3, checkpoint: 3, 'segment-2': 1 } as const

/** A secret in a block of hexadecimal digits. */
export const docSecret = (name: string): Secret => Secret.take(new Uint8Array(doc.hex(name)), name)

export function docId<T extends Id<string>>(name: string): T {
  const id = idFromBytes<T>(doc.hex(name))
  if (id === undefined) throw new Error(`the block ${name} is no id`)
  return id
}

/** A file of JSON, by the name of its block. */
export const docJson = (block: string): Buffer => Buffer.from(doc.text(block, 'json'))

/** vault.json and the files under keys/, by their names in the vault. */
export const docKeyFiles: ReadonlyMap<string, Uint8Array> = new Map([
  ['vault.json', docJson('vault-json')],
  ...KEY_FILES.map((block) => [doc.text(`${block}-name`), docJson(block)] as const),
])

/** A segment or checkpoint: its header and frames. */
export function docChain(block: keyof typeof CHAINS): Buffer {
  const frames = Array.from({ length: CHAINS[block] }, (_, at) => doc.hex(`${block}-frame-${at + 1}`))
  return Buffer.concat([doc.hex(`${block}-header`), ...frames])
}

/** The files under journal/. */
export const docJournal: ReadonlyMap<string, Uint8Array> = new Map(
  (['segment', 'checkpoint', 'segment-2'] as const).map((block) => [
    doc.text(`${block}-name`),
    docChain(block),
  ]),
)

/** All of it. */
export const docVault: ReadonlyMap<string, Uint8Array> = new Map([
  ...docKeyFiles,
  ...docJournal,
  [doc.text('message-vault-name'), doc.hex('message-vault')],
])
