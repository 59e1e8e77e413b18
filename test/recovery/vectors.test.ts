import { expect, it } from 'vitest'
import { describeWithVectors, type EsdkEntry, type Op } from '../support/vectors.ts'
import { KEY, KEY_OPTIONS, openSealed, sha256, tempFolder } from './open-sealed.ts'
import { rehead } from './rehead.ts'

/** What the script must answer where the manifest says why a message can't be opened. */
const ANSWERS = {
  unsupported: { code: 11, why: /does not commit to its key/ },
  'no-usable-key': {
    code: 3,
    why: /not sealed for this key namespace and name, but for: (aws-kms|raw-|aws-raw)/,
  },
  commitment: { code: 4, why: /key commitment does not hold/ },
  authentication: { code: 4, why: /header was changed or damaged/ },
} as const

function keyOptions(entry: EsdkEntry): readonly string[] {
  if (entry.keyring.type !== 'raw-aes') throw new Error(`${entry.id} has no wrapping key`)
  const { namespace, name } = entry.keyring
  const required = Object.entries(entry.requiredContext ?? {})
  return [
    ...['--raw-aes-key-file', 'key', '--key-namespace', namespace, '--key-name', name],
    ...required.flatMap(([key, value]) => ['--context', `${key}=${value}`]),
  ]
}

const keyBytes = (entry: EsdkEntry): Buffer =>
  Buffer.from(entry.keyring.type === 'raw-aes' ? entry.keyring.keyHex : entry.keyring.dataKeyHex, 'hex')

function applied(message: Buffer, op: Op): Buffer {
  if ('truncate' in op) return message.subarray(0, op.truncate)
  if ('appendHex' in op) return Buffer.concat([message, Buffer.from(op.appendHex, 'hex')])
  const changed = Buffer.from(message)
  const [at, bit] = op.flip
  changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
  return changed
}

describeWithVectors('open_sealed.py and messages of other AWS Encryption SDKs', (vectors) => {
  const manifest = vectors.manifest()
  const raw = manifest.filter((entry) => entry.keyring.type === 'raw-aes')
  const known = manifest.filter((entry) => entry.keyring.type === 'data-key')

  it.each(raw.filter((entry) => entry.expectError === undefined))('opens $id', (entry) => {
    using folder = tempFolder({ key: keyBytes(entry), 'm.sealed': vectors.message(entry) })
    expect(openSealed(folder.path, 'm.sealed', ...keyOptions(entry))).toMatchObject({ code: 0, err: '' })
    expect(sha256(folder.read('m'))).toBe(entry.plaintextSha256)
  })

  it.each(raw.filter((entry) => entry.expectError !== undefined))('refuses $id', (entry) => {
    using folder = tempFolder({ key: keyBytes(entry), 'm.sealed': vectors.message(entry) })
    const { code, err } = openSealed(folder.path, 'm.sealed', ...keyOptions(entry))
    // Without the pairs that it requires, a message looks as if the key were wrong.
    const missing = entry.id.endsWith('-missing')
    const answer = missing
      ? { code: 3, why: /--context pair is missing/ }
      : ANSWERS[entry.expectError ?? 'commitment']
    expect(err).toMatch(answer.why)
    expect(code).toBe(answer.code)
    expect(folder.files()).toEqual(['key', 'm.sealed'])
  })

  it('opens every known answer of C, Java, Python and JavaScript: odd IVs, unsorted contexts, unframed', () => {
    const good = known.filter((entry) => entry.expectError === undefined)
    expect(good.length).toBeGreaterThan(40)
    using folder = tempFolder({ key: KEY.key })
    for (const entry of good) {
      folder.write(`in/${entry.id}.sealed`, rehead(vectors.message(entry), keyBytes(entry)))
    }
    expect(openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)).toMatchObject({ code: 0, err: '' })
    for (const entry of good)
      expect(sha256(folder.read(`out/in/${entry.id}`)), entry.id).toBe(entry.plaintextSha256)
  })

  it('refuses every known answer that commits to another key', () => {
    const bad = known.filter((entry) => entry.expectError === 'commitment')
    expect(bad.length).toBeGreaterThan(4)
    using folder = tempFolder({ key: KEY.key })
    for (const entry of bad) {
      folder.write(`in/${entry.id}.sealed`, rehead(vectors.message(entry), keyBytes(entry)))
    }
    const { code, err } = openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)
    expect(code).toBe(4)
    expect(err.match(/\(4\): its key commitment does not hold/g)).toHaveLength(bad.length)
    expect(folder.files().filter((name) => name.startsWith('out'))).toEqual([])
  })

  const derived = vectors.derivedNegatives().flatMap(({ base, kind, ops }) => {
    const entry = raw.find(({ id }) => id === base)
    return entry === undefined ? [] : [{ base, kind, ops, entry }]
  })

  it.each(derived)('opens no $base after a $kind', ({ kind, ops, entry }) => {
    using folder = tempFolder({ key: keyBytes(entry) })
    const message = vectors.message(entry)
    ops.forEach((op, i) => {
      folder.write(`in/${i}.sealed`, applied(message, op))
    })
    const before = folder.files()
    const { out, err } = openSealed(folder.path, 'in', ...keyOptions(entry))
    expect(out).toBe('')
    // A flip can also make another version, suite, or key name of it.
    const refusals = err.match(kind === 'bit flip' ? /not opened \((3|4|11)\)/g : /not opened \(4\)/g)
    expect(refusals).toHaveLength(ops.length)
    expect(folder.files()).toEqual(before)
  })
})
