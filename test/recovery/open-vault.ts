/** Runs resources/recovery/open_vault.py on copies of a vault that the `strongroom` command made. */
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BUNDLE, NODE } from '../support/cli.ts'
import { type Ended, PYTHON, run, tempFolder } from './open-sealed.ts'

export const VAULT_SCRIPT = join(import.meta.dirname, '../../resources/recovery/open_vault.py')
export const PASSPHRASE = 'five fairly random good words 9'

export type Temp = ReturnType<typeof tempFolder>

/** Runs the script in `folder`, on its vault `V`, into `out`. */
export function openVault(folder: Temp, ...args: readonly string[]): Ended {
  return run(PYTHON, [VAULT_SCRIPT, 'V', '--to', 'out', ...args], folder.path)
}

/** The same, by the recovery code. */
export const openByCode = (folder: Temp, ...args: readonly string[]): Ended =>
  openVault(folder, '--recovery-file', 'code', ...args)

/** Runs `strongroom` in a folder, on the device whose state is in `state`, to a good end. */
export function strongroom(
  folder: Temp,
  words: readonly string[],
  device: { readonly state?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Ended {
  const args = [BUNDLE, ...words, '--state-dir', device.state ?? 'state']
  const ended = run(NODE, args, folder.path, '', device.env)
  if (ended.code !== 0) throw new Error(`strongroom ${words.join(' ')}: ${ended.code} ${ended.err}`)
  return ended
}

/** Files and folders below `name`: what is in them, their modes, their times. */
export function treeOf(folder: Temp, name: string): Readonly<Record<string, string>> {
  const root = folder.at(name)
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    entries.map((path) => {
      const { mode, mtimeMs } = lstatSync(join(root, path))
      const isFolder = lstatSync(join(root, path)).isDirectory()
      const content = isFolder ? 'folder' : readFileSync(join(root, path)).toString('base64').slice(0, 400)
      return [path, `${(mode & 0o7777).toString(8)} ${Math.floor(mtimeMs)} ${content}`]
    }),
  )
}

/** Every byte of the vault, to show that nothing in it was changed. */
export const bytesOf = (folder: Temp): readonly string[] =>
  folder
    .files()
    .filter((name) => name.startsWith('V/'))
    .map((name) => `${name} ${folder.read(name).toString('base64')}`)

/** Changes one bit of a file. */
export function flip(folder: Temp, name: string, at: number): void {
  const bytes = folder.read(name)
  const place = at < 0 ? bytes.length + at : at
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place)
  writeFileSync(folder.at(name), bytes)
}

/** A folder with a copy of the vault and of its code and passphrase. */
export function copyOf(made: Temp): Temp {
  const folder = tempFolder()
  for (const name of ['V', 'code', 'pass']) cpSync(made.at(name), folder.at(name), { recursive: true })
  return folder
}

const LONG = `${'ü'.repeat(126)}.md`

/** A vault with what makes recovery hard: names, times, modes, versions, a bin, moved and purged items. */
export function makeVault(): Temp {
  const folder = tempFolder({ pass: `${PASSPHRASE}\n` })
  const file = (name: string, content: string | Buffer, mode = 0o644, mtime = '2020-05-05T05:05:05.123Z') => {
    mkdirSync(dirname(folder.at(name)), { recursive: true })
    writeFileSync(folder.at(name), content, { mode })
    utimesSync(folder.at(name), new Date(mtime), new Date(mtime))
  }
  file('src/a.txt', 'hello', 0o640)
  file('src/sub/deep.bin', Buffer.alloc(700_000, 'deep'), 0o755)
  file('src/moved.txt', 'moved', 0o600, '1969-06-01T00:00:00.500Z')
  file('src/empty', '')
  file('src/gone.txt', 'gone')
  file('src/old/inside.txt', 'inside')
  file('src/purged.txt', 'purged')
  for (const name of ['Twin.txt', 'twin.txt', 'a:b?.txt', 'new\nline', '-rf', 'CON', LONG, 'cafe\u0301.txt'])
    file(`src/${name}`, `in ${name}`)
  mkdirSync(folder.at('src/sub/nothing'), { mode: 0o700 })
  utimesSync(folder.at('src/sub/nothing'), 981173106, 981173106)

  const init = ['--passphrase-file', 'pass', '--no-keychain', '--recovery-out', 'code']
  strongroom(folder, ['init', 'V', ...init])
  const on = (command: string, ...args: string[]) =>
    strongroom(folder, [command, 'V', ...args, '--recovery-file', 'code'])
  on('add', 'src')
  file('src/a.txt', 'hello again', 0o640, '2021-01-01T00:00:00Z')
  on('add', 'src/a.txt', '--into', '/src')
  on('mkdir', '/other')
  on('mv', '/src/moved.txt', '/other/here.txt')
  on('rm', '/src/purged.txt')
  cpSync(folder.at('V/items'), folder.at('before-purge'), { recursive: true })
  on('purge', '/src/purged.txt', '--yes')
  on('rm', '/src/gone.txt', '/src/old')
  return folder
}
