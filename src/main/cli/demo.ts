import { relative } from 'node:path'
import type { Command } from 'commander'
import { randomBytes, type Secret, VaultError, writeBase64 } from '../base/index.ts'
import { displayText, fileSha256, parentOf, ScratchFolder } from '../files/index.ts'
import {
  addFiles,
  checkVault,
  createVault,
  findItems,
  getItems,
  inspectFile,
  type JobEvent,
  listItems,
  messageOf,
  type OpenVault,
  openPassphrase,
  openVault,
  readRecoverySheet,
  writeRecoverySheet,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, type Output, sizeText } from './output.ts'

type Done = Extract<JobEvent, { kind: 'done' }>

const SHOWN_FILES = 3
const LEAST_TELLING_BYTES = 8

export function addDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .summary('the life of a vault in a temporary folder, every step said and shown')
    .description(
      'Makes a vault in a temporary folder, adds files, shows what each step of the envelope did and what is left for others ' +
        'to see, loses all that this computer knows, opens the vault by its recovery code alone, compares what comes back, ' +
        'tries a damaged message and a wrong passphrase, and removes the folder. With paths it takes your files, which are ' +
        'only read. Your keychain and your vaults are not touched.',
    )
    .argument('[path...]', 'your own files and folders; default: three small ones made for this')
    .option('--keep', 'leave the temporary folder for you to look at')
    .action(async (paths: string[], flags: { readonly keep?: boolean }) => {
      // Before the folder is made: it must be removed, whenever Ctrl-C comes.
      context.interrupts()
      using scratch = new ScratchFolder('strongroom-demo-')
      if (flags.keep) scratch.keep()
      await new Demo(scratch, context).run(paths, flags.keep === true)
    })
}

/** One run of the demo, in a folder of its own. */
class Demo {
  readonly #scratch: ScratchFolder
  readonly #context: CommandContext
  readonly #output: Output
  readonly #path: string
  readonly #sheet: string

  constructor(scratch: ScratchFolder, context: CommandContext) {
    this.#scratch = scratch
    this.#context = context
    this.#output = context.output(false)
    this.#path = `${scratch.path}/vault`
    this.#sheet = `${scratch.path}/recovery-code.txt`
  }

  async run(paths: readonly string[], kept: boolean): Promise<void> {
    const end = kept ? '' : ', removed at the end'
    this.#say(`Everything below happens in ${this.#scratch.path}${end}.\n`)
    const sources = paths.length > 0 ? paths : makeSamples(this.#scratch)
    this.#say(`1. The files: ${paths.length > 0 ? 'yours, only read' : 'three, made for this'}.`)
    using passphrase = madePassphrase()
    await this.#create(passphrase)
    const added = await this.#add(sources, passphrase)
    await this.#getBack(added)
    await this.#tryDamaged(added, passphrase)
    await this.#tryWrongPassphrase()
    this.#say(
      kept
        ? `\nThe folder was kept: ${this.#scratch.path}`
        : '\nThe temporary folder is removed. Nothing else was written.',
    )
  }

  async #create(passphrase: Secret): Promise<void> {
    const { fingerprint } = await createVault({
      path: this.#path,
      stateFolder: this.#state('first'),
      name: 'Demo',
      keychain: false,
      passphrase,
      recovery: { path: this.#sheet, give: (code, vault) => writeRecoverySheet(this.#sheet, code, vault) },
    })
    this.#say(
      [
        '2. A new vault.',
        '     master key    32 new random bytes; a real vault keeps them in the keychain, this one does not touch yours',
        '     passphrase    32 random characters, made for this run and never shown; Argon2id makes a key of it that wraps the master key',
        '     recovery      a code of 56 letters and digits that wraps it too, in recovery-code.txt; only its public half is in the vault',
        `     fingerprint   ${fingerprint}: another computer shows the same when it first opens the vault`,
      ].join('\n'),
    )
  }

  async #add(sources: readonly string[], passphrase: Secret): Promise<readonly Done[]> {
    await using vault = await this.#open('first', { kind: 'passphrase', passphrase })
    const added: Done[] = []
    const onEvent = (event: JobEvent) => {
      if (event.kind === 'done') added.push(event)
      if (event.kind === 'failed') throw event.error
    }
    const options = { signal: this.#context.interrupts(), onEvent }
    const report = await addFiles(
      vault,
      this.#context.runtime,
      { paths: sources, ifExists: 'version' },
      options,
    )
    demandWhole(report.stopped)
    if (added.length === 0) throw new VaultError('NOT_FOUND', 'There was no file to add.')
    // Workers end when they end; the words shall be the same each time.
    added.sort((a, b) => (a.path < b.path ? -1 : 1))
    this.#say('3. Adding.')
    for (const file of added.slice(0, SHOWN_FILES)) this.#say(this.#envelopeText(vault, file))
    this.#say(
      `   ${countText(report.files, 'file')} added, ${sizeText(report.bytes)}, in ${report.seconds.toFixed(2)} s: ` +
        'each synced to the disk, then recorded in the journal, which is encrypted and chained.',
    )
    await this.#look(vault, added)
    return added
  }

  /** The envelope of one file, from its real header. */
  #envelopeText(vault: OpenVault, { path, target, bytes }: Done): string {
    const it = inspectFile(messageOf(vault, target))
    return [
      `   ${displayText(relative(parentOf(path), path))}, ${sizeText(bytes)}`,
      '     file key    32 new random bytes, for this version alone, wrapped by the vault’s master key',
      '     data key    32 more, wrapped by the file key: the one key in the message’s header',
      `     message id  ${it.messageId.slice(0, 16)}…, mixed with the data key by HKDF-SHA512 into the message’s own encryption key`,
      `     commitment  ${it.commitKey.slice(0, 16)}…: no other key can open this message to anything`,
      '     name        encrypted in the header, under the metadata key; and in the journal',
      `     contents    ${countText(it.frames ?? 0, 'frame')} of at most ${sizeText(it.frameLengthBytes)}, each with its own tag`,
      `     written     ${relative(this.#path, it.path)}`,
    ].join('\n')
  }

  async #look(vault: OpenVault, added: readonly Done[]): Promise<void> {
    const [first] = added
    const name = first === undefined ? '' : nameOf(first)
    const { items } = await findItems(vault, name.toUpperCase())
    const count = [...listItems(vault, '/', true)].length
    this.#say(
      `\n4. The list has ${countText(count, 'item')}. A search for “${displayText(name.toUpperCase())}” finds ${displayText(items[0]?.path ?? 'nothing')}.`,
    )
    const seen = this.#scratch.filesBelow('vault')
    // A short name stands in any random bytes, and the words of the JSON files are no secret.
    const names = added.map(nameOf).filter((each) => Buffer.byteLength(each) >= LEAST_TELLING_BYTES)
    const secret = seen.filter((file) => !file.endsWith('.json'))
    const found = names.filter((each) => secret.some((file) => this.#scratch.contains(file, each)))
    this.#say(
      `5. Others see ${countText(seen.length, 'file')} named by random ids, their sizes and times. Of ${countText(names.length, 'name')} ` +
        `of yours they find ${found.length} in all those bytes.`,
    )
    if (found.length > 0) throw new VaultError('BUG', 'BUG: a private name stands in clear in the vault.')
  }

  /** As if the computer were lost: another state folder, no passphrase, the code alone. */
  async #getBack(added: readonly Done[]): Promise<void> {
    this.#say(
      '\n6. All that this computer knows of the vault is gone: index, pins, passphrase. The folder and the code are left.',
    )
    using code = readRecoverySheet(this.#sheet)
    await using vault = await this.#open('second', { kind: 'recovery', code })
    const { items } = vault.index.items.counts()
    this.#say(
      `   Opened by the recovery code; ${countText(items, 'item')} read from the journal into a new index. First use: fingerprint ${vault.fingerprint}, the same.`,
    )
    const got: Done[] = []
    const onEvent = (event: JobEvent) => {
      if (event.kind === 'done') got.push(event)
      if (event.kind === 'failed') throw event.error
    }
    const to = `${this.#scratch.path}/back`
    const options = { signal: this.#context.interrupts(), onEvent }
    const report = await getItems(
      vault,
      this.#context.runtime,
      { names: ['/'], to, exists: 'refuse' },
      options,
    )
    demandWhole(report.stopped)
    const sourceOf = new Map(added.map(({ target, path }) => [`${to}${target}`, path]))
    const same = got.filter(({ target }) => fileSha256(target) === fileSha256(sourceOf.get(target) ?? target))
    this.#say(
      `7. Got back: ${countText(report.files, 'file')} in ${report.seconds.toFixed(2)} s; ` +
        `${same.length} of ${added.length} have the SHA-256 of their source.`,
    )
    if (same.length !== added.length) throw new VaultError('BUG', 'BUG: a file came back different.')
  }

  async #tryDamaged([first]: readonly Done[], passphrase: Secret): Promise<void> {
    await using vault = await this.#open('first', { kind: 'passphrase', passphrase })
    const message = messageOf(vault, first?.target ?? '')
    this.#scratch.flipBit(message, inspectFile(message).sizeBytes - 1)
    const { findings } = await checkVault(vault, { readData: true })
    const [found] = findings
    if (findings.length !== 1 || found === undefined)
      throw new VaultError('BUG', 'BUG: the damage was not found.')
    this.#say(
      `\n8. One bit turned over in a message: the check names ${displayText(found.path)}, ${found.kind}.\n   “${found.message}”`,
    )
    this.#scratch.flipBit(message, inspectFile(message).sizeBytes - 1)
  }

  async #tryWrongPassphrase(): Promise<void> {
    using wrong = madePassphrase()
    try {
      await using _ = await this.#open('first', { kind: 'passphrase', passphrase: wrong })
    } catch (error) {
      if (!(error instanceof VaultError) || error.code !== 'PASSPHRASE_WRONG') throw error
      this.#say(`9. Another passphrase: refused with ${error.code}.\n   “${error.message}”`)
      return
    }
    throw new VaultError('BUG', 'BUG: another passphrase opened the vault.')
  }

  async #open(device: string, way: Parameters<typeof openVault>[0]['way'] & object): Promise<OpenVault> {
    return await openVault({ path: this.#path, stateFolder: this.#state(device), way, keychain: false })
  }

  #state(device: string): string {
    return `${this.#scratch.path}/computer-${device}`
  }

  #say(text: string): void {
    this.#output.say(text)
  }
}

function makeSamples(scratch: ScratchFolder): readonly string[] {
  return [
    scratch.write('plain/hello strongroom.txt', 'Hello, strongroom.\n'),
    scratch.write('plain/nothing in it.txt', ''),
    scratch.write('plain/two megabytes.bin', randomBytes(2_000_000)),
  ]
}

const madePassphrase = (): Secret =>
  openPassphrase({ kind: 'typed', bytes: new TextEncoder().encode(writeBase64(randomBytes(24))) })

const nameOf = ({ target }: Done): string => target.split('/').at(-1) ?? ''

function demandWhole(stopped: boolean): void {
  if (stopped) throw new VaultError('INTERRUPTED', 'The demo was interrupted; its folder is removed.')
}
