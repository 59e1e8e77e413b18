import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { type Secret, VaultError } from '../base/index.ts'
import { displayText } from '../files/index.ts'
import {
  type CheckReport,
  checkVault,
  createRecovery,
  forgetVault,
  listKnownVaults,
  readRecoverySheet,
  rebuildIndex,
  repairVault,
  testRecovery,
  writeRecoverySheet,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, sizeText, usage } from './output.ts'
import { askRecoveryCode, canPrompt } from './prompt.ts'
import { showCode } from './vault-create.ts'
import { addStateOption, addVaultOptions, openFor, stateFolderOf, type VaultFlags } from './vault-options.ts'

const FINDINGS_EXIT = 4
const TESTED_FILES = 5

type CheckFlags = VaultFlags & {
  readonly readData?: boolean
  readonly download?: boolean
  readonly acceptRollback?: boolean
}

/** check, repair, recovery, state: what keeps a vault safe. */
export function addCareCommands(program: Command, context: CommandContext): void {
  addVaultOptions(program.command('check'))
    .summary('look whether a vault is sound')
    .description(
      'Looks whether everything that the vault’s journal tells of is there, of the right length, and the right message. ' +
        'Changes nothing. Ends with 0 if the vault is sound, with 4 if there are findings; each says what to do.',
    )
    .argument('<vault>', 'the vault’s folder')
    .option('--read-data', 'read every message to its end: its SHA-256 and each frame')
    .option('--download', 'fetch what is only with the sync provider')
    .option('--accept-rollback', 'the vault was put back on purpose: go on from what is there')
    .action(async (path: string, flags: CheckFlags) => {
      const { readData = false, download = false, acceptRollback = false } = flags
      await using vault = await openFor(path, flags, context, { acceptRollback })
      const report = await checkVault(vault, { readData, download, signal: context.interrupts() })
      sayCheck(report, flags, context)
    })
  addVaultOptions(program.command('repair'))
    .summary('mend what can be mended without losing anything')
    .description(
      'Takes in messages that the journal does not know, if they prove to be this vault’s; removes what was purged and came ' +
        'back, and what killed runs left.',
    )
    .argument('<vault>', 'the vault’s folder')
    .option('--rebuild-index', 'read the whole journal into a new index, too')
    .action(async (path: string, flags: VaultFlags & { readonly rebuildIndex?: boolean }) => {
      await using vault = await openFor(path, flags, context)
      if (flags.rebuildIndex) await rebuildIndex(vault)
      const { adopted, left, removed, checkpoint } = await repairVault(vault)
      const output = context.output(flags.json === true)
      output.emit({
        type: 'result',
        adopted,
        left,
        removed,
        checkpoint,
        rebuilt: flags.rebuildIndex === true,
      })
      for (const each of adopted) output.say(`Took in ${displayText(each.path)} (version ${each.version}).`)
      for (const name of removed) output.say(`Removed ${displayText(name)}.`)
      for (const each of left)
        output.note(`Left ${displayText(each.name)}: ${displayText(each.message)} [${each.code}]`)
      if (flags.rebuildIndex) output.say('The index was read anew from the journal.')
      if (adopted.length + removed.length + left.length === 0) output.say('There was nothing to mend.')
    })
  addRecovery(program, context)
  addState(program, context)
}

function sayCheck(report: CheckReport, flags: VaultFlags, context: CommandContext): void {
  const output = context.output(flags.json === true)
  const { findings, notes, files, bytes, stopped, seconds } = report
  output.emit({ type: 'result', findings, notes, files, bytes, stopped, seconds })
  for (const { kind, path, message, remedy } of findings) {
    output.say(`${displayText(path)}: ${displayText(message)} [${kind}]\n  ${remedy}`)
  }
  for (const { path, message } of notes) output.note(`Note: ${displayText(path)}: ${displayText(message)}`)
  const looked = `${countText(files, 'message')}, ${sizeText(bytes)}, in ${seconds.toFixed(1)} s`
  output.say(
    findings.length === 0 ? `Sound: ${looked}.` : `${countText(findings.length, 'finding')}; ${looked}.`,
  )
  if (stopped) context.exit(new VaultError('INTERRUPTED', '').exit)
  else context.exit(findings.length > 0 ? FINDINGS_EXIT : 0)
}

function addRecovery(program: Command, context: CommandContext): void {
  const recovery = program
    .command('recovery')
    .summary('the recovery code: make one, test it, open by it')
    .description('The recovery code opens a vault when the keychain and the passphrase are lost.')
  addVaultOptions(recovery.command('create'))
    .summary('make one more recovery code')
    .description(
      'Makes one more recovery code and shows it once, or writes it to a new file. Those before it stay valid.',
    )
    .argument('<vault>', 'the vault’s folder')
    .option('--recovery-out <file>', 'write the code to this new file, readable by you alone')
    .action(async (path: string, flags: VaultFlags & { readonly recoveryOut?: string }) => {
      const { recoveryOut: file } = flags
      if (file === undefined && !canPrompt())
        usage('There is no terminal to show the code on: give --recovery-out FILE.')
      await using vault = await openFor(path, flags, context, { single: true })
      const output = context.output(flags.json === true)
      const id = await createRecovery(vault, {
        give: (code, facts) =>
          file === undefined ? showCode(code, output) : writeRecoverySheet(file, code, facts),
      })
      output.emit({ type: 'result', recoveryKeyId: id })
      output.say(
        file === undefined ? 'The code opens the vault from now on.' : `The code is in ${displayText(file)}.`,
      )
    })
  const test = addStateOption(recovery.command('test'))
    .summary('open some files by the recovery code alone')
    .description(
      'Opens some files of the vault, at random, by the recovery code alone, as if all else were lost. Nothing is written ' +
        'but that the code was tested.',
    )
    .argument('<vault>', 'the vault’s folder')
    .option('--recovery-file <file>', 'the code is in the first line of this file; default: asked for')
    .option('--files <n>', 'how many files', parseCount, TESTED_FILES)
  test.action(async (path: string, flags: VaultFlags & { readonly files: number }) => {
    using code = await codeFrom(flags)
    await using vault = await openByCode(path, code, flags, context)
    const { id, opened, failed } = await testRecovery(vault, code, flags.files)
    const output = context.output(flags.json === true)
    output.emit({
      type: 'result',
      recoveryKeyId: id,
      opened,
      failed: failed.map(({ path: failedPath, error }) => ({
        path: failedPath,
        code: error.code,
        message: error.message,
      })),
    })
    for (const each of failed)
      output.note(`${displayText(each.path)}: ${displayText(each.error.message)} [${each.error.code}]`)
    output.say(
      `${countText(opened.length, 'file')} opened by the recovery code alone, ${failed.length} did not.`,
    )
    if (failed.length > 0) context.exit(FINDINGS_EXIT)
  })
  addStateOption(recovery.command('open'))
    .summary('open a vault by its recovery code, and put its key back into the keychain')
    .description('Opens the vault by its recovery code and puts its key back into this device’s keychain.')
    .argument('<vault>', 'the vault’s folder')
    .option('--recovery-file <file>', 'the code is in the first line of this file; default: asked for')
    .option('--no-keychain', 'leave the keychain out, on this device from now on')
    .action(async (path: string, flags: VaultFlags) => {
      using code = await codeFrom(flags)
      const { recoveryFile: _, keychain, ...others } = flags
      const way = { kind: 'recovery', code } as const
      await using vault = await openFor(path, others, context, {
        way,
        ...(keychain === false && { keychain }),
      })
      const output = context.output(flags.json === true)
      const { items } = vault.index.items.counts()
      output.emit({ type: 'result', vaultId: vault.vaultId, items, fingerprint: vault.fingerprint })
      output.say(`The vault is open: ${countText(items, 'item')}.`)
    })
}

async function openByCode(path: string, code: Secret, flags: VaultFlags, context: CommandContext) {
  const { recoveryFile: _, ...others } = flags
  return await openFor(path, others, context, { way: { kind: 'recovery', code }, single: true })
}

async function codeFrom({ recoveryFile }: VaultFlags): Promise<Secret> {
  if (recoveryFile !== undefined) return readRecoverySheet(recoveryFile)
  if (!canPrompt()) usage('Give the recovery code by --recovery-file FILE.')
  return await askRecoveryCode('Recovery code: ')
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new InvalidArgumentError('1 to 10,000 files.')
  return count
}

function addState(program: Command, context: CommandContext): void {
  const state = program
    .command('state')
    .summary('the vaults that this device knows')
    .description('What this device knows of vaults, kept outside them.')
  addStateOption(state.command('ls'))
    .summary('list them')
    .description('Lists the vaults that this device knows, and where they were last opened.')
    .action(async (flags: VaultFlags) => {
      const known = await listKnownVaults(stateFolderOf(flags))
      const output = context.output(flags.json === true)
      output.document(known)
      for (const { vaultId, places } of known) {
        const shown = places.map(
          ({ path, present }) => `${displayText(path)}${present ? '' : ' (not there now)'}`,
        )
        output.say(`${vaultId}  ${shown.join(', ')}`)
      }
    })
  addStateOption(state.command('forget'))
    .summary('forget one')
    .description(
      'Forgets what this device knows of a vault. The vault and the keychain stay as they are; its next opening here is a ' +
        'first use, which no longer notices if the vault was put back to an earlier state.',
    )
    .argument('<vault>', 'its id, or the folder at which it was opened')
    .action(async (name: string, flags: VaultFlags) => {
      const byPath = /^[0-9a-f]{32}$/.test(name) ? name : resolve(name)
      const vaultId = await forgetVault(stateFolderOf(flags), byPath)
      const output = context.output(flags.json === true)
      output.emit({ type: 'result', vaultId })
      output.say(`Forgot ${vaultId}.`)
    })
}
