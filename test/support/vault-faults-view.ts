import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CheckReport,
  checkVault,
  type Listed,
  listBin,
  listItems,
  type OpenVault,
  openVault,
  readRecoverySheet,
} from '../../src/main/vault/index.ts'
import { readVersion } from '../../src/main/vault/stored-version.ts'

/** A device's eyes on a vault: its folder, that device's state folder, and a recovery code that opens it. */
export type Eyes = { readonly path: string; readonly state: string; readonly code: string }

/** What a vault holds: a line of facts for each path; those in the bin begin with `bin:`. */
export type View = {
  readonly items: ReadonlyMap<string, string>
  /** The message of each path's current version, by its path on the disk. */
  readonly messages: ReadonlyMap<string, string>
  /** What `check --read-data` noted, as `kind name`. */
  readonly notes: readonly string[]
  /** Files of the journal, by their paths on the disk. */
  readonly journal: readonly string[]
}

/** Opens a vault as any command does, by its recovery code. */
export async function openEyes({ path, state: stateFolder, code }: Eyes): Promise<OpenVault> {
  using secret = readRecoverySheet(code)
  return await openVault({ path, stateFolder, keychain: false, way: { kind: 'recovery', code: secret } })
}

/**
 * Reads all of a vault, each file to its end.
 *
 * @throws `check --read-data` finds a fault, the journal is in trouble, or this device takes its vault for
 *   another's: a copy, a clone
 */
export async function viewOf(eyes: Eyes): Promise<View> {
  await using vault = await openEyes(eyes)
  const strange = vault.notices.filter(({ kind }) => kind !== 'first-use' && kind !== 'opened-by')
  if (vault.trouble ?? strange.length) throw new Error(JSON.stringify([vault.trouble, strange]))
  const { findings, notes }: CheckReport = await checkVault(vault, { readData: true })
  if (findings.length > 0) throw new Error(`check found: ${JSON.stringify(findings)}`)
  const items = new Map<string, string>()
  const messages = new Map<string, string>()
  const note = (path: string, item: Listed, facts: string) => {
    items.set(path, facts)
    if (item.versionId !== null) messages.set(path, messagePath(eyes.path, item.versionId))
  }
  for (const item of listItems(vault, '/', true)) {
    note(item.path, item, `${factsOf(item)} ${await hashOf(vault, item)}`)
  }
  for (const item of listBin(vault)) {
    note(`bin:${item.path}`, item, `${factsOf(item)} ${await hashOf(vault, item)}`)
  }
  const journal = readdirSync(join(eyes.path, 'journal'), { recursive: true, encoding: 'utf8' })
  return {
    items,
    messages,
    notes: notes.map(({ kind, path }) => `${kind} ${path}`),
    journal: journal.filter((name) => name.endsWith('.log')).map((name) => join(eyes.path, 'journal', name)),
  }
}

/** All of an item but its ids and a folder's time, which is when it was made. */
function factsOf({ kind, sizeBytes, mtimeMs, mode, heads }: Listed): string {
  if (kind === 'folder') return `folder ${mode?.toString(8)}`
  const conflict = heads.length > 1 ? `, ${heads.length} versions conflict` : ''
  return `file ${sizeBytes} ${mtimeMs} ${mode?.toString(8)}${conflict}`
}

/** Of all its bytes; not by `cat`, which leaves a note in the journal. */
async function hashOf(vault: OpenVault, { kind, itemId, versionId }: Listed): Promise<string> {
  if (kind === 'folder') return ''
  const version = vault.index.versions.of(itemId).find((each) => each.version === versionId)
  if (version === undefined) throw new Error(`no version ${versionId}`)
  const hash = createHash('sha256')
  for await (const bytes of readVersion(vault, itemId, version)) hash.update(bytes)
  return hash.digest('hex')
}

const messagePath = (vault: string, version: string): string =>
  join(vault, 'items', version.slice(0, 2), `${version}.sealed`)

/** How two views differ, a line for each path; nothing if they are the same. */
export function viewDifferences(expected: View, found: View): readonly string[] {
  const paths = new Set([...expected.items.keys(), ...found.items.keys()])
  return [...paths].sort().flatMap((path) => {
    const [want, have] = [expected.items.get(path), found.items.get(path)]
    return want === have ? [] : [`${path}: ${want ?? 'nothing'} became ${have ?? 'nothing'}`]
  })
}

/** The kinds of what `check` noted, each once. */
export function kindsOf(notes: readonly string[]): readonly string[] {
  return [...new Set(notes.map((note) => note.split(' ')[0] ?? ''))].sort()
}
