import { type Command, InvalidArgumentError, Option } from 'commander'
import { VaultError } from '../base/index.ts'
import { type ItemId, parseId } from '../contract/ids.ts'
import { type AuditFilter, itemsBelow, type OpenVault } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import type { VaultFlags } from './vault-options.ts'

const DAY_MS = 24 * 3600 * 1000

export type FilterFlags = VaultFlags & {
  readonly since?: number
  readonly until?: number
  readonly device?: string
  readonly act?: readonly string[]
  readonly item?: string
  readonly key?: string
  readonly outcome?: 'ok' | 'refused' | 'failed'
}

/** The options that say which acts are asked for. */
export function addFilterOptions(command: Command): Command {
  return command
    .option(
      '--since <time>',
      'from then on: 2026-11-24, or 2026-11-24T21:00 (UTC, or with its zone)',
      parseSince,
    )
    .option('--until <time>', 'up to then; of a day, to its end', parseUntil)
    .option('--device <name>', 'what one device did: its name, or the first 8 or more digits of its id')
    .option('--act <act...>', 'acts of these kinds, as --json names them: add, purge, rewrap, get…')
    .option('--item <item>', 'what was done to it, and below it: a path of now, or an id')
    .option('--key <key>', 'with this key: its label, or the first 8 or more digits of its or a version’s id')
    .addOption(new Option('--outcome <outcome>', 'how it ended').choices(['ok', 'refused', 'failed']))
}

export function filterFrom(vault: OpenVault, flags: FilterFlags): AuditFilter {
  const { since: sinceMs, until: untilMs, device, act: acts, item, key, outcome: ending } = flags
  return {
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(device !== undefined && { device }),
    ...(acts !== undefined && { acts }),
    ...(item !== undefined && { items: itemsNamed(vault, item) }),
    ...(key !== undefined && { key }),
    ...(ending !== undefined && { ending }),
  }
}

/** What has no path any more is named by its id. */
function itemsNamed(vault: OpenVault, name: string): ReadonlySet<ItemId> {
  try {
    return itemsBelow(vault, [name])
  } catch (error) {
    const id = parseId<ItemId>(name)
    if (id === undefined || !(error instanceof VaultError) || error.code !== 'ITEM_NOT_FOUND') throw error
    return new Set([id])
  }
}

/** Where the record can't be read on: said, and the command ends with 4. */
export function gapTeller({ json }: VaultFlags, { output, atLeast }: CommandContext) {
  return ({ name, record }: { readonly name: string; readonly record: number }) => {
    const message = `${name} can’t be read from record ${record} on: what was done there is missing here.`
    const error = new VaultError('JOURNAL_DAMAGED', message, { name, record })
    output(json === true).warning(error)
    atLeast(error.exit)
  }
}

export const parseSince = (text: string): number => parseTime(text).fromMs
export const parseUntil = (text: string): number => parseTime(text).toMs

/** A time or a day, as UTC unless it says another zone. */
function parseTime(text: string): { readonly fromMs: number; readonly toMs: number } {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
  const [, day, time, zone = 'Z'] = match ?? []
  const fromMs = Date.parse(time === undefined ? `${day}T00:00Z` : `${day}T${time}${zone}`)
  if (Number.isNaN(fromMs))
    throw new InvalidArgumentError('Give a day as 2026-11-24, or a time as 2026-11-24T21:00.')
  return { fromMs, toMs: time === undefined ? fromMs + DAY_MS - 1 : fromMs }
}
