import type { Command } from 'commander'
import { VaultError } from '../base/index.ts'
import { displayText, readSmallFile } from '../files/index.ts'
import {
  type Caller,
  type Finding,
  lint,
  type Policy,
  parseCaller,
  parsePolicy,
  policyInWords,
  simulate,
} from '../iam/index.ts'
import { type Checked, type KmsClient, type KmsKeyFacts, openKms } from '../kms/index.ts'
import { countByKeyVersion, impactOf, keyNamed, wrappingKeys } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, type Output, usage } from './output.ts'
import { addVaultOptions, collect, openFor, type VaultFlags } from './vault-options.ts'

type JsonFlag = { readonly json?: boolean }
type RotationFlags = JsonFlag & {
  readonly on?: boolean
  readonly off?: boolean
  readonly now?: boolean
  readonly days?: string
}
type PolicyFlags = VaultFlags & { readonly as?: string; readonly identity?: readonly string[] }

const POLICY_MAX_BYTES = 64 * 1024

/** kms: what AWS says of a key, its rotation and deletion, and its policy in words. */
export function addKmsCommands(program: Command, context: CommandContext): void {
  const kms = program
    .command('kms')
    .summary('AWS KMS keys: their facts, rotation, deletion and policies')
    .description(
      'What AWS says of a KMS key. Credentials, region and endpoint are found as the AWS SDK finds them.',
    )
  const outputOf = (flags: JsonFlag) => context.output(flags.json === true)
  const json = (command: Command) => command.option('--json', 'one JSON document; errors too')

  json(kms.command('describe'))
    .summary('show the facts of a key')
    .description(
      'Shows what AWS says of a key. What this role may not ask is said so, and never shown as “off”.',
    )
    .argument('<key>', 'its ARN, alias or id')
    .action(async (name: string, flags: JsonFlag) => {
      using client = openKms({ trusted: () => new Set() })
      sayFacts(await client.describeKey(name), outputOf(flags))
    })
  json(kms.command('rotation'))
    .summary('show or change how a key is rotated')
    .description(
      'Shows the rotations of a key, or changes how it is rotated. A rotation by itself moves no file: `key rewrap` does.',
    )
    .argument('<key>', 'its ARN, alias or id')
    .option('--on', 'rotate it every 365 days, or --days')
    .option('--days <n>', 'with --on: 90 to 2560')
    .option('--off', 'don’t rotate it by itself any more')
    .option('--now', 'rotate it now; AWS allows this a limited number of times for a key')
    .action(async (name: string, flags: RotationFlags) => {
      await withKey(name, (client, { arn }) => changeRotation(client, arn, flags))
      using client = openKms({ trusted: () => new Set() })
      sayRotation(await client.describeKey(name), outputOf(flags))
    })
  json(kms.command('policy'))
    .summary('say a key’s policy in words')
    .description('Says a key’s policy in sentences, and what of it could not be read.')
    .argument('<key>', 'its ARN, alias or id')
    .action(async (name: string, flags: JsonFlag) => {
      const output = outputOf(flags)
      const text = await withKey(name, (client, { arn }) => client.care.getPolicy(arn))
      const parsed = parsePolicy(text, 'key')
      const statements = parsed.kind === 'read' ? parsed.policy.statements.map(policyInWords) : []
      output.document({ policy: text, statements, problems: parsed.problems })
      for (const [at, sentence] of statements.entries()) output.say(`${at + 1}. ${displayText(sentence)}`)
      for (const { message } of parsed.problems) output.say(`Not understood: ${displayText(message)}`)
    })
  addVaultOptions(kms.command('lint'))
    .summary('look for mistakes in the policies of a vault’s KMS keys')
    .description(
      'Looks for what is dangerous, without effect, or missing in the policies of a vault’s KMS keys.',
    )
    .argument('<vault>', 'the vault’s folder')
    .action(async (path: string, flags: VaultFlags) => {
      await using vault = await openFor(path, flags, context)
      const output = outputOf(flags)
      const keys = []
      for (const { arn, label } of wrappingKeys(vault)) {
        if (arn === undefined) continue
        const { policy, problems } = readPolicy(await vault.kms.care.getPolicy(arn))
        keys.push({ arn, label, findings: lint(policy, { keyArn: arn, vaultId: vault.vaultId }, problems) })
      }
      output.document({ keys })
      for (const { label, findings } of keys) sayFindings(label, findings, output)
      if (keys.some(({ findings }) => findings.some(({ severity }) => severity !== 'note'))) context.exit(4)
    })
  addVaultOptions(kms.command('simulate'))
    .summary('ask whether somebody could use a vault’s KMS keys')
    .description(
      'Answers, by AWS’s rule and for each call that a vault makes, whether somebody may make it. What is not known gives ' +
        '“can’t decide”, never “allowed”. It reads policies and calls nothing in their name.',
    )
    .argument('<vault>', 'the vault’s folder')
    .requiredOption('--as <arn>', 'who: the ARN of a user, role or session, or an account')
    .option('--identity <file>', 'an IAM policy of theirs; may be given again', collect)
    .action(async (path: string, flags: PolicyFlags) => {
      const caller = parseCaller(flags.as ?? '') ?? usage(`${flags.as} is nobody who can call KMS.`)
      const identity = flags.identity?.map((file) => readPolicy(textOf(file)).policy)
      await using vault = await openFor(path, flags, context)
      const output = outputOf(flags)
      const opens = countByKeyVersion(vault)
      const keys = []
      for (const { arn, label, versions } of wrappingKeys(vault)) {
        if (arn === undefined) continue
        const answers = await simulated(vault.kms, arn, vault.vaultId, caller, identity)
        const files = versions.reduce((sum, { keyVersionId }) => sum + (opens.get(keyVersionId) ?? 0), 0)
        keys.push({ arn, label, files, answers })
      }
      output.document({ keys })
      for (const { label, files, answers } of keys) {
        output.say(`${displayText(label)}, which opens ${countText(files, 'version')} of files:`)
        for (const { need, decision } of answers) {
          output.say(`  ${decision.answer.padEnd(13)}  ${need.action}, to ${need.purpose}`)
          output.say(`                 ${displayText(decision.reason)}`)
        }
      }
    })
  addVaultOptions(kms.command('schedule-deletion'))
    .summary('have AWS delete a vault’s KMS key')
    .description(
      'Has AWS delete a KMS key after a wait, in which it can’t be used and `cancel-deletion` takes that back. Refused while any ' +
        'kept version of a file of this vault opens by nothing else. AWS knows nothing of other vaults and sealed files.',
    )
    .argument('<vault>', 'the vault’s folder')
    .argument('<key>', 'its label, its ARN, or 8 or more digits of its id')
    .option('--days <n>', '7 to 30', '30')
    .requiredOption('--confirm <label>', 'the key’s label once more: nobody can undo the end of the wait')
    .action(
      async (
        path: string,
        name: string,
        flags: VaultFlags & { readonly days: string; readonly confirm: string },
      ) => {
        await using vault = await openFor(path, flags, context)
        const { arn, label, versions } = keyNamed(vault, name)
        if (arn === undefined) return usage(`${label} is no KMS key.`)
        if (flags.confirm !== label) usage(`Give --confirm with the key’s label, ${label}. Nothing was done.`)
        const needed = [...impactOf(vault, new Set(versions.map(({ keyVersionId }) => keyVersionId)))]
        const [first] = needed
        if (first !== undefined) {
          const message = `${countText(needed.length, 'version')} of files would be unreadable, ${first.path} among them.`
          throw new VaultError('KEY_NEEDED', message, { versions: needed.length, path: first.path })
        }
        const endMs = await vault.kms.care.scheduleDeletion(arn, Number(flags.days))
        const output = outputOf(flags)
        output.emit({ type: 'result', arn, deletionMs: endMs })
        output.say(
          `AWS will delete ${arn} ${endMs === null ? 'after the wait' : `on ${day(endMs)}`}. Until then it can be cancelled.`,
        )
      },
    )
  json(kms.command('cancel-deletion'))
    .summary('keep a key that AWS was to delete')
    .description(
      'Keeps a key that waits for its deletion. It is disabled after that: --enable lets it be used again.',
    )
    .argument('<key>', 'its ARN, alias or id')
    .option('--enable', 'and let it be used again')
    .action(async (name: string, flags: JsonFlag & { readonly enable?: boolean }) => {
      const facts = await withKey(name, async (client, { arn }) => {
        await client.care.cancelDeletion(arn)
        if (flags.enable) await client.care.enableKey(arn)
        return await client.describeKey(arn)
      })
      outputOf(flags).emit({ type: 'result', arn: facts.arn, state: facts.state })
      outputOf(flags).say(`${facts.arn} is ${facts.state}.`)
    })
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const textOf = (file: string): string => new TextDecoder().decode(readSmallFile(file, POLICY_MAX_BYTES))

/** Asks one key that a person named, and no other. */
async function withKey<T>(
  name: string,
  act: (client: KmsClient, facts: KmsKeyFacts) => Promise<T>,
): Promise<T> {
  const trusted = new Set<string>()
  using client = openKms({ trusted: () => trusted })
  const facts = await client.describeKey(name)
  trusted.add(facts.arn)
  return await act(client, facts)
}

async function changeRotation(
  client: KmsClient,
  arn: string,
  { on, off, now, days }: RotationFlags,
): Promise<void> {
  if ([on, off, now].filter(Boolean).length > 1) usage('Give one of --on, --off and --now.')
  if (days !== undefined && !on) usage('--days goes with --on.')
  if (on) await client.care.enableRotation(arn, days === undefined ? undefined : Number(days))
  if (off) await client.care.disableRotation(arn)
  if (now) await client.care.rotateOnDemand(arn)
}

/** @throws KMS_POLICY_REFUSED it is no policy */
function readPolicy(text: string) {
  const parsed = parsePolicy(text, 'key')
  if (parsed.kind === 'read') return parsed
  const [problem] = parsed.problems
  throw new VaultError(
    'KMS_POLICY_REFUSED',
    `That is no policy: ${problem?.message ?? 'it has no statement'}`,
  )
}

async function simulated(
  client: KmsClient,
  arn: string,
  vaultId: Parameters<typeof simulate>[2],
  caller: Caller,
  identity: readonly Policy[] | undefined,
) {
  const keyPolicy = readPolicy(await client.care.getPolicy(arn)).policy
  const grants = (await client.care.listGrants(arn)).map(({ id, grantee, operations, context }) => ({
    id,
    grantee,
    operations,
    issuingAccount: null,
    ...(context?.match === 'equals' && { contextEquals: context.pairs }),
    ...(context?.match === 'subset' && { contextSubset: context.pairs }),
  }))
  return simulate(caller, arn, vaultId, { keyPolicy, grants, ...(identity && { identity }) })
}

function sayFacts(facts: KmsKeyFacts, output: Output): void {
  output.document(facts)
  const { arn, state, manager, origin, spec, usage: use, deletionMs } = facts
  output.say(
    `${arn}\n  ${state}, managed by ${manager === 'aws' ? 'AWS' : 'you'}, ${spec}, ${use}, origin ${origin}`,
  )
  if (deletionMs !== null)
    output.say(`  AWS deletes it on ${day(deletionMs)}: until then it can’t be used, and can be kept.`)
  output.say(`  Aliases: ${checkedText(facts.aliases, (names) => names.join(', ') || 'none')}`)
  sayRotationOf(facts, output)
}

function sayRotation(facts: KmsKeyFacts, output: Output): void {
  output.document({ arn: facts.arn, rotation: facts.rotation, rotations: facts.rotations })
  sayRotationOf(facts, output)
}

function sayRotationOf({ rotation, rotations }: KmsKeyFacts, output: Output): void {
  const text = checkedText(rotation, (value) => {
    if (value.kind !== 'on') return value.kind === 'off' ? 'off' : 'not possible for this kind of key'
    const next = value.nextMs === null ? '' : `, next on ${day(value.nextMs)}`
    return `every ${value.periodDays ?? 365} days${next}`
  })
  output.say(`  Rotation: ${text}`)
  output.say(
    `  Rotated so far: ${checkedText(rotations, (all) => countText(Math.max(0, all.length - 1), 'time'))}`,
  )
}

function checkedText<T>(checked: Checked<T>, text: (value: T) => string): string {
  return checked.kind === 'known'
    ? displayText(text(checked.value))
    : `could not check (${checked.reason.code})`
}

function sayFindings(label: string, findings: readonly Finding[], output: Output): void {
  output.say(
    `${displayText(label)}: ${findings.length === 0 ? 'nothing found' : countText(findings.length, 'finding')}`,
  )
  for (const { severity, statement, evidence, consequence, fix } of findings) {
    output.say(
      `  ${severity}${statement === null ? '' : `, statement ${statement}`}: ${displayText(evidence)}`,
    )
    output.say(`    ${displayText(consequence)}\n    ${displayText(fix)}`)
  }
}
