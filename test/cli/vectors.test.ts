import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cli, codesOf } from '../support/cli.ts'
import { describeWithVectors, type EsdkEntry } from '../support/vectors.ts'

type RawAes = EsdkEntry & { readonly keyring: { readonly type: 'raw-aes' } }

/** The exit codes that each kind of refusal may have: unsupported is never said as tampered. */
const EXITS = { unsupported: [11], 'no-usable-key': [3], commitment: [4], authentication: [3, 4] } as const

describeWithVectors('messages of every AWS Encryption SDK, through `strongroom unseal`', (vectors) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-vectors-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  // What is locked by a bare data key has no key that a person could give: those go through the library.
  const entries = vectors.manifest().filter((entry): entry is RawAes => entry.keyring.type === 'raw-aes')

  async function unseal(entry: RawAes) {
    const { namespace, name, keyHex } = entry.keyring
    const sealed = join(folder, `${entry.id}.sealed`)
    const keyFile = join(folder, `${entry.id}.key`)
    writeFileSync(sealed, vectors.message(entry))
    writeFileSync(keyFile, Buffer.from(keyHex, 'hex'))
    const pairs = Object.entries(entry.requiredContext ?? {}).flatMap(([key, value]) => [
      '--context',
      `${key}=${value}`,
    ])
    const key = ['--raw-aes-key-file', keyFile, '--key-namespace', namespace, '--key-name', name]
    const ended = await cli(['unseal', sealed, ...key, ...pairs])
    return { ended, plain: join(folder, entry.id) }
  }

  it.each(
    entries.filter(({ expectError }) => expectError === undefined).map((entry) => [entry.id, entry] as const),
  )('opens %s', async (_, entry) => {
    const { ended, plain } = await unseal(entry)
    expect([ended.code, ended.err]).toEqual([0, ''])
    expect(createHash('sha256').update(readFileSync(plain)).digest('hex')).toBe(entry.plaintextSha256)
  })

  it.each(
    entries.filter(({ expectError }) => expectError !== undefined).map((entry) => [entry.id, entry] as const),
  )('refuses %s and publishes nothing', async (_, entry) => {
    const { ended, plain } = await unseal(entry)
    expect(EXITS[entry.expectError ?? 'unsupported']).toContain(ended.code)
    expect(codesOf(ended)).not.toContain('BUG')
    if (entry.expectError === 'unsupported') expect(codesOf(ended)).toEqual(['MESSAGE_UNSUPPORTED'])
    expect(existsSync(plain)).toBe(false)
  })
})
