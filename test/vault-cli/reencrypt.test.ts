import { copyFileSync, mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { CliVault } from '../support/vault-cli.ts'

describe('key reencrypt', () => {
  let vault: CliVault
  const reencrypt = async (...words: readonly string[]) => {
    const { device } = vault
    const env = { STRONGROOM_STATE_DIR: device.stateFolder }
    return await startCli(['key', 'reencrypt', device.vault, ...words, ...device.way, '--json'], { env })
      .ended
  }
  beforeAll(async () => {
    vault = await CliVault.create()
    mkdirSync(vault.work.at('tree/sub'), { recursive: true })
    for (let i = 0; i < 70; i++) vault.source(`tree/f${i}`, `contents ${i}`)
    vault.source('tree/sub/large', Buffer.alloc(700_000, 'large '))
    await vault.device.does('add', vault.work.at('tree'))
  })
  afterAll(() => vault[Symbol.dispose]())

  it('gives each file a new version of the same contents, and keeps the old one', async () => {
    const before = await vault.device.versions('/tree/f7')
    const { code, out } = await reencrypt()
    expect([code, JSON.parse(out)]).toMatchObject([0, { files: 71, failed: [], stopped: false }])
    const after = await vault.device.versions('/tree/f7')
    expect(after.map(({ versionId }) => versionId).slice(1)).toEqual(before.map(({ versionId }) => versionId))
    expect(await vault.device.cat('/tree/f7')).toBe('contents 7')
    expect((await vault.device.item('/tree/f7')).heads).toHaveLength(1)
    expect((await vault.device.say('check', '--read-data')).code).toBe(0)
  })

  it('of some files leaves the others as they are', async () => {
    const before = await vault.device.ls('-R')
    const { out } = await reencrypt('/tree/sub', '/tree/f1')
    expect(JSON.parse(out)).toMatchObject({ files: 2 })
    const changed = (await vault.device.ls('-R')).filter(
      ({ versionId }, at) => versionId !== before[at]?.versionId,
    )
    expect(changed.map(({ path }) => path)).toEqual(['/tree/f1', '/tree/sub/large'])
  })

  it('T6: the message from before it, put in the place of the new one, is refused', async () => {
    const [now, before] = await vault.device.versions('/tree/f9')
    const nameOf = (id = '') => `${vault.path}/items/${id.slice(0, 2)}/${id}.sealed`
    copyFileSync(nameOf(before?.versionId), nameOf(now?.versionId))
    const { code, out, err } = await vault.device.say('cat', '/tree/f9')
    expect([code, out, err]).toEqual([4, '', expect.stringContaining('[MESSAGE_TAMPERED]')])
    const again = await reencrypt('/tree/f9')
    expect([again.code, JSON.parse(again.out)]).toMatchObject([
      4,
      { files: 0, failed: [{ code: 'MESSAGE_TAMPERED' }] },
    ])
  })
})
