import type { Command } from 'commander'
import type { VersionId } from '../contract/ids.ts'
import { displayText } from '../files/index.ts'
import {
  binItems,
  findItems,
  type Listed,
  listBin,
  listItems,
  listVersions,
  makeCurrent,
  makeFolder,
  moveItems,
  type OpenVault,
  type PurgePlan,
  planPurge,
  planVersionPurge,
  purge,
  restoreItems,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, sizeText, usage } from './output.ts'
import { askLine, canPrompt } from './prompt.ts'
import { versionOption } from './vault-files.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

const FOUND_LIMIT = 10_000

/** ls, find, mkdir, mv, rm, restore, purge: what a vault holds, and where. */
export function addItemCommands(program: Command, context: CommandContext): void {
  const command = (name: string, summary: string, description: string) =>
    addVaultOptions(program.command(name))
      .summary(summary)
      .description(description)
      .argument('<vault>', 'the vault’s folder')
  const single = { single: true }

  command('ls', 'list what a vault holds', 'Lists a folder of the vault, by name.')
    .argument('[item]', 'a path in the vault, or an item’s id', '/')
    .option('-R, --recursive', 'and all below it')
    .option('-l, --long', 'with size, time and id')
    .option('--versions', 'the versions of one file, newest first')
    .option('--bin', 'what is in the bin')
    .action(async (path: string, name: string, flags: ListFlags) => {
      await using vault = await openFor(path, flags, context)
      if (flags.versions) sayVersions(vault, name, flags, context)
      else sayItems(flags.bin ? listBin(vault) : listItems(vault, name, flags.recursive), flags, context)
    })
  command(
    'find',
    'find items by a part of their names',
    'Finds files and folders; case and form don’t count.',
  )
    .argument('<text>', 'a part of the name')
    .option('-l, --long', 'with size, time and id')
    .action(async (path: string, text: string, flags: ListFlags) => {
      await using vault = await openFor(path, flags, context)
      const { items, more } = await findItems(vault, text, FOUND_LIMIT)
      sayItems(items, flags, context)
      if (more)
        context.output(flags.json === true).note(`There are more than ${FOUND_LIMIT}; give a longer text.`)
    })
  command('mkdir', 'make a folder in a vault', 'Makes a folder in the vault.')
    .argument('<folder>', 'its path in the vault')
    .option('-p, --parents', 'and the folders on the way; no error if it is there')
    .action(async (path: string, folder: string, flags: VaultFlags & { readonly parents?: boolean }) => {
      await using vault = await openFor(path, flags, context, single)
      const itemId = await makeFolder(vault, folder, flags.parents)
      context.output(flags.json === true).emit({ type: 'result', itemId })
    })
  command('mv', 'move or rename items of a vault', 'Moves or renames; the messages stay untouched.')
    .argument(
      '<item...>',
      'paths or ids; the last one is where they go: a folder, or for one item a new path',
    )
    .action(async (path: string, names: string[], flags: VaultFlags) => {
      const [to, from] = [names.at(-1), names.slice(0, -1)]
      if (to === undefined || from.length === 0) usage('Name what to move, and where to.')
      await using vault = await openFor(path, flags, context, single)
      await moveItems(vault, from, to)
      context.output(flags.json === true).emit({ type: 'result', moved: from.length })
    })
  command(
    'rm',
    'move items of a vault to its bin',
    'Moves to the bin. Nothing is lost: `restore` brings it back.',
  )
    .argument('<item...>', 'paths in the vault, or ids')
    .action(async (path: string, names: string[], flags: VaultFlags) => {
      await using vault = await openFor(path, flags, context, single)
      await binItems(vault, names)
      context.output(flags.json === true).emit({ type: 'result', binned: names.length })
    })
  command(
    'restore',
    'bring items back from the bin',
    'Brings items back from the bin to where they were; with --version makes an older version of a file the current one ' +
      'again, as a new version, which also settles a conflict.',
  )
    .argument('<item...>', 'the paths they had, or ids; `ls --bin` shows both; with --version: one file')
    .addOption(versionOption())
    .action(async (path: string, names: string[], flags: PurgeFlags) => {
      const { version } = flags
      const [name = '', ...others] = names
      if (version !== undefined && others.length > 0) usage('--version goes with one file.')
      await using vault = await openFor(path, flags, context, single)
      const output = context.output(flags.json === true)
      if (version !== undefined) {
        const versionId = await makeCurrent(vault, name, version)
        output.emit({ type: 'result', versionId })
        output.say(`${displayText(name)} has the contents of ${version} again, as the version ${versionId}.`)
        return
      }
      const paths = await restoreItems(vault, names)
      output.emit({ type: 'result', paths })
      for (const restored of paths) output.say(displayText(restored))
    })
  command(
    'purge',
    'remove for ever what is in the bin, or an old version',
    'Removes items that are in the bin, with all their versions, or one old version of a file. This is final.',
  )
    .argument('<item...>', 'in the bin: the paths they had, or ids; with --version: one file')
    .addOption(versionOption())
    .option('--yes', 'don’t ask')
    .action(async (path: string, names: string[], flags: PurgeFlags) => {
      const { version } = flags
      const [name = '', ...others] = names
      if (version !== undefined && others.length > 0) usage('--version goes with one file.')
      await using vault = await openFor(path, flags, context, single)
      const plan = () =>
        version === undefined ? planPurge(vault, names) : planVersionPurge(vault, name, version)
      const planned = plan()
      await confirm(planned, flags)
      const done = await purge(vault, () => demandSame(planned, plan()))
      const output = context.output(flags.json === true)
      const { files, folders, versions, bytes } = done
      output.emit({ type: 'result', files, folders, versions: versions.length, bytes })
      output.say(`Purged ${planText(done)}.`)
    })
}

type ListFlags = VaultFlags & {
  readonly recursive?: boolean
  readonly long?: boolean
  readonly versions?: boolean
  readonly bin?: boolean
}
type PurgeFlags = VaultFlags & { readonly version?: VersionId; readonly yes?: boolean }

function sayItems(items: Iterable<Listed>, flags: ListFlags, context: CommandContext): void {
  const output = context.output(flags.json === true)
  if (output.json) output.document([...items])
  else for (const item of items) output.say(flags.long ? longText(item) : shortText(item))
}

function shortText({ path, kind, heads }: Listed): string {
  const conflict = heads.length > 1 ? `  (${heads.length} versions conflict)` : ''
  return `${displayText(path)}${kind === 'folder' && path !== '/' ? '/' : ''}${conflict}`
}

function longText(item: Listed): string {
  const time = item.mtimeMs === null ? '' : timeText(item.mtimeMs)
  const size = item.kind === 'folder' ? '' : sizeText(item.sizeBytes)
  return `${size.padStart(8)}  ${time.padEnd(19)}  ${item.itemId}  ${shortText(item)}`
}

function sayVersions(vault: OpenVault, name: string, flags: ListFlags, context: CommandContext): void {
  const versions = listVersions(vault, name).map(({ version, sizeBytes, mtimeMs, current, stamp }) => {
    return { versionId: version, sizeBytes, mtimeMs, current, addedMs: Math.floor(stamp.batch.time / 1000) }
  })
  const output = context.output(flags.json === true)
  output.document(versions)
  for (const { versionId, sizeBytes, mtimeMs, current, addedMs } of versions) {
    const mark = current ? '  current' : ''
    output.say(
      `${versionId}  ${sizeText(sizeBytes).padStart(8)}  of ${timeText(mtimeMs)}  added ${timeText(addedMs)}${mark}`,
    )
  }
}

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

async function confirm(plan: PurgePlan, { yes }: PurgeFlags): Promise<void> {
  if (yes) return
  if (!canPrompt()) usage('Purging is final: give --yes where nobody can be asked.')
  const typed = await askLine(`This removes ${planText(plan)} for ever. Type “purge” to go on: `)
  if (typed !== 'purge') usage('Nothing was purged.')
}

function planText({ files, folders, versions, bytes }: PurgePlan): string {
  const parts = [
    ...(files > 0 ? [countText(files, 'file')] : []),
    ...(folders > 0 ? [countText(folders, 'folder')] : []),
    countText(versions.length, 'version'),
  ]
  return `${parts.join(', ')} (${sizeText(bytes)})`
}

/** What came between the question and the lock is not taken unseen. */
function demandSame(asked: PurgePlan, now: PurgePlan): PurgePlan {
  const ids = (plan: PurgePlan) =>
    plan.versions
      .map(({ version }) => version)
      .sort()
      .join()
  if (ids(asked) !== ids(now))
    usage('What is to be purged was changed meanwhile. Nothing was purged; run it again.')
  return now
}
