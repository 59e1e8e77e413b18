import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder, openVault, readRecoverySheet } from '../../src/main/vault/index.ts'
import { CliVault } from '../support/vault-cli.ts'

it('a process that opens the vault while others of this computer begin segments takes none of them for a stranger’s', async () => {
  using vault = await CliVault.create()
  const { device } = vault
  using code = readRecoverySheet(vault.code)
  let going = true
  let made = 0
  // Each opening writes a segment of its own, as each run of the command does.
  const writing = (async () => {
    while (going) {
      const way = { kind: 'recovery', code } as const
      await using opened = await openVault({
        path: vault.path,
        stateFolder: device.stateFolder,
        way,
        single: true,
      })
      await makeFolder(opened, `/made ${made++}`)
    }
  })()
  const said: string[] = []
  for (let run = 0; run < 12; run++) said.push((await device.say('ls')).err)
  going = false
  await writing
  expect(said.filter((text) => text !== '')).toEqual([])
  expect(readdirSync(join(vault.path, 'journal'))).toHaveLength(1)
  expect(await device.ls()).toHaveLength(made)
})
