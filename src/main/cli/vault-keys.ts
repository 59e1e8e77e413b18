import type { Command } from 'commander'
import type { Secret } from '../base/index.ts'
import { type DeviceId, parseId, type RecoveryKeyId } from '../contract/ids.ts'
import { displayText } from '../files/index.ts'
import { usableKmsKey } from '../kms/index.ts'
import {
  addKmsKey,
  addPassphrase,
  createRecovery,
  declareGone,
  destroyVersion,
  itemsBelow,
  keyNamed,
  type OpenVault,
  openPassphrase,
  reencryptItems,
  removeRecipient,
  removeWayIn,
  rewrapVersions,
  rotate,
  setVersionState,
  versionNamed,
  type WrappingKey,
  waysIn,
  wrappingKeys,
  writeRecoverySheet,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { exitCodeOf } from './exit-code.ts'
import { sayImpact, sayKeys } from './key-text.ts'
import { countText, failureText, sizeText, usage } from './output.ts'
import { askNewPassphrase, askPassphrase, canPrompt } from './prompt.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

type KeyFlags = VaultFlags & { readonly version?: string; readonly yes?: boolean }

/** key: what locks the files of a vault, and the lives of its versions. */
export function addKeyCommands(program: Command, context: CommandContext): void {
  const key = program
    .command('key')
    .summary('the keys of a vault, their versions and ways in')
    .description('The keys that lock a vault’s files: their versions, what each opens, and the ways to them.')
  const command = (name: string, summary: string, description: string) =>
    addVaultOptions(key.command(name))
      .summary(summary)
      .description(description)
      .argument('<vault>', 'the vault’s folder')
  const open = (path: string, flags: VaultFlags) => openFor(path, flags, context, { single: true })
  const outputOf = (flags: VaultFlags) => context.output(flags.json === true)

  command(
    'ls',
    'list keys, versions and ways in',
    'Lists the vault’s keys, their versions, how many versions of files each opens, and the ways in.',
  ).action(async (path: string, flags: VaultFlags) => {
    await using vault = await openFor(path, flags, context)
    sayKeys(vault, outputOf(flags))
  })
  command(
    'add',
    'add a way in',
    'Lets a passphrase, one more recovery code, or an AWS KMS key open the vault.',
  )
    .option('--kms-key <key>', 'a KMS key, by its ARN or alias: new files are locked with it, too')
    .option(
      '--new-passphrase-file <file>',
      'the new passphrase is the first line of this file; default: asked for',
    )
    .option('--allow-weak-passphrase', 'take a passphrase that would soon be guessed')
    .option('--recovery-out <file>', 'make a recovery code instead, and write it to this new file')
    .action(async (path: string, flags: AddFlags) => {
      await using vault = await open(path, flags)
      await addWay(vault, flags)
      outputOf(flags).say('The vault opens by it from now on.')
      outputOf(flags).emit({ type: 'result', ways: waysIn(vault) })
    })
  command(
    'remove',
    'take a way in away',
    'Takes away the passphrase (“passphrase”), a recovery code by its id, or a key by its label, ARN or id: new files are ' +
      'not locked with that any more, and `key rewrap` takes it from those there are.',
  )
    .argument('<way>', '“passphrase”, the id of a recovery code, or a key, as `key ls` shows them')
    .option('--leave-keychain-only', 'though only this computer’s keychain is left')
    .action(
      async (path: string, name: string, flags: VaultFlags & { readonly leaveKeychainOnly?: boolean }) => {
        await using vault = await open(path, flags)
        const id = parseId<RecoveryKeyId>(name)
        const isRecovery = id !== undefined && vault.keys.ways.recoveries.has(id)
        if (name === 'passphrase' || isRecovery) {
          await removeWayIn(
            vault,
            isRecovery ? { kind: 'recovery', id } : { kind: 'passphrase' },
            flags.leaveKeychainOnly === true,
          )
        } else {
          const key = keyNamed(vault, name)
          await removeRecipient(vault, key)
          outputOf(flags).say(
            `New files are not locked with ${displayText(key.label)} any more. \`strongroom key rewrap\` takes it from those there are.`,
          )
        }
        outputOf(flags).emit({ type: 'result', removed: name })
      },
    )
  command(
    'rotate',
    'give a key a new version',
    'Makes a new version of a key, which new files are locked with; every way in opens it, too. Files stay under the version they are under: see `key rewrap`.',
  )
    .argument('<key>', 'its label, or the first 8 or more digits of its id')
    .option('--drop-passphrase', 'the passphrase does not open the vault any more')
    .action(async (path: string, name: string, flags: VaultFlags & { readonly dropPassphrase?: boolean }) => {
      await using vault = await open(path, flags)
      using passphrase = await rotationPassphrase(vault, flags)
      const dropPassphrase = flags.dropPassphrase === true
      const version = await rotate(vault, {
        key: keyNamed(vault, name),
        dropPassphrase,
        ...(passphrase && { passphrase }),
      })
      outputOf(flags).emit({ type: 'result', keyVersionId: version })
      outputOf(flags).say(
        `New files are locked with the version ${version}. \`strongroom key rewrap\` moves those there are.`,
      )
    })
  for (const [act, state, summary] of STATES) {
    command(
      act,
      summary,
      `${summary[0]?.toUpperCase()}${summary.slice(1)}. It is a rule of this vault, which guards against mistakes.`,
    )
      .argument('<key>', 'its label, or the first 8 or more digits of its id')
      .requiredOption('--version <id>', 'the version, by the first 8 or more digits of its id')
      .action(async (path: string, name: string, flags: KeyFlags) => {
        await using vault = await open(path, flags)
        const named = keyNamed(vault, name)
        const { keyVersionId } = versionNamed(named, flags.version ?? '')
        await setVersionState(vault, named, keyVersionId, state)
        outputOf(flags).emit({ type: 'result', keyVersionId, state })
      })
  }
  command(
    'impact',
    'list what would be lost without a version',
    'Lists every kept version of every file that nothing else would open. Sealed files outside the vault are not counted.',
  )
    .argument('<key>', 'its label, or the first 8 or more digits of its id')
    .option('--version <id>', 'one version; default: all of them')
    .action(async (path: string, name: string, flags: KeyFlags) => {
      await using vault = await openFor(path, flags, context)
      sayImpact(vault, versionsIn(keyNamed(vault, name), flags), outputOf(flags))
    })
  command(
    'destroy',
    'destroy a version for ever',
    'Removes the copies and the keychain entry of a version that nothing needs any more.',
  )
    .argument('<key>', 'its label, or the first 8 or more digits of its id')
    .requiredOption('--version <id>', 'the version, by the first 8 or more digits of its id')
    .option('--yes', 'don’t ask')
    .action(async (path: string, name: string, flags: KeyFlags) => {
      if (!flags.yes) usage('Destroying is final: give --yes.')
      await using vault = await openFor(path, flags, context)
      const named = keyNamed(vault, name)
      const { keyVersionId } = versionNamed(named, flags.version ?? '')
      await destroyVersion(vault, named, keyVersionId)
      outputOf(flags).emit({ type: 'result', keyVersionId, state: 'destroyed' })
      outputOf(flags).say(`The version ${keyVersionId} is destroyed.`)
    })
  command(
    'rewrap',
    'move files to the active versions',
    'Locks the file keys anew with the active versions; messages stay as they are. Killed or stopped, the same command goes on.',
  )
    .argument('[item...]', 'only these and what is in them')
    .option('--from <version>', 'only what is under this version, by its whole id')
    .action(async (path: string, names: string[], flags: VaultFlags & { readonly from?: string }) => {
      await using vault = await openFor(path, flags, context)
      const from = flags.from === undefined ? undefined : versionIn(wrappingKeys(vault), flags.from)
      const items = names.length > 0 ? itemsBelow(vault, names) : undefined
      const report = await rewrapVersions(vault, {
        signal: context.interrupts(),
        ...(from && { from }),
        ...(items && { items }),
      })
      const output = outputOf(flags)
      const failed = report.failed.map(({ path: at, error }) => ({
        path: at,
        code: error.code,
        message: error.message,
      }))
      output.emit({ type: 'result', ...report, failed })
      for (const each of failed) output.note(`failed ${failureText(each.path, each.code, each.message)}`)
      output.say(
        `${countText(report.rewrapped, 'version')} moved, ${report.skipped} there already, in ${report.seconds.toFixed(1)} s.`,
      )
      context.exit(exitCodeOf({ failed, stopped: report.stopped }))
    })
  command(
    'reencrypt',
    'give files new keys',
    'Makes the contents of each file a new version under a new key. Whoever had an older key opens nothing of it. The older ' +
      'versions stay until they are purged.',
  )
    .argument('[item...]', 'files, and folders with all they hold; default: all')
    .action(async (path: string, names: string[], flags: VaultFlags) => {
      await using vault = await openFor(path, flags, context)
      const signal = context.interrupts()
      const report = await reencryptItems(vault, names.length > 0 ? names : ['/'], { signal })
      const output = outputOf(flags)
      const failed = report.failed.map(({ path: at, error }) => ({
        path: at,
        code: error.code,
        message: error.message,
      }))
      output.emit({ type: 'result', ...report, failed })
      for (const each of failed) output.note(`failed ${failureText(each.path, each.code, each.message)}`)
      output.say(
        `${countText(report.files, 'file')} (${sizeText(report.bytes)}) have new keys, in ${report.seconds.toFixed(1)} s.`,
      )
      context.exit(exitCodeOf({ failed, stopped: report.stopped }))
    })
  command(
    'device-gone',
    'say that a device will not come back',
    'Nobody waits any more for what this device may still bring.',
  )
    .argument('<device>', 'its id, as `key destroy` names it')
    .action(async (path: string, name: string, flags: VaultFlags) => {
      const device = parseId<DeviceId>(name) ?? usage(`A device’s id has 32 digits, not “${name}”.`)
      await using vault = await open(path, flags)
      await declareGone(vault, device)
      outputOf(flags).emit({ type: 'result', device })
    })
}

const STATES = [
  ['retire', 'retired', 'let a version only open what it locks'],
  ['disable', 'disabled', 'let a version open nothing, until it is enabled'],
  ['enable', 'retired', 'let a disabled version open again'],
] as const

type AddFlags = VaultFlags & {
  readonly newPassphraseFile?: string
  readonly allowWeakPassphrase?: boolean
  readonly recoveryOut?: string
  readonly kmsKey?: string
}

async function addWay(
  vault: OpenVault,
  { recoveryOut, newPassphraseFile, kmsKey, allowWeakPassphrase = false }: AddFlags,
): Promise<void> {
  if (kmsKey !== undefined) {
    if (recoveryOut !== undefined || newPassphraseFile !== undefined) usage('Add one way in at a time.')
    await addKmsKey(vault, await usableKmsKey(kmsKey))
    return
  }
  if (recoveryOut !== undefined) {
    if (newPassphraseFile !== undefined) usage('Add one way in at a time.')
    await createRecovery(vault, { give: (code, facts) => writeRecoverySheet(recoveryOut, code, facts) })
    return
  }
  if (newPassphraseFile === undefined && !canPrompt())
    usage('Give --new-passphrase-file, --recovery-out or --kms-key.')
  using passphrase =
    newPassphraseFile === undefined
      ? await askNewPassphrase()
      : openPassphrase({ kind: 'file', path: newPassphraseFile })
  await addPassphrase(vault, passphrase, allowWeakPassphrase)
}

/** The passphrase that shall open the new version, too; undefined: none opens the vault, or it is dropped. */
async function rotationPassphrase(
  vault: OpenVault,
  { passphraseFile, dropPassphrase }: VaultFlags & { readonly dropPassphrase?: boolean },
): Promise<Secret | undefined> {
  if (dropPassphrase || !waysIn(vault).passphrase) return undefined
  if (passphraseFile !== undefined) return openPassphrase({ kind: 'file', path: passphraseFile })
  return canPrompt()
    ? await askPassphrase('Passphrase of the vault, to open the new version, too: ')
    : undefined
}

function versionsIn(key: WrappingKey, { version }: KeyFlags) {
  const named = version === undefined ? key.versions : [versionNamed(key, version)]
  return new Set(named.map(({ keyVersionId }) => keyVersionId))
}

function versionIn(keys: readonly WrappingKey[], name: string) {
  const found = keys.flatMap(({ versions }) => versions).find(({ keyVersionId }) => keyVersionId === name)
  return found?.keyVersionId ?? usage(`The vault has no key version ${name}.`)
}
