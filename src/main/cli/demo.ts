import { relative } from 'node:path'
import type { Command } from 'commander'
import { randomBytes, type Secret, VaultError, writeBase64 } from '../base/index.ts'
import { displayText, fileSha256, parentOf, ScratchFolder } from '../files/index.ts'
import { inspectFile, type JobEvent, openPassphrase, sealFiles, unsealFiles } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { describe } from './inspect.ts'
import { countText, type Output, sizeText } from './output.ts'

type Done = Extract<JobEvent, { kind: 'done' }>

const SHOWN_FILES = 5

export function addDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .summary('seal and open real files in a temporary folder, every step said and shown')
    .description(
      'Seals files in a temporary folder under a passphrase made for this run, shows what each step of the envelope ' +
        'did, opens them again, compares, tries a damaged copy and a wrong passphrase, and removes the folder. With ' +
        'paths it takes your files, which are only read.',
    )
    .argument('[path...]', 'your own files and folders; default: three small ones made for this')
    .option('--keep', 'leave the temporary folder for you to look at')
    .action((paths: string[], flags: { readonly keep?: boolean }) =>
      runDemo(paths, flags.keep === true, context),
    )
}

async function runDemo(paths: readonly string[], keep: boolean, context: CommandContext): Promise<void> {
  const output = context.output(false)
  // Before the folder is made: it must be removed, whenever Ctrl-C comes.
  context.interrupts()
  using scratch = new ScratchFolder('strongroom-demo-')
  if (keep) scratch.keep()
  output.say(`Everything below happens in ${scratch.path}${keep ? '' : ', removed at the end'}.\n`)

  const sources = paths.length > 0 ? paths : makeSamples(scratch)
  output.say(`1. The files: ${paths.length > 0 ? 'yours, only read' : 'three, made for this'}.`)
  using passphrase = madePassphrase()
  output.say('2. A passphrase of 32 random characters, made for this run and never shown.')

  const sealed = await seal(sources, passphrase, scratch, context, output)
  const first = sealed[0]
  if (first === undefined) throw new VaultError('NOT_FOUND', 'There was no file to seal.')
  output.say(`\n4. What the first sealed file says of itself, to anyone:\n`)
  output.say(indent(describe(inspectFile(first.target))))

  await openAgain(sealed, passphrase, scratch, context, output)
  await tryDamaged(first, passphrase, scratch, context, output)
  await tryWrongPassphrase(first, scratch, context, output)
  output.say(
    keep
      ? `\nThe folder was kept: ${scratch.path}`
      : '\nThe temporary folder is removed. Nothing else was written.',
  )
}

async function seal(
  paths: readonly string[],
  passphrase: Secret,
  scratch: ScratchFolder,
  context: CommandContext,
  output: Output,
): Promise<readonly Done[]> {
  output.say('3. Sealing.')
  const sealed: Done[] = []
  const onEvent = (event: JobEvent) => {
    if (event.kind === 'key') {
      output.say(
        `   Argon2id made a key of the passphrase: 256 MiB, 3 passes, ${event.seconds.toFixed(2)} s, once for all files.`,
      )
    } else if (event.kind === 'done') {
      sealed.push(event)
      if (sealed.length <= SHOWN_FILES) output.say(envelopeText(event))
    } else if (event.kind === 'failed') throw event.error
  }
  const request = { paths, to: `${scratch.path}/sealed`, exists: 'refuse' as const }
  const way = { kind: 'passphrase' as const, passphrase, allowWeak: true }
  const report = await sealFiles(
    context.runtime,
    { ...request, with: way },
    { signal: context.interrupts(), onEvent },
  )
  demandWhole(report.stopped)
  output.say(
    `   ${countText(report.files, 'file')} sealed, ${sizeText(report.bytes)}, in ${report.seconds.toFixed(2)} s, each synced to the disk.`,
  )
  return sealed
}

/** The envelope of one file, from its real header. */
function envelopeText({ path, target, bytes }: Done): string {
  const it = inspectFile(target)
  const [edk] = it.edks
  return [
    `   ${displayText(relative(parentOf(path), path))}, ${sizeText(bytes)}`,
    '     data key    32 new random bytes, for this file alone, never on disk in clear',
    `     wrapped     by the passphrase’s key with AES-256-GCM: ${edk?.ciphertextBytes ?? 0} bytes in the header`,
    `     message id  ${it.messageId.slice(0, 16)}…, mixed with the data key by HKDF-SHA512 into the file’s own encryption key`,
    `     commitment  ${it.commitKey.slice(0, 16)}…: no other key can open this file to anything`,
    `     contents    ${countText(it.frames ?? 0, 'frame')} of at most ${sizeText(it.frameLengthBytes)}, each with its own tag`,
    `     written     ${sizeText(it.sizeBytes)} as a file without a name, synced, then named ${displayText(relative(parentOf(target), target))}`,
  ].join('\n')
}

async function openAgain(
  sealed: readonly Done[],
  passphrase: Secret,
  scratch: ScratchFolder,
  context: CommandContext,
  output: Output,
): Promise<void> {
  const opened: Done[] = []
  const onEvent = (event: JobEvent) => {
    if (event.kind === 'done') opened.push(event)
    if (event.kind === 'failed') throw event.error
  }
  const request = {
    paths: [`${scratch.path}/sealed`],
    to: `${scratch.path}/opened`,
    exists: 'refuse' as const,
  }
  const report = await unsealFiles(
    context.runtime,
    { ...request, with: { kind: 'passphrase', passphrase }, requiredContext: new Map() },
    { signal: context.interrupts(), onEvent },
  )
  demandWhole(report.stopped)
  const sourceOf = new Map(sealed.map((file) => [file.target, file.path]))
  const same = opened.filter((file) => fileSha256(file.target) === fileSha256(sourceOf.get(file.path) ?? ''))
  output.say(
    `\n5. Opened again: ${countText(report.files, 'file')} in ${report.seconds.toFixed(2)} s; ` +
      `${same.length} of ${sealed.length} have the SHA-256 of their source.`,
  )
  if (same.length !== sealed.length) throw new VaultError('BUG', 'BUG: a file came back different.')
}

async function tryDamaged(
  { target }: Done,
  passphrase: Secret,
  scratch: ScratchFolder,
  context: CommandContext,
  output: Output,
): Promise<void> {
  const { sizeBytes } = inspectFile(target)
  const damaged = scratch.writeDamagedCopy(target, 'damaged/copy.sealed', sizeBytes - 1)
  const refusal = await refusalOf(damaged, passphrase, context)
  output.say(
    `\n6. One bit turned over in a copy: refused with ${refusal.code}, nothing written.\n   “${refusal.message}”`,
  )
}

async function tryWrongPassphrase(
  { target }: Done,
  scratch: ScratchFolder,
  context: CommandContext,
  output: Output,
): Promise<void> {
  using wrong = madePassphrase()
  const copy = scratch.writeDamagedCopy(target, 'wrong/copy.sealed', 0)
  // Turned over twice, the bit is as it was: an exact copy.
  const exact = scratch.writeDamagedCopy(copy, 'wrong/exact.sealed', 0)
  const refusal = await refusalOf(exact, wrong, context)
  output.say(`7. Another passphrase: refused with ${refusal.code}.\n   “${refusal.message}”`)
}

async function refusalOf(path: string, passphrase: Secret, context: CommandContext): Promise<VaultError> {
  let refusal: VaultError | undefined
  const onEvent = (event: JobEvent) => {
    if (event.kind === 'failed') refusal = event.error
  }
  await unsealFiles(
    context.runtime,
    { paths: [path], exists: 'refuse', with: { kind: 'passphrase', passphrase }, requiredContext: new Map() },
    { signal: context.interrupts(), onEvent },
  )
  return refusal ?? new VaultError('BUG', 'BUG: what had to be refused was opened.')
}

function makeSamples(scratch: ScratchFolder): readonly string[] {
  return [
    scratch.write('plain/hello.txt', 'Hello, strongroom.\n'),
    scratch.write('plain/empty.txt', ''),
    scratch.write('plain/two megabytes.bin', randomBytes(2_000_000)),
  ]
}

const madePassphrase = (): Secret =>
  openPassphrase({ kind: 'typed', bytes: new TextEncoder().encode(writeBase64(randomBytes(24))) })

function demandWhole(stopped: boolean): void {
  if (stopped) throw new VaultError('INTERRUPTED', 'The demo was interrupted; its folder is removed.')
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '   ')
