import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { concat, kdf, Secret, sealBox, writeBase64, writeCbor } from '../../src/main/base/index.ts'
import { type ItemId, idBytes, type KeyId, ROOT_ID, type VersionId } from '../../src/main/contract/ids.ts'
import { wrapKey, writeKeyRecord } from '../../src/main/keys/index.ts'
import { sealMessage, wrapRawAes } from '../../src/main/message/index.ts'
import { idIn, keyNamed } from '../support/attack-keys.ts'
import { AttackedVault, messageName } from '../support/attack-vault.ts'
import { newId } from '../support/key-fixture.ts'
import { refusalOf } from '../support/refusal.ts'
import { differences, readTree } from '../support/tree.ts'

/** What a file of canonical JSON is turned into. */
const JSON_FORMS: readonly (readonly [string, (text: string) => string | Uint8Array])[] = [
  ['a member twice', (text) => text.replace('{', '{"format":"1.0",')],
  ['a member __proto__', (text) => text.replace('{', '{"__proto__":{"format":"1.0"},')],
  ['a member too many', (text) => text.replace('{', '{"a":1,')],
  ['lists 10,000 deep', (text) => text.replace('{', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},`)],
  ['objects 10,000 deep', () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['a space', (text) => text.replace(':', ': ')],
  ['a BOM', (text) => `\ufeff${text}`],
  ['another spelling of a letter', (text) => text.replace('"format"', '"f\\u006frmat"')],
  ['64 KiB', (text) => text.replace('{', `{"a":"${'a'.repeat(65_536)}",`)],
  [
    'bytes that are no UTF-8',
    (text) => Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.of(0xff, 0x22, 0x7d)]),
  ],
  ['null', () => 'null'],
  ['nothing', () => ''],
]

describe('T20 a file of the vault that is no canonical JSON', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  it.each(JSON_FORMS)('but holds %s: 4, known here or not', async (_, change) => {
    for (const name of ['vault.json', keyNamed(vault.path, 'versions'), keyNamed(vault.path, 'metadata')]) {
      const sound = readFileSync(vault.at(name), 'utf8')
      const changed = change(sound)
      expect(changed).not.toBe(sound)
      vault.write(name, changed)
      const before = readTree(vault.path)
      for (const device of [vault.ben, vault.stranger()])
        expect([name, await refusalOf(vault.open(device))]).toMatchObject([
          name,
          { code: 'KEYS_FILE_DAMAGED' },
        ])
      expect(differences(before, readTree(vault.path))).toEqual([])
      vault.write(name, sound)
    }
  })

  it('but holds a member twice: 4 by the command itself', async () => {
    for (const name of ['vault.json', keyNamed(vault.path, 'versions')]) {
      vault.write(name, readFileSync(vault.at(name), 'utf8').replace('{', '{"format":"1.0",'))
      await vault.refuses(vault.ben, 'KEYS_FILE_DAMAGED', 'ls')
      expect(await vault.says(vault.stranger(), 'ls')).toEqual([4, 'KEYS_FILE_DAMAGED'])
      vault.putBack()
    }
  })
})

const GOOD = new Map<number, Parameters<typeof writeCbor>[0]>([
  [1, 'adopted'],
  [2, idBytes(ROOT_ID)],
  [3, 9],
  [4, 0],
  [5, 0o644],
  [6, 0],
])
const DEEP = Buffer.concat([Buffer.alloc(10_000, 0x81), Buffer.of(0)])
const with1 = (first: Uint8Array): Uint8Array => concat(Buffer.of(0xa6), first, writeCbor(GOOD).subarray(10))

describe('T20 a message that the journal doesn’t know, whose entry a member wrote to do harm', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  /** Puts in a message that is right in all but what its entry holds. @returns its name */
  const orphan = async (entry: Uint8Array): Promise<string> => {
    await using open = await vault.open(vault.cyd)
    const { vaultId, keys } = open
    const [item, version] = [newId<ItemId>(), newId<VersionId>()]
    const [metadata] = keys.newest
    const keyVersionId = [...keys.versions.keys()][0]
    if (metadata === undefined || keyVersionId === undefined) throw new Error('an open vault has its keys')
    const padded = Buffer.alloc(Math.ceil((entry.length + 1) / 256) * 256)
    padded.set(entry)
    using entryKey = kdf(metadata.key, idBytes(vaultId), 'strongroom/entry', idBytes(version))
    const box = sealBox(entryKey, concat(idBytes(vaultId), idBytes(item), idBytes(version)), padded)
    using fileKey = Secret.random('file key')
    const recipient = {
      kind: 'local',
      keyId: idIn<KeyId>(open.index.vault.settings('key/').keys().next().value?.split('/')[1] ?? ''),
      keyVersionId,
      masterKey: await keys.masterKey(keyVersionId),
    } as const
    const record = wrapKey(fileKey, { vaultId, subject: version }, [recipient])
    const context = new Map([
      ['strongroom-vault', vaultId],
      ['strongroom-item', item],
      ['strongroom-version', version],
      ['strongroom-entry', writeBase64(concat(idBytes(metadata.id), box))],
      ['strongroom-key', writeBase64(writeKeyRecord(record))],
    ])
    const key = { namespace: 'strongroom', name: version, key: fileKey.keyObject() }
    const message = sealMessage(Buffer.from('nine byte'), {
      context,
      wrap: (dataKey, whole) => [wrapRawAes(key, dataKey, whole)],
    })
    const name = messageName(version)
    mkdirSync(dirname(vault.at(name)), { recursive: true })
    writeFileSync(vault.at(name), message)
    return name
  }

  it('is left alone, and said; one whose entry is sound is taken in', async () => {
    const entries: Readonly<Record<string, Uint8Array>> = {
      'a key twice': with1(concat(Buffer.of(2), writeCbor(idBytes(ROOT_ID)))),
      'a name 10,000 lists deep': with1(concat(Buffer.of(1), DEEP)),
      'a member __proto__': with1(concat(writeCbor('__proto__'), writeCbor('x'))),
      'a map of open length': concat(Buffer.of(0xbf), writeCbor(GOOD).subarray(1), Buffer.of(0xff)),
      'members out of order': reversed(),
      'bytes after it': concat(writeCbor(GOOD), Buffer.of(1)),
      'a size below zero': writeCbor(new Map([...GOOD, [3, -1]])),
      'a mode beyond all bits': writeCbor(new Map([...GOOD, [5, 0o10000]])),
      'a member too few': writeCbor(new Map([...GOOD].slice(0, 5))),
      nothing: new Uint8Array(),
    }
    const bad = new Map<string, string>()
    for (const [what, entry] of Object.entries(entries)) bad.set(await orphan(entry), what)
    await orphan(writeCbor(GOOD))
    const { ben } = vault
    await ben.ls()
    const items = readTree(vault.at('items'))
    const result = (await ben.run('repair')).lines.at(-1)
    expect(result).toMatchObject({ adopted: [{ path: '/adopted' }], removed: [] })
    const left = new Map(leftOf(result).map(({ name, code }) => [bad.get(name) ?? name, code]))
    expect(left).toEqual(new Map(Object.keys(entries).map((what) => [what, 'ENTRY_DAMAGED'])))
    expect(differences(items, readTree(vault.at('items')))).toEqual([])
    expect(await ben.cat('/adopted')).toBe('nine byte')
    const { err } = await ben.say('check')
    for (const name of bad.keys()) expect(err).toContain(`Note: ${name}: `)
  })
})

/** The members of a sound entry, the last first. */
function reversed(): Uint8Array {
  const parts = [...GOOD].reverse().flatMap(([key, value]) => [writeCbor(key), writeCbor(value)])
  return concat(Buffer.of(0xa6), ...parts)
}

type Left = { readonly left: readonly { readonly name: string; readonly code: string }[] }

/** What `repair --json` left alone. */
function leftOf(result: object | undefined): Left['left'] {
  if (hasLeft(result)) return result.left
  throw new Error(`no result of repair: ${JSON.stringify(result)}`)
}

function hasLeft(result: object | undefined): result is Left {
  return result !== undefined && 'left' in result && Array.isArray(result.left)
}
