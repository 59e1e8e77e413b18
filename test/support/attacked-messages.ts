import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'vitest'
import { asVaultError, type ErrorCode } from '../../src/main/base/index.ts'
import { CODES } from '../../src/main/contract/codes.ts'
import type { OpenVault } from '../../src/main/vault/index.ts'
import { readVersion } from '../../src/main/vault/stored-version.ts'
import { entryNamed } from '../../src/main/vault/vault-path.ts'
import { type Attack, anatomyOf, FRAME_BYTES } from './attack-message.ts'
import { type AttackedVault, besideNote, messageName } from './attack-vault.ts'
import { filesOf } from './cli.ts'
import { differences, readTree } from './tree.ts'

/** What came of one attack: the code of each command, or why it is to be looked at. */
export type Outcome = { readonly get: string; readonly readData: string; readonly cat: string }

/** Files of one content in one folder of a vault, to the message of each of which something else is done. */
export class AttackedMessages {
  readonly #vault: AttackedVault
  readonly #folder: string
  readonly #plain: Buffer
  readonly #attacks: readonly Attack[]
  /** By the file's name in the folder. */
  readonly #versions = new Map<string, string>()

  private constructor(vault: AttackedVault, folder: string, plain: Buffer, attacks: readonly Attack[]) {
    this.#vault = vault
    this.#folder = folder
    this.#plain = plain
    this.#attacks = attacks
  }

  /** @param makeAttacks given the sound message that they will be done to */
  static async create(
    vault: AttackedVault,
    folder: string,
    plain: Buffer,
    makeAttacks: (message: Buffer) => readonly Attack[],
  ): Promise<AttackedMessages> {
    const model = vault.source(`model of ${folder}`, plain)
    await vault.ann.does('add', model, '--into', `/models`)
    const name = await vault.message(`/models/${basename(model)}`)
    const attacks = makeAttacks(readFileSync(vault.at(name)))
    const messages = new AttackedMessages(vault, folder, plain, attacks)
    await messages.#add()
    messages.#attack()
    return messages
  }

  /** Runs get, check --read-data and cat over them all. @returns what came of each attack, by its name */
  async run(): Promise<ReadonlyMap<string, Outcome>> {
    const [get, readData, cat] = [await this.#get(), await this.#readData(), await this.#catAll()]
    return new Map(
      this.#attacks.map(({ name }, index) => {
        const of = (codes: ReadonlyMap<string, string>) => codes.get(String(index)) ?? 'done'
        return [name, { get: of(get), readData: of(readData), cat: of(cat) }]
      }),
    )
  }

  async #add(): Promise<void> {
    const { ann, own } = this.#vault
    const folder = own.work.at(this.#folder)
    mkdirSync(folder)
    for (const index of this.#attacks.keys()) writeFileSync(join(folder, String(index)), this.#plain)
    await ann.does('add', folder)
    for (const { path, versionId } of await ann.ls(`/${this.#folder}`, '-R')) {
      if (versionId !== null) this.#versions.set(basename(path), versionId)
    }
    expect(this.#versions.size).toBe(this.#attacks.length)
  }

  #attack(): void {
    for (const [index, { name, change }] of this.#attacks.entries()) {
      const path = this.#vault.at(messageName(this.#versionOf(index)))
      const sound = readFileSync(path)
      const changed = change(Buffer.from(sound), anatomyOf(sound))
      expect([name, sound.equals(changed)]).toEqual([name, false])
      writeFileSync(path, changed)
    }
  }

  /** Nothing of them gets a name; the vault has one note of the job more. */
  async #get(): Promise<ReadonlyMap<string, string>> {
    const { ben } = this.#vault
    const to = this.#vault.fresh()
    const before = readTree(this.#vault.path)
    const end = await ben.run('get', `/${this.#folder}`, '--to', to)
    expect(end.code).toBe(4)
    expect([...readTree(to).keys()]).toEqual(['', this.#folder])
    expect(besideNote(before, readTree(this.#vault.path))).toEqual([])
    return new Map(filesOf(end, 'failed').map(({ path = '', code = '' }) => [basename(path), code]))
  }

  async #readData(): Promise<ReadonlyMap<string, string>> {
    const { ben } = this.#vault
    const before = this.#vault.listing(ben)
    const end = await ben.run('check', '--read-data')
    expect(end.code).toBe(4)
    expect(differences(before, this.#vault.listing(ben))).toEqual([])
    return codesByName(end.lines.at(-1), `/${this.#folder}/`)
  }

  async #catAll(): Promise<ReadonlyMap<string, string>> {
    const before = readTree(this.#vault.path)
    const codes = new Map<string, string>()
    {
      await using vault = await this.#vault.open(this.#vault.cyd)
      for (const [index, attack] of this.#attacks.entries()) {
        codes.set(String(index), await this.#cat(vault, index, attack))
      }
    }
    expect(differences(before, readTree(this.#vault.path))).toEqual([])
    return codes
  }

  /** Reads as `cat` does. @returns its code; after whole frames only, each as it was sealed */
  async #cat(vault: OpenVault, index: number, { wholeFrames = 0 }: Attack): Promise<string> {
    const { id } = entryNamed(vault, `/${this.#folder}/${index}`)
    const [version] = vault.index.versions.of(id)
    let sizeBytes = 0
    try {
      if (version === undefined) return 'no version'
      for await (const bytes of readVersion(vault, id, version)) {
        if (!this.#plain.subarray(sizeBytes, sizeBytes + bytes.length).equals(bytes)) return 'a wrong byte'
        sizeBytes += bytes.length
      }
      return 'done'
    } catch (error) {
      const isWhole = sizeBytes % FRAME_BYTES === 0 || sizeBytes === this.#plain.length
      return isWhole && sizeBytes <= wholeFrames * FRAME_BYTES ? asVaultError(error).code : 'too much'
    }
  }

  #versionOf(index: number): string {
    const version = this.#versions.get(String(index))
    if (version === undefined) throw new Error(`file ${index} was not added`)
    return version
  }
}

type Findings = { readonly findings: readonly { readonly kind: string; readonly path: string }[] }

/** The findings of `check --json` below a folder: their kinds, by the rest of the path. */
export function codesByName(result: object | undefined, folder: string): ReadonlyMap<string, string> {
  const { findings } = findingsOf(result)
  return new Map(
    findings
      .filter(({ path }) => path.startsWith(folder))
      .map(({ kind, path }) => [path.slice(folder.length), kind]),
  )
}

/** The result of `check --json`. */
export function findingsOf(result: object | undefined): Findings {
  if (isFindings(result)) return result
  throw new Error(`no result of check: ${JSON.stringify(result)}`)
}

function isFindings(result: object | undefined): result is Findings {
  return result !== undefined && 'findings' in result && Array.isArray(result.findings)
}

/** What did not end with 4 by a code of a message, in every command: nothing, if all was refused. */
export function unrefused(outcomes: ReadonlyMap<string, Outcome>): readonly string[] {
  const isRefusal = (code: string) => code.startsWith('MESSAGE_') && isCode(code) && CODES[code].exit === 4
  return [...outcomes].flatMap(([name, outcome]) =>
    Object.entries(outcome).flatMap(([command, code]) =>
      isRefusal(code) ? [] : [`${name}: ${command} ${code}`],
    ),
  )
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(CODES, text)
