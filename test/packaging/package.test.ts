import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative, resolve } from 'node:path'
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
const launchers = { AppImage: '', deb: '' }

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
    targets: Platform.LINUX.createTarget(['AppImage', 'deb'], Arch.x64),
    publish: 'never',
    // Called with what a target is made of, before the tools that would be downloaded for it; true ends it there.
    effectiveOptionComputed: async (options: unknown) => {
      if (Array.isArray(options)) launchers.deb = readFileSync(String(options[1]), 'utf8')
      else launchers.AppImage = entryOf(options)
      return true
    },
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

it('every file that the window’s main and its worker load is packed', () => {
  const loaded = new Set(['out/main/main.js', 'out/main/worker.js'])
  for (const file of loaded) {
    expect(packed).toContain(file)
    // Only what the bundler wrote: comments of bundled modules name files in other quotes.
    for (const [, asked = ''] of text(file).matchAll(/require\("(\.[^"]+)"\)/g))
      loaded.add(posix.join(dirname(file), asked))
  }
  expect(loaded.size).toBeGreaterThan(20)
})

it('the page and the bridge are packed, and everything the page names', () => {
  expect(packed).toContain('out/preload/index.js')
  const named = [...text('out/renderer/index.html').matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(
    ([, name]) => name,
  )
  expect(named.length).toBeGreaterThan(0)
  for (const name of named) expect(packed).toContain(`out/renderer/${name}`)
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
    '@zxcvbn-ts/dictionary-compression',
    '@zxcvbn-ts/language-common',
    '@zxcvbn-ts/language-en',
    'better-sqlite3',
    'fastest-levenshtein',
  ])
})

it('natives are this system’s alone and lie beside the archive, and nothing else does', () => {
  const natives = packed.filter((each) => each.endsWith('.node') && !each.includes('/keytar/'))
  expect(natives.sort()).toEqual([
    'node_modules/@napi-rs/keyring-linux-x64-gnu/keyring.linux-x64-gnu.node',
    'node_modules/@node-rs/argon2-linux-x64-gnu/argon2.linux-x64-gnu.node',
    'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  ])
  const beside = join(resources, 'app.asar.unpacked')
  const unpacked = readdirSync(beside, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => relative(beside, join(each.parentPath, each.name)))
  expect(unpacked.filter((each) => !each.includes('/keytar/')).sort()).toEqual(natives)
})

it('holds no tests, sources, maps, tools or the command’s entry', () => {
  const foreign =
    /\.(map|ts|mts|cts|tsx|c|cc|h|gyp|md)$|^(src|test|docs|\.|dist)|^out\/main\/bin\.js$|\/(deps|test|tests)\//
  expect(packed.filter((each) => foreign.test(each))).toEqual([])
})

it.each(['AppImage', 'deb'] as const)(
  'the %s opens .sealed files and never turns the sandbox off',
  (target) => {
    const entry = launchers[target]
    expect(entry).toContain('MimeType=application/x-strongroom-sealed;')
    expect(entry).toMatch(/^Exec=\S+ %[FU]$/m)
  },
)

it('the deb hands over paths, which is what the window reads', () => {
  expect(launchers.deb).toMatch(/^Exec=\/opt\/Strongroom\/strongroom-window %F$/m)
})

function entryOf(options: unknown): string {
  if (typeof options !== 'object' || options === null || !('desktop' in options)) return ''
  return String(options.desktop)
}

function text(file: string): string {
  return extractFile(join(resources, 'app.asar'), file).toString('utf8')
}
