import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, jsonLines } from '../support/cli.ts'
import { faultEnv } from '../support/faults.ts'
import { readTree } from '../support/tree.ts'
import { CliVault } from '../support/vault-cli.ts'

describe('add --remove-source', () => {
  let vault: CliVault
  beforeAll(async () => {
    vault = await CliVault.create()
  })
  afterAll(() => vault[Symbol.dispose]())

  it('removes each source that is in the vault and was read back; folders and links stay', async () => {
    mkdirSync(vault.work.at('tree'))
    for (const name of ['a', 'b']) vault.source(`tree/${name}`, `contents of ${name}`)
    const end = await vault.device.does('add', vault.work.at('tree'), '--remove-source')
    expect(end.lines.at(-1)).toMatchObject({ files: 2, failed: [] })
    expect([...readTree(vault.work.at('tree')).keys()]).toEqual([''])
    expect(await vault.device.cat('/tree/a')).toBe('contents of a')
    expect(await vault.device.cat('/tree/b')).toBe('contents of b')
  })

  it('keeps a source whose message does not read back as it was: exit 4', async () => {
    const source = vault.source('kept', 'as it was')
    // It stops once its message has its name, before that is recorded.
    const stop = { dir: vault.path, calls: ['create'], only: '/journal/', act: { kind: 'stop' } } as const
    const words = [source, '--remove-source', '--json']
    const before = new Set(readTree(`${vault.path}/items`).keys())
    const running = vault.device.start('add', words, { env: faultEnv({ ...stop, at: 1 }) })
    await running.stopped()
    const [message = ''] = [...readTree(`${vault.path}/items`).keys()].filter(
      (path) => !before.has(path) && path.endsWith('.sealed'),
    )
    const path = `${vault.path}/items/${message}`
    const bytes = readFileSync(path)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(path, bytes)
    running.goOn()
    const { code, out } = await running.ended
    expect([codesOf({ lines: jsonLines(out) }), code]).toEqual([['MESSAGE_TAMPERED'], 4])
    expect(readFileSync(source, 'utf8')).toBe('as it was')
  })

  it('keeps a source that was changed meanwhile: exit 10', async () => {
    const source = vault.source('changed', 'as it was')
    const stop = { dir: vault.path, calls: ['create'], only: '/journal/', act: { kind: 'stop' } } as const
    const running = vault.device.start('add', [source, '--remove-source', '--json'], {
      env: faultEnv({ ...stop, at: 1 }),
    })
    await running.stopped()
    writeFileSync(source, 'changed by somebody')
    running.goOn()
    const { code, out } = await running.ended
    expect([codesOf({ lines: jsonLines(out) }), code]).toEqual([['SOURCE_CHANGED'], 10])
    expect(readFileSync(source, 'utf8')).toBe('changed by somebody')
    expect(await vault.device.cat('/changed')).toBe('as it was')
  })
})
