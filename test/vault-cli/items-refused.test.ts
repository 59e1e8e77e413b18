import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'

describe('in a vault', () => {
  let vault: CliVault
  let device: CliDevice
  let before: readonly string[]
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
    for (const folder of ['tree/sub/empty', 'tree/Sub 2', 'tree/has/sub']) {
      mkdirSync(vault.work.at(folder), { recursive: true })
    }
    for (const name of ['a.txt', 'sub/b.txt', 'Sub 2/c']) vault.source(`tree/${name}`, name)
    await device.does('add', vault.work.at('tree'))
    before = await device.paths()
  })
  afterAll(async () => {
    expect(await device.paths()).toEqual(before)
    vault[Symbol.dispose]()
  })

  it.each<[string, string, number, string, (at: string) => readonly string[]]>([
    ['ls of nothing', 'ITEM_NOT_FOUND', 7, 'ls', (at) => [`${at}/none`]],
    ['ls below a file', 'ITEM_NOT_FOUND', 7, 'ls', (at) => [`${at}/a.txt/x`]],
    ['--versions of nothing', 'ITEM_NOT_FOUND', 7, 'ls', (at) => [`${at}/none`, '--versions']],
    ['mkdir of what is there', 'ITEM_EXISTS', 8, 'mkdir', (at) => [`${at}/sub`]],
    ['mkdir of what is there in another case', 'ITEM_EXISTS', 8, 'mkdir', (at) => [`${at}/SUB`]],
    ['mkdir -p of a file', 'ITEM_EXISTS', 8, 'mkdir', (at) => ['-p', `${at}/a.txt`]],
    ['mkdir in nothing', 'ITEM_NOT_FOUND', 7, 'mkdir', (at) => [`${at}/x/y`]],
    ['mkdir in a file', 'USAGE', 2, 'mkdir', (at) => ['-p', `${at}/a.txt/y`]],
    ['mkdir of the root', 'USAGE', 2, 'mkdir', () => ['/']],
    ['mkdir of “..”', 'USAGE', 2, 'mkdir', (at) => [`${at}/..`]],
    ['mkdir of 256 bytes', 'USAGE', 2, 'mkdir', (at) => [`${at}/${'\u00e9'.repeat(128)}`]],
    ['mv onto a file', 'ITEM_EXISTS', 8, 'mv', (at) => [`${at}/sub/b.txt`, `${at}/a.txt`]],
    ['mv into a folder that has the name', 'ITEM_EXISTS', 8, 'mv', (at) => [`${at}/sub`, `${at}/has`]],
    ['mv into itself', 'USAGE', 2, 'mv', (at) => [`${at}/sub`, `${at}/sub`]],
    ['mv below itself', 'USAGE', 2, 'mv', (at) => [at, `${at}/sub/empty`]],
    [
      'mv of several onto a new name',
      'ITEM_NOT_FOUND',
      7,
      'mv',
      (at) => [`${at}/a.txt`, `${at}/sub`, `${at}/x`],
    ],
    ['mv of several onto a file', 'USAGE', 2, 'mv', (at) => [`${at}/sub`, `${at}/Sub 2`, `${at}/a.txt`]],
    ['mv of nothing', 'ITEM_NOT_FOUND', 7, 'mv', (at) => [`${at}/none`, `${at}/x`]],
    [
      'mv of two of which one’s name is taken',
      'ITEM_EXISTS',
      8,
      'mv',
      (at) => [`${at}/a.txt`, `${at}/sub`, `${at}/has`],
    ],
    ['mv of the root', 'USAGE', 2, 'mv', (at) => ['/', `${at}/x`]],
    ['mv without a place to go', 'USAGE', 2, 'mv', (at) => [`${at}/a.txt`]],
    ['rm of nothing', 'ITEM_NOT_FOUND', 7, 'rm', (at) => [`${at}/a.txt`, `${at}/none`]],
    ['rm of the root', 'USAGE', 2, 'rm', () => ['/']],
    ['restore of what is not in the bin', 'USAGE', 2, 'restore', (at) => [`${at}/a.txt`]],
    ['purge of what is not in the bin', 'USAGE', 2, 'purge', (at) => [`${at}/a.txt`, '--yes']],
    [
      'purge of two versions at once',
      'USAGE',
      2,
      'purge',
      (at) => [at, at, '--version', '0'.repeat(32), '--yes'],
    ],
  ])('%s is refused, and changes nothing', async (_, code, exit, command, words) => {
    await device.refused(code, exit, command, ...words('/tree'))
  })
})
