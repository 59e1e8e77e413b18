import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { extractFile, listPackage } from '@electron/asar'
import { FuseV1Options as Fuse, getCurrentFuseWire } from '@electron/fuses'
import { Arch, build, Platform } from 'electron-builder'
import { afterAll, beforeAll, expect, it } from 'vitest'

/**
 * electron-builder packs the app for real, with its own check of the configuration; only Electron's program is
 * a file of ours that holds a fuse wire, since it can't be downloaded on every machine.
 */
const root = resolve(import.meta.dirname, '../..')
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const OFF = 0x30
const ON = 0x31

let folder = ''
let resources = ''
let program = ''
let packed: readonly string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-packaging-'))
  const electronDist = join(folder, 'electron')
  mkdirSync(electronDist)
  // The sentinel, wire version 1, nine fuses; each set the wrong way round for the test to see it change.
  const wrong = [ON, OFF, ON, ON, OFF, OFF, OFF, ON, ON]
  const wire = Buffer.concat([
    Buffer.alloc(64),
    Buffer.from(SENTINEL),
    Buffer.from([1, wrong.length, ...wrong]),
  ])
  writeFileSync(join(electronDist, 'electron'), Buffer.concat([wire, Buffer.alloc(64)]), { mode: 0o755 })
  await build({
    projectDir: root,
    targets: Platform.LINUX.createTarget('dir', Arch.x64),
    publish: 'never',
    config: {
      extends: './electron-builder.yml',
      electronDist,
      directories: { output: join(folder, 'dist'), buildResources: 'resources/icons' },
    },
  })
  program = join(folder, 'dist/linux-unpacked/strongroom-window')
  resources = join(folder, 'dist/linux-unpacked/resources')
  packed = listPackage(join(resources, 'app.asar'), { isPack: false }).map((each) => each.slice(1))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the program starts nothing but the app: its fuses are as SECURITY control 18 says', async () => {
  expect(await getCurrentFuseWire(program)).toMatchObject({
    [Fuse.RunAsNode]: OFF,
    [Fuse.EnableCookieEncryption]: ON,
    [Fuse.EnableNodeOptionsEnvironmentVariable]: OFF,
    [Fuse.EnableNodeCliInspectArguments]: OFF,
    [Fuse.EnableEmbeddedAsarIntegrityValidation]: ON,
    [Fuse.OnlyLoadAppFromAsar]: ON,
    [Fuse.GrantFileProtocolExtraPrivileges]: OFF,
  })
})

it('every file that a packed bundle of main asks for is packed', () => {
  const asked = packed
    .filter((each) => each.startsWith('out/main/') && each.endsWith('.js'))
    .flatMap((file) =>
      [...text(file).matchAll(/(?:require|import)\(["'`](\.[^"'`]+)["'`]\)/g)].map((found) =>
        posix.join(dirname(file), found[1] ?? ''),
      ),
    )
  expect(asked.length).toBeGreaterThan(20)
  expect([...new Set(asked)].filter((each) => !packed.includes(each))).toEqual([])
  for (const entry of [
    'out/main/main.js',
    'out/main/worker.js',
    'out/preload/index.js',
    'out/renderer/index.html',
  ])
    expect(packed).toContain(entry)
})

it('every module that stays outside the bundles is packed, and no other but what it needs', () => {
  const modules = packed
    .filter((each) => /^node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(each))
    .map(dirname)
  const names = modules.map((each) => each.slice('node_modules/'.length))
  const present = names.filter((each) => each !== 'keytar').sort()
  expect(present).toEqual([
    '@napi-rs/keyring',
    '@napi-rs/keyring-linux-x64-gnu',
    '@node-rs/argon2',
    '@node-rs/argon2-linux-x64-gnu',
    '@zxcvbn-ts/core',
    '@zxcvbn-ts/language-common',
    '@zxcvbn-ts/language-en',
    'better-sqlite3',
    'fastest-levenshtein',
  ])
})

it('natives are this system’s alone and lie beside the archive', () => {
  const natives = packed.filter((each) => each.endsWith('.node') && !each.includes('/keytar/'))
  expect(natives.sort()).toEqual([
    'node_modules/@napi-rs/keyring-linux-x64-gnu/keyring.linux-x64-gnu.node',
    'node_modules/@node-rs/argon2-linux-x64-gnu/argon2.linux-x64-gnu.node',
    'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  ])
  for (const each of natives)
    expect(
      readFileSync(join(resources, 'app.asar.unpacked', each))
        .subarray(1, 4)
        .toString(),
    ).toBe('ELF')
})

it('holds no tests, sources, maps, tools or the command’s entry', () => {
  const foreign =
    /\.(map|ts|mts|cts|tsx|c|cc|h|gyp|md)$|^(src|test|docs|\.|dist)|^out\/main\/bin\.js$|\/(deps|test|tests)\//
  expect(packed.filter((each) => foreign.test(each))).toEqual([])
})

function text(file: string): string {
  return extractFile(join(resources, 'app.asar'), file).toString('utf8')
}
