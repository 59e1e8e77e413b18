import { type Command, InvalidArgumentError, Option } from 'commander'
import { displayText } from '../files/index.ts'
import { type AuditRow, auditRows, exportAudit, noteAuditExport } from '../vault/index.ts'
import { addFilterOptions, type FilterFlags, filterFrom, gapTeller } from './audit-filters.ts'
import { addReconcileCommand } from './audit-reconcile.ts'
import { addVerifyCommand } from './audit-verify.ts'
import type { CommandContext } from './command-context.ts'
import { countText } from './output.ts'
import { addVaultOptions, openFor } from './vault-options.ts'

type ListFlags = FilterFlags & { readonly limit?: number }
type ExportFlags = FilterFlags & { readonly to: string; readonly format: 'csv' | 'json' }

/** audit: the record of what was done in a vault. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program
    .command('audit')
    .summary('the record of what was done: list, verify, export, compare with AWS')
    .description(
      'The record of what was done in a vault, by which device and with which key, as its journal keeps it. docs/audit.md says ' +
        'what that proves and what not.',
    )
  addFilterOptions(addVaultOptions(audit.command('ls')))
    .summary('list what was done, newest last')
    .description(
      'Lists what was done, newest last; with --json an act a line. Names are those of now. That a device began to write is ' +
        'left out unless --act open asks for it.',
    )
    .argument('<vault>', 'the vault’s folder')
    .option('--limit <n>', 'only the newest', parseLimit)
    .action(async (path: string, flags: ListFlags) => {
      await using vault = await openFor(path, flags, context, { single: true })
      const output = context.output(flags.json === true)
      const rows = auditRows(vault, filterFrom(vault, flags), gapTeller(flags, context))
      for await (const row of flags.limit === undefined ? rows : newest(rows, flags.limit)) {
        output.emit({ type: 'event', time: new Date(row.timeMs).toISOString(), ...row })
        output.say(rowText(row))
      }
    })
  addFilterOptions(addVaultOptions(audit.command('export')))
    .summary('write the record to a file')
    .description(
      'Writes the record to a new file: as CSV for a spreadsheet, or as JSON, one array. The file is private to you and holds ' +
        'the names of what is in the vault. That it was written is recorded, too.',
    )
    .argument('<vault>', 'the vault’s folder')
    .requiredOption('--to <file>', 'the new file; one that exists is left as it is')
    .addOption(new Option('--format <format>', 'of the file').choices(['csv', 'json']).default('csv'))
    .action(async (path: string, flags: ExportFlags) => {
      await using vault = await openFor(path, flags, context, { single: true })
      const rows = auditRows(vault, filterFrom(vault, flags), gapTeller(flags, context))
      const events = await exportAudit(rows, flags.to, flags.format)
      await noteAuditExport(vault)
      const output = context.output(flags.json === true)
      output.emit({ type: 'result', events, file: flags.to, format: flags.format })
      output.say(`${countText(events, 'act')} in ${displayText(flags.to)}.`)
    })
  addVerifyCommand(audit, context)
  addReconcileCommand(audit, context)
}

/** The last of them, in order; memory for twice as many. */
async function* newest(rows: AsyncIterable<AuditRow>, limit: number): AsyncGenerator<AuditRow> {
  let kept: AuditRow[] = []
  for await (const row of rows) {
    kept.push(row)
    if (kept.length === 2 * limit) kept = kept.slice(-limit)
  }
  yield* kept.slice(-limit)
}

function rowText({ timeMs, deviceName, text }: AuditRow): string {
  const time = new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')
  return `${time}  ${displayText(deviceName)}  ${displayText(text)}`
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000)
    throw new InvalidArgumentError('1 to 1,000,000.')
  return limit
}
