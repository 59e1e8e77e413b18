/** The documents keep their word: their examples open, and what they tell a person to run works. */
import { createDecipheriv, createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { docVault } from '../docs/doc-vault.ts'
import { DocBlocks } from './doc-blocks.ts'
import { KEY, KEY_OPTIONS, openSealed, PYTHON, run, SCRIPT, sealed, tempFolder } from './open-sealed.ts'
import { VAULT_SCRIPT } from './open-vault.ts'

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

describe('the values between, in docs/format.md', () => {
  const doc = new DocBlocks('format.md')
  /** Opens ciphertext ‖ tag at the end of `block`. */
  const opened = (key: string, iv: Buffer, aad: Buffer, block: Buffer, plainBytes: number): string => {
    const sealedPart = block.subarray(-plainBytes - 16)
    const decipher = createDecipheriv('aes-256-gcm', doc.hex(key), iv)
    decipher.setAAD(aad).setAuthTag(sealedPart.subarray(-16))
    return Buffer.concat([decipher.update(sealedPart.subarray(0, -16)), decipher.final()]).toString('hex')
  }
  const iv = (seq: number): Buffer => Buffer.from(seq.toString(16).padStart(24, '0'), 'hex')

  it.each<[string, string, string, number, string, number, number]>([
    ['frame-first-aad-raw-key', 'frame-first-raw-key', 'raw-key', 1, 'plaintext-raw-key', 0, 16],
    ['frame-final-aad-raw-key', 'frame-final-raw-key', 'raw-key', 3, 'plaintext-raw-key', 32, 40],
    ['body-aad-unframed', 'body-unframed', 'unframed', 1, 'plaintext-unframed', 0, 12],
  ])('%s is the AAD of %s', (aad, block, message, seq, plaintext, from, to) => {
    const plain = opened(`encryption-key-${message}`, iv(seq), doc.hex(aad), doc.hex(block), to - from)
    expect(plain).toBe(doc.hex(plaintext).subarray(from, to).toString('hex'))
  })

  it('edk-aad-required and header-aad-required are the AADs of message-required', () => {
    const message = doc.hex('message-required')
    const edkEnd = message.indexOf(Buffer.from('0200000010', 'hex'))
    const edk = message.subarray(0, edkEnd)
    const aad = doc.hex('edk-aad-required')
    const dataKey = opened('wrapping-key', edk.subarray(-62, -50), aad, edk, 32)
    expect(dataKey).toBe(doc.hex('data-key-required').toString('hex'))
    const header = message.subarray(0, edkEnd + 5 + 32 + 16)
    expect(opened('encryption-key-required', iv(0), doc.hex('header-aad-required'), header, 0)).toBe('')
  })

  it('signed-digest is of header and body, and the public key is the one in the context', () => {
    const message = doc.hex('message-signed')
    const signed = message.subarray(0, -doc.hex('footer-signed').length)
    expect(createHash('sha384').update(signed).digest().equals(doc.hex('signed-digest'))).toBe(true)
    expect(doc.hex('public-key-signed').toString('base64')).toBe(doc.text('public-key-base64'))
    expect(message.includes(doc.text('public-key-base64'))).toBe(true)
  })

  it('the texts of message-passphrase are those in its context', () => {
    const context = doc.hex('context-passphrase')
    expect(context.includes(doc.text('kdf-passphrase'))).toBe(true)
    expect(context.includes(doc.text('commit-base64-passphrase'))).toBe(true)
    expect(doc.text('kdf-passphrase').endsWith(`$${doc.hex('salt-passphrase').toString('base64')}`)).toBe(
      true,
    )
    expect(doc.hex('commit-passphrase').toString('base64')).toBe(doc.text('commit-base64-passphrase'))
    const parts = ['context-passphrase', 'edk-passphrase', 'header-passphrase', 'frame-final-passphrase']
    for (const part of parts) expect(doc.hex('message-passphrase').includes(doc.hex(part)), part).toBe(true)
    expect(doc.hex('edk-passphrase').includes(doc.text('key-name-passphrase'))).toBe(true)
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

  it('names only options that the scripts have', () => {
    const help = {
      open_sealed: openSealed(ROOT, '--help').out,
      open_vault: run(PYTHON, [VAULT_SCRIPT, '--help'], ROOT).out,
    }
    let named = 0
    for (const [, script = '', line = ''] of text.matchAll(/(open_sealed|open_vault)\.py([^\n`]*)/g)) {
      for (const option of line.match(/--[a-z-]+/g) ?? []) {
        named++
        expect(script === 'open_vault' ? help.open_vault : help.open_sealed, line).toContain(option)
      }
    }
    for (const [option = ''] of text.matchAll(/(?<=`)--[a-z-]+/g)) {
      named++
      expect(help.open_sealed + help.open_vault).toContain(option)
    }
    expect(named).toBeGreaterThan(12)
  })

  it('opens one file of a vault by the AWS Encryption SDK, with the key that open_vault.py gives', () => {
    mkdirSync(join(ROOT, '.scratch'), { recursive: true })
    const folder = mkdtempSync(join(ROOT, '.scratch/recovery-'))
    const doc = new DocBlocks('format.md')
    try {
      for (const [name, bytes] of docVault) {
        mkdirSync(dirname(join(folder, 'V', name)), { recursive: true })
        writeFileSync(join(folder, 'V', name), bytes)
      }
      writeFileSync(join(folder, 'code'), doc.text('recovery-code'))
      writeFileSync(join(folder, 'open-raw-key.mjs'), new DocBlocks('recovery.md').text('open-raw-key', 'js'))
      const version = doc.hex('version-id').toString('hex')
      const give = ['V', '--to', 'file.key', '--recovery-file', 'code', '--file-key', version]
      expect(run(PYTHON, [VAULT_SCRIPT, ...give], folder)).toMatchObject({ code: 0, err: '' })
      expect(run(PYTHON, [VAULT_SCRIPT, ...give], folder).code).toBe(8)
      const message = join('V', doc.text('message-vault-name'))
      const args = ['open-raw-key.mjs', 'file.key', 'strongroom', version, message, 'plain']
      expect(run(process.execPath, args, folder)).toMatchObject({ code: 0, err: '' })
      expect(readFileSync(join(folder, 'plain'))).toEqual(doc.hex('plaintext-vault'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('quotes what open_vault.py says', () => {
    const names = ['open_vault', 'vault_keys', 'vault_journal', 'vault_tree']
    const scripts = names.map((name) => readFileSync(join(dirname(SCRIPT), `${name}.py`), 'utf8')).join()
    const quoted = [
      'nothing of it can be read',
      'cut off',
      'changed or damaged',
      'bytes, which are not there',
      'no file of it opens',
      'vault.json was changed: its mac does not hold',
      'wrong passphrase',
      'wrong recovery code',
      'typing error',
      'written under a metadata key that does not open here',
    ]
    for (const words of quoted) {
      expect(scripts).toContain(words)
      expect(text).toContain(words)
    }
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
