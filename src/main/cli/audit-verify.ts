import type { Command } from 'commander'
import { displayText } from '../files/index.ts'
import { type ChainReport, verifyAudit } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText } from './output.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

const FINDINGS_EXIT = 4

/** audit verify. */
export function addVerifyCommand(audit: Command, context: CommandContext): void {
  addVaultOptions(audit.command('verify'))
    .summary('read the whole record again, and say what it proves')
    .description(
      'Reads the whole record again from its first byte, and says what it proves and what not. Changes nothing. Ends with 4 if ' +
        'a record was changed, removed or moved, or if less is there than this computer has seen.',
    )
    .argument('<vault>', 'the vault’s folder')
    .action(async (path: string, flags: VaultFlags) => {
      await using vault = await openFor(path, flags, context, { single: true })
      sayChain(await verifyAudit(vault), flags, context)
    })
}

function sayChain(report: ChainReport, flags: VaultFlags, context: CommandContext): void {
  const output = context.output(flags.json === true)
  output.emit({ type: 'result', ...report })
  const { segments, devices, findings, notes, proves, doesNotProve } = report
  for (const { kind, message, remedy } of findings)
    output.say(`${displayText(message)} [${kind}]\n  ${remedy}`)
  for (const { message } of notes) output.note(`Note: ${displayText(message)}`)
  for (const { deviceName, device, segments: count, records } of devices) {
    const parts = `${countText(records, 'record')} in ${countText(count, 'segment')}`
    output.say(`${displayText(deviceName)} (${device.slice(0, 8)}): ${parts}`)
  }
  const records = segments.reduce((sum, each) => sum + each.records, 0)
  output.say(
    findings.length === 0
      ? `The chain of ${countText(records, 'record')} holds.`
      : `${countText(findings.length, 'finding')}; ${countText(records, 'record')} could be read.`,
  )
  if (proves.length > 0) output.say(`It proves:\n${proves.map((line) => `  ${line}`).join('\n')}`)
  output.say(`It does not prove:\n${doesNotProve.map((line) => `  ${line}`).join('\n')}`)
  context.exit(findings.length > 0 ? FINDINGS_EXIT : 0)
}
