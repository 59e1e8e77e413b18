import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, startCli, withLines } from '../support/cli.ts'
import { faultEnv } from '../support/faults.ts'
import { CliVault } from '../support/vault-cli.ts'

type Keys = {
  readonly keys: readonly {
    readonly label: string
    readonly versions: readonly { readonly keyVersionId: string }[]
  }[]
}

describe('while another process is amid its work, a key gets a new version and the old one is destroyed', () => {
  let vault: CliVault
  let label: string
  let first: string
  beforeAll(async () => {
    vault = await CliVault.create()
    await vault.device.does('add', vault.source('before', 'before'))
    const { keys } = await key<Keys>('ls')
    label = keys[0]?.label ?? ''
    first = keys[0]?.versions[0]?.keyVersionId ?? ''
  })
  afterAll(() => vault[Symbol.dispose]())

  async function key<T>(act: string, ...words: readonly string[]): Promise<T> {
    const { device } = vault
    const way = words.includes('--passphrase-file') ? [] : device.way
    const { code, out, err } = await startCli(['key', act, device.vault, ...words, ...way, '--json'], {
      env: { STRONGROOM_STATE_DIR: device.stateFolder },
    }).ended
    expect([code, err], act).toEqual([0, ''])
    return JSON.parse(out)
  }
  const messages = () =>
    readdirSync(join(vault.path, 'items'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.sealed'),
    )

  it('an add records nothing under the version that is gone, says so, and finishes when run again', async () => {
    const source = vault.source('during', 'during')
    const { device } = vault
    const fault = {
      dir: vault.path,
      calls: ['rename'],
      only: '.sealed',
      at: 1,
      act: { kind: 'stop' },
    } as const
    const running = startCli(['add', device.vault, source, ...device.way, '--json'], {
      env: { STRONGROOM_STATE_DIR: device.stateFolder, ...faultEnv(fault) },
    })
    await running.stopped()
    await key('rotate', label, '--passphrase-file', vault.passphrase)
    await key('rewrap')
    await key('destroy', label, '--version', first, '--yes')
    running.goOn()
    const end = withLines(await running.ended)
    expect([end.code, codesOf(end)]).toEqual([9, ['KEY_CHANGED']])
    await device.does('add', source)
    expect([await device.cat('/during'), await device.cat('/before')]).toEqual(['during', 'before'])
    expect((await device.say('check', '--read-data')).code).toBe(0)
    expect(messages()).toHaveLength(2)
  })
})
