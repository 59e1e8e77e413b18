import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openSealed, run, tempFolder } from './open-sealed.ts'

const NODE = join(import.meta.dirname, '../../node_modules/.bin/node')
const BUNDLE = join(import.meta.dirname, '../../out/main/bin.js')

/** Seals with the built command, as a person would. */
function seal(folder: string, ...args: readonly string[]) {
  const ended = run(NODE, [BUNDLE, 'seal', ...args], folder)
  expect(ended).toMatchObject({ code: 0 })
}

/** A name of 255 bytes, which leaves no room for “.sealed”. */
const LONG_NAME = `${'ü'.repeat(126)}.md`

it('what Strongroom seals with a passphrase, a whole tree, opens with the Python script alone', () => {
  const big = randomBytes(700_000)
  using folder = tempFolder({
    'plain/a.txt': 'hello',
    'plain/empty': '',
    'plain/deep/er/big.bin': big,
    [`plain/${LONG_NAME}`]: 'long',
    'pass.txt': 'päss wörd — fünf zufällige Wörter 77\r\n',
  })
  seal(folder.path, 'plain', '--to', 'sealed', '--passphrase-file', 'pass.txt')
  expect(openSealed(folder.path, 'sealed', '--to', 'opened', '--passphrase-file', 'pass.txt')).toMatchObject({
    code: 0,
  })
  const opened = folder.files().filter((name) => name.startsWith('opened/'))
  const root = 'opened/sealed/plain'
  expect(opened).toHaveLength(4)
  expect(folder.read(`${root}/a.txt`).toString()).toBe('hello')
  expect(folder.read(`${root}/empty`)).toHaveLength(0)
  expect(folder.read(`${root}/deep/er/big.bin`).equals(big)).toBe(true)
  expect(folder.read(`${root}/${LONG_NAME}`).toString()).toBe('long')
})

it.each([16, 24, 32])(
  'what Strongroom seals with a raw key of %i bytes opens with the Python script alone',
  (size) => {
    const content = randomBytes(300_000)
    using folder = tempFolder({ 'a.bin': content, key: randomBytes(size) })
    const key = ['--raw-aes-key-file', 'key', '--key-namespace', 'my keys', '--key-name', 'k1']
    seal(folder.path, 'a.bin', ...key)
    expect(openSealed(folder.path, 'a.bin.sealed', '--to', 'back.bin', ...key)).toMatchObject({ code: 0 })
    expect(folder.read('back.bin').equals(content)).toBe(true)
  },
)
