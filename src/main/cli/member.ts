import type { Command } from 'commander'
import { parseId, type SegmentId } from '../contract/ids.ts'
import { displayText } from '../files/index.ts'
import {
  acceptHeld,
  beginEpoch,
  type Exposure,
  type HeldRecords,
  heldRecords,
  type OpenVault,
  type RemoveMemberReport,
  removeMember,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { exitCodeOf } from './exit-code.ts'
import { countText, failureText, type Output, sizeText, usage } from './output.ts'
import { addVaultOptions, openFor, secretOf, type VaultFlags, wayGiven } from './vault-options.ts'

const SHOWN = 20

type RemoveFlags = VaultFlags & {
  readonly key: string
  readonly version?: string
  readonly rewrap?: boolean
  readonly reencrypt?: boolean
}

/** member: who leaves a team, and what came late from those who left. */
export function addMemberCommands(program: Command, context: CommandContext): void {
  const member = program
    .command('member')
    .summary('remove a member of a team, and look at what came late')
    .description(
      'Members are the keys that open a vault. A removed one opens nothing that is added from then on; what it opened before is said.',
    )
  const command = (name: string, summary: string, description: string) =>
    addVaultOptions(member.command(name))
      .summary(summary)
      .description(description)
      .argument('<vault>', 'the vault’s folder')
  const outputOf = (flags: VaultFlags) => context.output(flags.json === true)

  command(
    'remove',
    'remove a member',
    'New files are not locked with the member’s key any more, and a new metadata key begins an epoch that it does not open. ' +
      'Then says what it still opens. Revoke the use of a KMS key in AWS first, and access to the folder. Killed or stopped, the ' +
      'same command goes on.',
  )
    .requiredOption('--key <key>', 'the member’s key, by its label, its ARN, or 8 or more digits of its id')
    .option(
      '--version <id>',
      'of a local key that goes on: the last version that the member holds, retired by `key rotate`',
    )
    .option('--rewrap', 'take the key from the records of all files, too')
    .option('--reencrypt', 'give all current files new keys; older versions stay until they are purged')
    .action(async (path: string, flags: RemoveFlags) => {
      const report = await removed(path, flags, context)
      sayReport(report, outputOf(flags))
      const { rewrapped, reencrypted } = report
      context.exit(
        exitCodeOf({
          failed: failuresOf(report),
          stopped: (rewrapped?.stopped ?? false) || (reencrypted?.stopped ?? false),
        }),
      )
    })
  command(
    'held',
    'list records that came late',
    'Lists what was recorded under an older metadata key and came after a new epoch began: by a member who was removed, or by a ' +
      'device that did not know of it yet. Nothing of it counts until it is accepted.',
  ).action(async (path: string, flags: VaultFlags) => {
    await using vault = await openFor(path, flags, context)
    const held = await heldRecords(vault)
    const output = outputOf(flags)
    output.document({ held })
    for (const each of held) output.say(heldText(each))
    if (held.length === 0) output.say('Nothing is held.')
  })
  command(
    'accept',
    'let records that came late count',
    'Lets what is held of a segment count from now on. Ask whoever wrote it first: nothing tells a late colleague from somebody who was removed.',
  )
    .argument('<segment...>', 'as `member held` lists them, by their whole ids')
    .action(async (path: string, names: string[], flags: VaultFlags) => {
      const segments = names.map(
        (name) => parseId<SegmentId>(name) ?? usage(`A segment’s id has 32 digits, not “${name}”.`),
      )
      await using vault = await openFor(path, flags, context)
      const records = await acceptHeld(vault, segments)
      outputOf(flags).emit({ type: 'result', records })
      outputOf(flags).say(`${countText(records, 'record')} accepted.`)
    })
  command(
    'settle',
    'end a conflict of two metadata keys',
    'Where two devices removed members at once, the vault has two metadata keys and takes no writes. Begins an epoch after both; what ' +
      'was recorded under either counts. If you know of one change only, don’t: somebody who was removed may have made the other.',
  )
    .option('--yes', 'both changes were meant')
    .action(async (path: string, flags: VaultFlags & { readonly yes?: boolean }) => {
      if (!flags.yes) usage('Ask the other devices whether both changes were meant, then give --yes.')
      await using vault = await openFor(path, flags, context)
      if (vault.keys.newest.length < 2) usage('The vault has one metadata key: nothing is to be settled.')
      const epoch = await beginEpoch(vault, { settles: true })
      outputOf(flags).emit({ type: 'result', epoch })
      outputOf(flags).say(`The vault goes on in epoch ${epoch}.`)
    })
}

/** A secret is read once, though the vault is opened twice. */
async function removed(
  path: string,
  flags: RemoveFlags,
  context: CommandContext,
): Promise<RemoveMemberReport> {
  const { passphraseFile, passphraseStdin, recoveryFile, ...others } = flags
  const way = wayGiven(flags)
  try {
    const open = (): Promise<OpenVault> => openFor(path, others, context, way ? { way } : {})
    const { key, version, rewrap = false, reencrypt = false } = flags
    const name = { key, ...(version !== undefined && { version }) }
    return await removeMember(open, { ...name, rewrap, reencrypt, signal: context.interrupts() })
  } finally {
    if (way) secretOf(way)[Symbol.dispose]()
  }
}

function failuresOf({ rewrapped, reencrypted }: RemoveMemberReport) {
  return [...(rewrapped?.failed ?? []), ...(reencrypted?.failed ?? [])].map(({ path, error }) => {
    return { path, code: error.code, message: error.message }
  })
}

function sayReport(report: RemoveMemberReport, output: Output): void {
  const { epochBegun, rewrapped, reencrypted, exposure } = report
  const failed = failuresOf(report)
  output.emit({
    type: 'result',
    epochBegun,
    ...(rewrapped && { rewrapped: rewrapped.rewrapped }),
    ...(reencrypted && { reencrypted: reencrypted.files }),
    failed,
    exposure,
    todo: todoOf(exposure),
  })
  for (const { path, code, message } of failed) output.note(`failed ${failureText(path, code, message)}`)
  const { key, epoch, opens, closed } = exposure
  output.say(`${displayText(key.label)} is no member any more, and epoch ${epoch.now} does not open to it.`)
  if (rewrapped) output.say(`${countText(rewrapped.rewrapped, 'version')} of files locked without it.`)
  if (reencrypted) output.say(`${countText(reencrypted.files, 'file')} have new keys.`)
  const bytes = opens.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  output.say(
    `Whoever kept it and what was in the vault still opens ${countText(opens.length, 'version')} of files (${sizeText(bytes)}):`,
  )
  for (const { path, version, current, purged } of opens.slice(0, SHOWN)) {
    const note = purged ? '  (purged here: only in a copy)' : current ? '' : '  (an older one)'
    output.say(`  ${displayText(path)}  version ${version}${note}`)
  }
  if (opens.length > SHOWN) output.say(`  … and ${opens.length - SHOWN} more; --json lists all.`)
  if (epoch.readable > 0)
    output.say(`And reads names and records up to epoch ${epoch.readable}, no later ones.`)
  output.say(`It does not open ${countText(closed, 'version')} of files.`)
  for (const line of todoOf(exposure)) output.say(`To do: ${line}`)
}

/** What Strongroom can't do, or was not asked to. */
function todoOf({ key, opens, ways, kmsKeys }: Exposure): readonly string[] {
  const keys = [...(key.arn === undefined ? [] : [key.arn]), ...kmsKeys]
  const wrapped = opens.filter((each) => each.wrapped).length
  const current = opens.filter((each) => each.current && !each.purged).length
  const older = opens.filter((each) => !each.current && !each.purged).length
  const others = [
    ...(ways.passphrase ? ['the passphrase'] : []),
    ...ways.recoveryIds.map((id) => `recovery code ${id}`),
  ]
  return [
    ...(keys.length === 0
      ? []
      : [
          `In AWS, take every use of the vault’s keys from the member: ${keys.join(', ')}; by key policy, IAM and grants. It stops new unwraps after a short while; keys that were unwrapped before stay known. Who may use a key that stays (kms:Decrypt, or kms:ReEncryptFrom) opens everything.`,
        ]),
    'Take from the member the access to the vault’s folder and its backups.',
    ...(wrapped > 0
      ? [
          `${countText(wrapped, 'version')} of files are recorded under the key still: \`strongroom key rewrap\`.`,
        ]
      : []),
    ...(current > 0
      ? [
          `${countText(current, 'current file')} open to it: \`strongroom key reencrypt\` gives them new keys.`,
        ]
      : []),
    ...(older > 0
      ? [`${countText(older, 'older version')} open to it: \`strongroom purge\` removes what is not needed.`]
      : []),
    ...(others.length > 0
      ? [
          `If the member knows ${others.join(' or ')}, it opens everything: replace it (\`strongroom key remove\`, \`key add\`), then run this again.`,
        ]
      : []),
  ]
}

function heldText({ segment, deviceName, records, firstMs, lastMs, versions, names }: HeldRecords): string {
  const when = [firstMs, lastMs].map((ms) => new Date(ms).toISOString().slice(0, 16).replace('T', ' '))
  const what = names.length === 0 ? '' : `: ${names.slice(0, SHOWN).map(displayText).join(', ')}`
  return `${segment}  ${displayText(deviceName)}  ${countText(records, 'record')}, ${when.join(' to ')}  ${countText(versions, 'version')} of files${what}`
}
