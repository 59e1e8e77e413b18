import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/vault-1')
const expected = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURE, name), 'utf8'))
const WAYS = [
  ['the passphrase', ['--passphrase-file', join(FIXTURE, 'passphrase.txt')]],
  ['the recovery code', ['--recovery-file', join(FIXTURE, 'recovery-code.txt')]],
] as const

/** SHA-256 of what was added, but for the conflict's two, and of what `get` gives under each path. */
const CONTENTS: Readonly<Record<string, Buffer>> = {
  'Made/renamed.bin': Buffer.alloc(300_000, 'z'),
  'src/Büro/Ünïcode – name.txt': Buffer.from('Grüße\n'),
  'src/hello.txt': Buffer.from('by a\n'),
}

describe.each(WAYS)('the vault that was kept since format 1.0, by %s', (_, way) => {
  const folder = new TestFolder({})
  const run = async (...words: readonly string[]) => {
    const [command = '', ...rest] = words
    const env = { STRONGROOM_STATE_DIR: folder.at('state') }
    return await startCli([command, folder.at('vault'), ...rest, ...way, '--no-keychain'], { env }).ended
  }
  beforeAll(() => cpSync(join(FIXTURE, 'vault'), folder.at('vault'), { recursive: true }))

  it.each([
    [['ls', '-R', '--json'], 'expected.json'],
    [['ls', '--bin', '--json'], 'expected-bin.json'],
    [['ls', '/src/hello.txt', '--versions', '--json'], 'expected-versions.json'],
  ])('lists what it listed then: %s', async (words, name) => {
    const { code, out } = await run(...words)
    expect([code, JSON.parse(out)]).toEqual([0, expected(name)])
  })

  it('is sound to the last frame', async () => {
    const { code, out } = await run('check', '--read-data', '--json')
    expect([code, JSON.parse(out)]).toMatchObject([0, { findings: [], notes: [] }])
  })

  it('gives its files back', async () => {
    const { code } = await run('get', '/', '--to', folder.at('out'))
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    const got = Object.keys(CONTENTS).map((name) => sha256(folder.read(`out/${name}`)))
    expect([code, got]).toEqual([0, Object.values(CONTENTS).map(sha256)])
  })

  it('takes a new file, and has it then', async () => {
    folder.write('more.txt', 'more')
    expect((await run('add', folder.at('more.txt'))).code).toBe(0)
    expect((await run('cat', '/more.txt')).out).toBe('more')
  })
})
