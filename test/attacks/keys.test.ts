import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  commit,
  concat,
  kdf,
  parseBase64,
  Secret,
  utf8Bytes,
  writeBase64,
} from '../../src/main/base/index.ts'
import type { ErrorCode } from '../../src/main/contract/codes.ts'
import {
  type CopyId,
  idBytes,
  type KeyId,
  type KeyVersionId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { parseVaultFile, passphraseSecret, wrapKey, writeKeyCopy } from '../../src/main/keys/index.ts'
import { derivePassphrase } from '../../src/main/keys/passphrase.ts'
import { writeEdk } from '../../src/main/message/index.ts'
import { edited, Foreign, idIn, keyNamed, keyNames } from '../support/attack-keys.ts'
import { AttackedVault, messageName } from '../support/attack-vault.ts'
import { codesOf } from '../support/cli.ts'
import { boxUnderTwoKeys } from '../support/gcm-two-keys.ts'
import { cheapKdf } from '../support/key-fixture.ts'
import { differences, readTree } from '../support/tree.ts'

describe('an attack on the keys of a vault', () => {
  let vault: AttackedVault
  let vaultId: VaultId
  let keyVersionId: KeyVersionId
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
    keyVersionId = idIn(basename(keyNamed(vault.path, 'versions'), '.json'))
    vaultId = parseVaultFile(readFileSync(vault.at('vault.json'))).vaultId
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  const put = (files: Iterable<readonly [string, Uint8Array]>) => {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(vault.at(name)), { recursive: true })
      vault.write(name, bytes)
    }
  }

  it('T8 other bytes under a pinned name: 4 on every device, and the file is named', async () => {
    const names = keyNames(vault.path)
    expect(names.map((name) => name.split('/')[1])).toEqual([
      'copies',
      'copies',
      'metadata',
      'recovery',
      'versions',
    ])
    for (const name of names) {
      const sound = readFileSync(vault.at(name))
      const flipped = Buffer.from(sound)
      flipped.writeUInt8(flipped.readUInt8(flipped.length - 4) ^ 1, flipped.length - 4)
      // Damage; a sound file of another kind; one that differs in a fact nobody would miss; nothing.
      for (const bytes of [
        flipped,
        readFileSync(vault.at('vault.json')),
        edited(sound, { createdMs: 1 }),
        '',
      ]) {
        vault.write(name, bytes)
        const end = await vault.refuses(vault.ben, 'KEYS_FILE_DAMAGED', 'ls')
        expect(end.lines[0]?.facts).toMatchObject({ name })
      }
      vault.write(name, sound)
    }
    const [name = ''] = names
    vault.write(name, '')
    for (const device of [vault.ann, vault.cyd]) await vault.refuses(device, 'KEYS_FILE_DAMAGED', 'check')
    const to = vault.fresh()
    await vault.refuses(vault.ben, 'KEYS_FILE_DAMAGED', 'get', '/', '--to', to)
    expect(existsSync(to)).toBe(false)
    await vault.refuses(vault.ben, 'KEYS_FILE_DAMAGED', 'add', vault.source('new', 'new'))
    await vault.refuses(vault.ben, 'KEYS_FILE_DAMAGED', 'repair')
    vault.putBack()
    await vault.ben.does('check')
  })

  it('T8 other bytes where the vault was never seen: 4, by the journal’s word', async () => {
    for (const [folder, text] of [['copies', 'passphrase'], ['recovery'], ['versions']] as const) {
      const name = keyNamed(vault.path, folder, text)
      const sound = readFileSync(vault.at(name))
      const other = { commit: writeBase64(new Uint8Array(32)) }
      vault.write(name, edited(sound, folder === 'recovery' ? { createdMs: 1 } : other))
      const { code, err } = await vault.stranger().say('ls')
      // The key that opens is not the one that a changed version file commits to.
      const said = folder === 'versions' ? '[KEY_COMMITMENT]' : '[KEYS_FILE_DAMAGED]'
      expect([name, code, err]).toEqual([name, 4, expect.stringContaining(said)])
      vault.write(name, sound)
    }
  })

  it('T8 a file that is always needed is gone: 4, and it is named', async () => {
    for (const folder of ['versions', 'metadata']) {
      const name = keyNamed(vault.path, folder)
      const sound = readFileSync(vault.at(name))
      rmSync(vault.at(name))
      for (const device of [vault.ann, vault.ben, vault.cyd]) {
        const end = await vault.refuses(device, 'KEYS_FILE_MISSING', 'cat', '/x')
        expect(end.lines[0]?.facts).toMatchObject({ name })
      }
      const { code, err } = await vault.stranger().say('ls')
      expect([name, code, err]).toEqual([name, 4, expect.stringContaining('[KEYS_FILE_MISSING]')])
      vault.write(name, sound)
    }
  })

  it('T8 a copy is gone: 4 for who needs it; who doesn’t goes on, and `check` finds it with 4', async () => {
    const byPassphrase = vault.ben.by('--passphrase-file', vault.own.passphrase)
    const ways = [
      { name: keyNamed(vault.path, 'copies', '"recovery"'), needs: vault.ben, not: byPassphrase },
      { name: keyNamed(vault.path, 'copies', '"passphrase"'), needs: byPassphrase, not: vault.ben },
    ]
    for (const { name, needs, not } of ways) {
      const sound = readFileSync(vault.at(name))
      rmSync(vault.at(name))
      const end = await vault.refuses(needs, 'KEYS_FILE_MISSING', 'ls')
      expect(end.lines[0]?.facts).toMatchObject({ name })
      expect(await not.cat('/x')).toBe('the words of X')
      const before = vault.listing(not)
      expect((await not.run('check')).lines.at(-1)).toMatchObject({
        findings: [{ kind: 'KEYS_FILE_MISSING', path: name }],
      })
      expect(differences(before, vault.listing(not))).toEqual([])
      vault.write(name, sound)
    }
  })

  it('T8 a foreign key version, copy, metadata key: noted, never written with', async () => {
    const foreign = new Foreign(vault.path)
    const { keyId } = JSON.parse(readFileSync(vault.at(keyNamed(vault.path, 'versions')), 'utf8'))
    // Of the vault's own wrapping key, as if it had been rotated.
    const added = new Map([
      ...foreign.keyVersion(idIn<KeyId>(String(keyId))),
      foreign.metadata(1),
      foreign.metadata(2),
    ])
    put(added)
    const names = [...added.keys()]
    for (const device of [vault.ben, vault.stranger()]) {
      const { code, err } = await device.say('check')
      expect(code).toBe(0)
      for (const name of names) expect(err).toContain(`Note: ${name}: `)
      for (const name of names.filter((each) => each.includes('metadata')))
        expect(err).toContain(`Passed over ${name}, which nobody vouches for`)
      const file = basename(vault.fresh())
      await device.does('add', vault.source(file, 'new words'))
      const { versionId } = await device.item(`/${file}`)
      const message = readFileSync(vault.at(messageName(versionId ?? ''))).toString('latin1')
      const [, record = ''] = /strongroom-key..([A-Za-z0-9+/=]+)/s.exec(message) ?? []
      const edks = Buffer.from(parseBase64(record) ?? []).toString('latin1')
      expect(edks).toContain(keyVersionId)
      expect(edks).not.toContain(foreign.keyVersionId)
    }
    expect(segmentKeys()).toHaveLength(1)
  })

  it.each<[string, ErrorCode, string, (keyId: KeyId) => KeyId]>([
    ['and it is the one there is', 'KEY_COMMITMENT', 'local', (keyId) => keyId],
    ['beside that of the same recipient', 'KEY_RECORD_DAMAGED', 'local', () => idIn<KeyId>('00'.repeat(16))],
    ['beside that of another recipient', 'KEY_COMMITMENT', 'recovery', () => idIn<KeyId>('00'.repeat(16))],
  ])(
    'T9 an EDK of a file holds another key than the file’s, %s: 4, the next is not tried',
    async (_, code, kind, keyIdOf) => {
      const version = idIn<VersionId>((await vault.ann.item('/x')).versionId ?? '')
      {
        // A member can write this.
        await using open = await vault.open(vault.cyd)
        using other = Secret.random('another file key')
        const keyId = keyIdOf(idIn<KeyId>(open.index.versions.keysOf(version)[0]?.key ?? ''))
        const masterKey = await open.keys.masterKey(keyVersionId)
        const { id, point } = new Foreign(vault.path).recovery
        const recipient =
          kind === 'local'
            ? ({ kind: 'local', keyId, keyVersionId, masterKey } as const)
            : ({ kind: 'recovery', id, point } as const)
        const { edks } = wrapKey(other, { vaultId, subject: version }, [recipient])
        const edk = concat(...edks.flatMap(writeEdk))
        await open.record([{ kind: 'key', version, key: keyId, edk, keyMaterialId: null }])
      }
      await vault.ben.ls()
      await vault.refusesToShow(vault.ben, code, '/x')
      expect((await vault.ben.run('check', '--read-data')).lines.at(-1)).toMatchObject({
        findings: [{ kind: code, path: '/x' }],
      })
      const to = vault.fresh()
      const end = await vault.ben.run('get', '/x', '--to', to)
      // A worker has no recovery code: it takes the EDK that is its own, which holds the right key.
      if (kind === 'recovery') expect(readFileSync(`${to}/x`, 'utf8')).toBe('the words of X')
      else expect([end.code, codesOf(end), [...readTree(to).keys()]]).toEqual([4, [code], ['']])
    },
  )

  it('T9 a passphrase copy made for two passphrases opens by neither: 4 for the one, 3 for the other', async () => {
    const name = keyNamed(vault.path, 'copies', '"passphrase"')
    const copyId = idIn<CopyId>(basename(name, '.json'))
    const words = ['the first of two passphrases', 'the second of two passphrases']
    const kdfCost = cheapKdf()
    const derived = await Promise.all(
      words.map((each) => derivePassphrase(passphraseSecret(utf8Bytes(each)), kdfCost)),
    )
    const [one, two] = derived.map((key) =>
      kdf(key, idBytes(vaultId), 'strongroom/copy', idBytes(keyVersionId)).use((bytes) => bytes.slice()),
    )
    const [first] = derived
    if (one === undefined || two === undefined || first === undefined) throw new Error('there are two')
    const box = boxUnderTwoKeys(one, two, concat(idBytes(vaultId), idBytes(keyVersionId)))
    const commitment = commit(first, idBytes(vaultId))
    put([[name, writeKeyCopy({ kind: 'passphrase', keyVersionId, copyId, kdf: kdfCost, commitment, box })]])
    const ends = words.map(async (each, index) => {
      const file = vault.source(`words ${index}`, each)
      await vault.refuses(vault.ben.by('--passphrase-file', file), 'KEYS_FILE_DAMAGED', 'ls')
      const { code, err } = await vault.stranger().by('--passphrase-file', file).say('ls')
      return [code, /\[[A-Z_]+\]/.exec(err)?.[0]]
    })
    expect(await Promise.all(ends)).toEqual([
      [4, '[KEY_COMMITMENT]'],
      [3, '[PASSPHRASE_WRONG]'],
    ])
  })

  it.each([
    { m: 2 ** 32 },
    { m: 2 ** 31 },
    { m: 0 },
    { m: 1024 },
    { t: 2 ** 31 },
    { t: 17 },
    { p: 2 ** 24 },
    { salt: '' },
    { salt: 'AAAA' },
  ])('T10 a passphrase copy that asks for %o: 4 at once', async (members) => {
    const name = keyNamed(vault.path, 'copies', '"passphrase"')
    vault.write(name, edited(readFileSync(vault.at(name)), members))
    // One run at the least of these costs takes longer or more memory than there is.
    const under = ['/bin/sh', '-c', 'ulimit -t 3 -v 2500000; exec "$@"', 'sh']
    const way = ['--passphrase-file', vault.own.passphrase]
    const before = readTree(vault.path)
    const ends = [vault.ben, vault.stranger()].map(async (device) => {
      const { code, signal, err } = await device.by(...way).start('ls', [], { under }).ended
      return [code, signal, /\[[A-Z_]+\]/.exec(err)?.[0]]
    })
    expect(await Promise.all(ends)).toEqual([
      [4, null, '[KEYS_FILE_DAMAGED]'],
      [4, null, '[KDF_BOUNDS]'],
    ])
    expect(differences(before, readTree(vault.path))).toEqual([])
  })

  /** The metadata keys that segments are under, each once. */
  const segmentKeys = (): readonly string[] => {
    const segments = [...readTree(vault.at('journal')).keys()].filter((name) => name.endsWith('.log'))
    return [
      ...new Set(
        segments.map((name) =>
          readFileSync(vault.at(`journal/${name}`))
            .subarray(52, 68)
            .toString('hex'),
        ),
      ),
    ]
  }
})
