import { type Command, InvalidArgumentError, Option } from 'commander'
import { VaultError } from '../base/index.ts'
import { ROOT_ID } from '../contract/ids.ts'
import { displayText } from '../files/index.ts'
import { ACT_KINDS, isActKind, RULES, sentenceOf, writeRule } from '../policy/index.ts'
import {
  changePolicy,
  checkPolicy,
  explainPolicy,
  folderNamed,
  keyNamed,
  type OpenVault,
  type PolicyBreak,
  policyOf,
  previewPolicy,
  rulesAt,
  shownFolder,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, type Output, usage } from './output.ts'
import { changeFor, mendFor } from './policy-change.ts'
import { askLine, canPrompt } from './prompt.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

const HONEST =
  'Rules guard against mistakes, in the window and at the command line alike; not against an owner with a debugger.'

/** policy: the rules of a vault, what breaks them, and why something is allowed or denied. */
export function addPolicyCommands(program: Command, context: CommandContext): void {
  const policy = program
    .command('policy')
    .summary('the rules of a vault')
    .description(`The rules of a vault, for all of it or for a folder and what it holds. ${HONEST}`)
  const command = (name: string, summary: string, description: string) =>
    addVaultOptions(policy.command(name))
      .summary(summary)
      .description(description)
      .argument('<vault>', 'the vault’s folder')
  const outputOf = (flags: VaultFlags) => context.output(flags.json === true)

  command(
    'show',
    'show the rules',
    `Shows the rules as sentences: all of them, or those that hold at an item. ${HONEST}`,
  )
    .argument('[item]', 'a path in the vault, or an item’s id')
    .action(async (path: string, name: string | undefined, flags: VaultFlags) => {
      await using vault = await openFor(path, flags, context)
      if (name === undefined) sayRules(vault, outputOf(flags))
      else sayRulesAt(vault, name, outputOf(flags))
    })
  command(
    'set',
    'set a rule, or take it back',
    `Sets a rule for the whole vault or, with --folder, for a folder and all it holds; “none” takes it back. Of a folder’s and the vault’s rules the strictest holds. What there is and breaks the rule is shown first, with the job that mends it. The rules: ${formsText()}. ${HONEST}`,
  )
    .argument('<rule>', 'its name')
    .argument('<value...>', 'its value, or “none”')
    .option('--folder <folder>', 'a folder of the vault, by its path or id; default: the whole vault')
    .option('--dry-run', 'only show what would break the rule')
    .option('--mend', 'then move what there is to the keys of now, where that mends it')
    .option('--yes', 'don’t ask, though something breaks the rule')
    .action(async (path: string, rule: string, value: string[], flags: SetFlags) => {
      await using vault = await openFor(path, flags, context)
      await setRule(vault, rule, value, flags, context)
    })
  command(
    'check',
    'look what breaks the rules today',
    'Looks which files and keys break the rules today, and says what mends it. Ends with 0 if nothing does, with 6 if something does.',
  ).action(async (path: string, flags: VaultFlags) => {
    await using vault = await openFor(path, flags, context)
    const { breaks, conflicts, notes } = checkPolicy(vault)
    const output = outputOf(flags)
    output.emit({ type: 'result', breaks, conflicts, notes })
    sayBreaks(breaks, output)
    for (const { message } of conflicts) output.say(`Conflict: ${displayText(message)}`)
    for (const note of notes) output.note(`Note: ${displayText(note)}`)
    if (breaks.length === 0) output.say('Nothing breaks the rules.')
    else context.exit(new VaultError('POLICY_DENIED', '').exit)
  })
  command(
    'explain',
    'say why an act is allowed or denied',
    'Says what the rules make of an act, and every rule that has a say. Nothing is done.',
  )
    .addArgument(policy.createArgument('<act>', 'what would be done').choices(ACT_KINDS))
    .argument('[item]', 'where: a path in the vault, or an item’s id; default: the whole vault')
    .option('--key <key>', 'of acts on a key: its label, ARN or id')
    .addOption(
      new Option('--score <n>', 'of set-passphrase: how strong it is, 0 to 4').argParser((text) => {
        if (!/^[0-4]$/.test(text)) throw new InvalidArgumentError('0 to 4.')
        return Number(text)
      }),
    )
    .action(async (path: string, act: string, name: string | undefined, flags: ExplainFlags) => {
      if (!isActKind(act)) usage(`There is no act “${act}”.`)
      await using vault = await openFor(path, flags, context)
      const { key, score } = flags
      const decision = explainPolicy(vault, {
        act,
        ...(name !== undefined && { name }),
        ...(key !== undefined && { key: keyNamed(vault, key) }),
        ...(score !== undefined && { score }),
      })
      const output = outputOf(flags)
      output.emit({ type: 'result', act, ...decision })
      output.say(`${VERDICTS[decision.verdict]}.`)
      if ('reason' in decision) {
        output.say(`  ${displayText(`${decision.reason} To comply: ${decision.comply}`)}`)
      }
      for (const { sentence, setAt, verdict, why } of decision.trace) {
        const where = setAt === '' ? '' : ` (set on ${setAt})`
        output.say(displayText(`${VERDICTS[verdict].padEnd(14)}${sentence}${where}${why && ` ${why}`}`))
      }
      if (decision.trace.length === 0) output.say('No rule is set there.')
    })
}

const VERDICTS = {
  allowed: 'Allowed',
  ask: 'To confirm',
  denied: 'Denied',
  silent: 'Says nothing',
  overruled: 'Overruled',
  unsupported: 'Can’t be read',
} as const

type SetFlags = VaultFlags & {
  readonly folder?: string
  readonly dryRun?: boolean
  readonly mend?: boolean
  readonly yes?: boolean
}
type ExplainFlags = VaultFlags & { readonly key?: string; readonly score?: number }

const formsText = (): string =>
  Object.entries(RULES)
    .map(([kind, { form }]) => `${kind} ${form}`)
    .join(' · ')

async function setRule(
  vault: OpenVault,
  rule: string,
  value: readonly string[],
  flags: SetFlags,
  context: CommandContext,
): Promise<void> {
  const output = context.output(flags.json === true)
  const folder = flags.folder === undefined ? ROOT_ID : folderNamed(vault, flags.folder).id
  const change = changeFor(vault, rule, value, folder)
  const breaks = previewPolicy(vault, change)
  sayBreaks(breaks, output)
  if (flags.dryRun) {
    output.emit({ type: 'result', set: false, breaks })
    if (breaks.length === 0) output.say('Nothing there is breaks it. Nothing was changed.')
    return
  }
  if (breaks.length > 0 && !flags.yes) await confirm(breaks)
  await changePolicy(vault, change)
  const mended = flags.mend ? await mendFor(vault, breaks, flags.folder, context) : null
  const { conflicts } = checkPolicy(vault)
  output.emit({ type: 'result', set: true, breaks, conflicts, mended })
  output.say(change.kind === 'remove' ? `The rule ${change.name} is taken back.` : 'The rule is set.')
  for (const { message } of conflicts) output.say(`Conflict: ${displayText(message)}`)
  if (mended !== null) output.say(`${countText(mended, 'version')} moved to the keys of now.`)
}

/** @throws POLICY_CONFIRMATION there is nobody to ask · USAGE they said no */
async function confirm(breaks: readonly PolicyBreak[]): Promise<void> {
  if (!canPrompt()) {
    throw new VaultError(
      'POLICY_CONFIRMATION',
      `${breaks.map(({ message }) => message).join(' ')} The rule was not set.`,
      { versions: breaks.reduce((sum, { versions }) => sum + versions, 0) },
    )
  }
  if ((await askLine('Set it all the same? Type yes: ')).trim().toLowerCase() !== 'yes') {
    usage('The rule was not set.')
  }
}

function sayBreaks(breaks: readonly PolicyBreak[], output: Output): void {
  for (const { sentence, message, versions, paths, remedy } of breaks) {
    const count = versions === 0 ? '' : ` It is broken by ${countText(versions, 'version')} of files.`
    output.say(displayText(`${sentence}${count} ${message}`))
    for (const path of paths) output.say(`  ${displayText(path)}`)
    output.say(`  ${remedy}`)
  }
}

function sayRules(vault: OpenVault, output: Output): void {
  const policy = policyOf(vault)
  const rules = policy.rules.map(({ rule, folder }) => {
    const setAt = folder === ROOT_ID ? '/' : shownFolder(vault, folder)
    const sentence = sentenceOf(policy, rule, setAt)
    return { rule: rule.kind, value: writeRule(rule), setAt, folderId: folder, sentence }
  })
  const { conflicts } = checkPolicy(vault)
  output.document({ rules, unknown: policy.unknown, conflicts })
  for (const { rule, sentence } of rules) output.say(displayText(`${rule.padEnd(17)} ${sentence}`))
  for (const { name, value } of policy.unknown) {
    output.say(displayText(`${name}  ${value}  (this version can’t read it, and changes nothing here)`))
  }
  for (const { message } of conflicts) output.say(`Conflict: ${displayText(message)}`)
  if (rules.length + policy.unknown.length === 0) output.say('No rules are set.')
  output.note(HONEST)
}

function sayRulesAt(vault: OpenVault, name: string, output: Output): void {
  const policy = policyOf(vault)
  const rules = rulesAt(vault, name).map(({ rule, setAt }) => {
    return { rule: rule.kind, value: writeRule(rule), setAt, sentence: sentenceOf(policy, rule, setAt) }
  })
  output.document({ rules, unknown: policy.unknown, conflicts: [] })
  for (const { rule, sentence } of rules) output.say(displayText(`${rule.padEnd(17)} ${sentence}`))
  if (rules.length === 0) output.say('No rules hold there.')
}
