import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/vault-1')
const WAY = ['--recovery-file', join(FIXTURE, 'recovery-code.txt'), '--no-keychain']
const FRAME = 256 * 1024

type Version = { readonly versionId: string; readonly sizeBytes: number; readonly current: boolean }

/** A vault with three devices' work in it, and the command on it. */
function vaultIn(folder: TestFolder) {
  cpSync(join(FIXTURE, 'vault'), folder.at('vault'), { recursive: true })
  const run = async (command: string, ...rest: readonly string[]) => {
    const env = { STRONGROOM_STATE_DIR: folder.at('state') }
    return await startCli([command, folder.at('vault'), ...rest, ...WAY], { env }).ended
  }
  const versions = async (path: string): Promise<readonly Version[]> =>
    JSON.parse((await run('ls', path, '--versions', '--json')).out)
  return { run, versions }
}

describe('`restore --version`', () => {
  const folder = new TestFolder({})
  const vault = vaultIn(folder)

  it('settles a conflict: what was chosen is shown alone, the others are kept', async () => {
    const before = await vault.versions('/src/hello.txt')
    const other = before.filter(({ current }) => !current)[0]?.versionId ?? ''
    const { out: wanted } = await vault.run('cat', '/src/hello.txt', '--version', other)
    const { code } = await vault.run('restore', '/src/hello.txt', '--version', other)
    const after = await vault.versions('/src/hello.txt')
    expect([code, (await vault.run('cat', '/src/hello.txt')).out]).toEqual([0, wanted])
    expect(after.map(({ versionId }) => versionId).slice(1)).toEqual(before.map(({ versionId }) => versionId))
    expect((await vault.run('ls', '/src')).out).not.toContain('conflict')
  })

  it.each([0, 1, FRAME - 1, FRAME, FRAME + 1, 4 * FRAME, 5 * FRAME + 7])(
    'brings %i bytes back, and the vault is sound',
    async (size) => {
      const contents = Buffer.alloc(size, `${size} `)
      const name = `file ${size}`
      folder.write(name, contents)
      await vault.run('add', folder.at(name))
      folder.write(name, 'changed')
      await vault.run('add', folder.at(name))
      const first = (await vault.versions(`/${name}`))[1]?.versionId ?? ''
      const { code } = await vault.run('restore', `/${name}`, '--version', first)
      await vault.run('get', `/${name}`, '--to', folder.at('out'))
      expect([code, folder.read(`out/${name}`).equals(contents)]).toEqual([0, true])
    },
  )

  it('leaves a vault that is sound to the last frame', async () => {
    const { code, out } = await vault.run('check', '--read-data', '--json')
    expect([code, JSON.parse(out)]).toMatchObject([0, { findings: [], notes: [] }])
  })

  it.each([
    ['a version that is not there', '/src/hello.txt', '0'.repeat(32), 7, 'ITEM_NOT_FOUND'],
    ['a file that is not there', '/nope', '0'.repeat(32), 7, 'ITEM_NOT_FOUND'],
    ['what is no version', '/src/hello.txt', 'nope', 2, 'USAGE'],
  ])('refuses %s', async (_, path, version, exit, code) => {
    const end = await vault.run('restore', path, '--version', version)
    expect([end.code, end.err]).toEqual([exit, expect.stringContaining(`[${code}]`)])
  })
})

describe('a version whose message was damaged', () => {
  const folder = new TestFolder({})
  const vault = vaultIn(folder)
  let end: { readonly code: number | null; readonly err: string }
  let before: readonly Version[]
  beforeAll(async () => {
    before = await vault.versions('/Made/renamed.bin')
    const id = before[0]?.versionId ?? ''
    const message = `vault/items/${id.slice(0, 2)}/${id}.sealed`
    const bytes = folder.read(message)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    folder.write(message, bytes)
    end = await vault.run('restore', '/Made/renamed.bin', '--version', id)
  })

  it('is not made current, and nothing is recorded or left', async () => {
    expect([end.code, await vault.versions('/Made/renamed.bin')]).toEqual([4, before])
    expect(JSON.parse((await vault.run('check', '--json')).out)).toMatchObject({ findings: [], notes: [] })
  })
})
