/** The documents keep their word: their examples open, and what they tell a person to run works. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DocBlocks } from './doc-blocks.ts'
import { KEY, KEY_OPTIONS, openSealed, run, SCRIPT, sealed, tempFolder } from './open-sealed.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('the examples of docs/format.md, opened by open_sealed.py', () => {
  const doc = new DocBlocks('format.md')
  const key = ['--raw-aes-key-file', 'key', '--key-namespace', doc.text('namespace')] as const
  const options = [...key, '--key-name', doc.text('key-name')]
  const example = (name: string) => tempFolder({ key: doc.hex('wrapping-key'), 'm.sealed': doc.hex(name) })

  it.each(['raw-key', 'unframed', 'signed'])('message-%s gives plaintext-%s', (name) => {
    using folder = example(`message-${name}`)
    expect(openSealed(folder.path, 'm.sealed', ...options)).toMatchObject({ code: 0, err: '' })
    expect(folder.read('m')).toEqual(doc.hex(`plaintext-${name}`))
  })

  it('message-required is empty and opens with its required pair only', () => {
    using folder = example('message-required')
    expect(openSealed(folder.path, 'm.sealed', ...options).code).toBe(3)
    expect(openSealed(folder.path, 'm.sealed', ...options, '--context', 'owner=Zoe').code).toBe(3)
    expect(openSealed(folder.path, 'm.sealed', ...options, '--context', 'owner=Zoë').code).toBe(0)
    expect(folder.read('m')).toHaveLength(0)
  })

  it.each(['passphrase-typed', 'passphrase-nfkc'])('message-passphrase opens with %s', (typed) => {
    using folder = tempFolder({ pass: doc.hex(typed), 'm.sealed': doc.hex('message-passphrase') })
    expect(openSealed(folder.path, 'm.sealed', '--passphrase-file', 'pass')).toMatchObject({ code: 0 })
    expect(folder.read('m')).toEqual(doc.hex('plaintext-passphrase'))
  })

  it('a long name comes back from the context', () => {
    const name = doc.text('name-long')
    const message = sealed('long', { context: [['strongroom-name', name]] })
    using folder = tempFolder({ key: KEY.key, [doc.text('name-long-sealed')]: message.bytes })
    expect(openSealed(folder.path, doc.text('name-long-sealed'), ...KEY_OPTIONS).code).toBe(0)
    expect(folder.read(name).toString()).toBe('long')
  })
})

describe('docs/recovery.md', () => {
  const text = readFileSync(join(ROOT, 'docs/recovery.md'), 'utf8')

  it('shows a JavaScript program that opens a raw-key message by the AWS Encryption SDK', () => {
    // Inside the checkout, so that it finds the SDK as it would beside a package.json of its own.
    mkdirSync(join(ROOT, '.scratch'), { recursive: true })
    const folder = mkdtempSync(join(ROOT, '.scratch/recovery-'))
    try {
      const content = Buffer.alloc(300_000, 'content ')
      writeFileSync(join(folder, 'open-raw-key.mjs'), new DocBlocks('recovery.md').text('open-raw-key', 'js'))
      writeFileSync(join(folder, 'key'), KEY.key)
      // A context that the SDK sorts in its own way unless told not to.
      const context = [['\u{ffff}', 'a'] as const, ['\u{10000}', 'b'] as const]
      writeFileSync(join(folder, 'm.sealed'), sealed(content, { context, frameLength: 262_144 }).bytes)
      const args = ['open-raw-key.mjs', 'key', KEY.namespace, KEY.name, 'm.sealed', 'm']
      expect(run(process.execPath, args, folder)).toMatchObject({ code: 0, err: '' })
      expect(readFileSync(join(folder, 'm')).equals(content)).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('names only options that the script has', () => {
    const help = openSealed(ROOT, '--help')
    expect(help.code).toBe(0)
    const named = [...text.matchAll(/open_sealed\.py[^\n]*|`--[^`\n]*`/g)].flatMap(
      ([line]) => line.match(/--[a-z-]+/g) ?? [],
    )
    expect(named.length).toBeGreaterThan(8)
    for (const option of named) expect(help.out).toContain(option)
  })

  it('quotes what the script says when it refuses', () => {
    const script = readFileSync(SCRIPT, 'utf8')
    const quoted = [
      'wrong passphrase',
      'not sealed with a passphrase',
      'not sealed for this key',
      'wrong key, or a --context pair is missing',
      'cut off',
      'changed or damaged',
      'bytes after its end',
      'exists already',
    ]
    for (const words of quoted) {
      expect(script).toContain(words)
      expect(text).toContain(words)
    }
  })
})
