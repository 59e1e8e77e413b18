import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODES, type ErrorCode } from '../../src/main/contract/codes.ts'
import { type Attack, anatomyOf } from '../support/attack-message.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import { AttackedMessages, unrefused } from '../support/attacked-messages.ts'
import { cli, codesOf, RawKey } from '../support/cli.ts'
import { WorkFolder } from '../support/tree.ts'

type Form = Attack & {
  /** The code of `unseal`, which reads what other writers may write. */
  readonly unsealed: ErrorCode
}

function put(at: (anatomy: ReturnType<typeof anatomyOf>) => number, ...bytes: readonly number[]) {
  return (sound: Buffer, anatomy: ReturnType<typeof anatomyOf>): Buffer => {
    Buffer.from(bytes).copy(sound, at(anatomy))
    return sound
  }
}
const suite = (...bytes: readonly number[]) => put(() => 1, ...bytes)
const count = (...bytes: readonly number[]) => put(({ edkCountAt }) => edkCountAt, ...bytes)
const frameLength = (...bytes: readonly number[]) => put(({ frameLengthAt }) => frameLengthAt, ...bytes)

const FORMS: readonly Form[] = [
  { name: 'version 01', change: put(() => 0, 1), unsealed: 'MESSAGE_UNSUPPORTED' },
  { name: 'version 03', change: put(() => 0, 3), unsealed: 'MESSAGE_MALFORMED' },
  { name: 'suite 0178', change: suite(0x01, 0x78), unsealed: 'MESSAGE_UNSUPPORTED' },
  { name: 'suite 0014', change: suite(0x00, 0x14), unsealed: 'MESSAGE_UNSUPPORTED' },
  // A signed message of that key would be none of the vault's either.
  { name: 'suite 0578', change: suite(0x05, 0x78), unsealed: 'MESSAGE_TAMPERED' },
  { name: 'EDK count 0', change: count(0, 0), unsealed: 'MESSAGE_MALFORMED' },
  { name: 'EDK count 2', change: count(0, 2), unsealed: 'MESSAGE_TRUNCATED' },
  { name: 'EDK count 17', change: count(0, 17), unsealed: 'MESSAGE_MALFORMED' },
  { name: 'EDK count FFFF', change: count(0xff, 0xff), unsealed: 'MESSAGE_MALFORMED' },
  { name: 'frame length 0', change: frameLength(0, 0, 0, 0), unsealed: 'MESSAGE_MALFORMED' },
  { name: 'frame length 1', change: frameLength(0, 0, 0, 1), unsealed: 'MESSAGE_TAMPERED' },
  {
    name: 'frame length FFFFFFFF',
    change: frameLength(0xff, 0xff, 0xff, 0xff),
    unsealed: 'MESSAGE_TAMPERED',
  },
  {
    name: 'content type 01 and frame length 0',
    change: put(({ frameLengthAt }) => frameLengthAt - 1, 1, 0, 0, 0, 0),
    unsealed: 'MESSAGE_TAMPERED',
  },
]

/** Neither 4 GiB for a frame nor 12 GB for EDKs can be had: who asks for them dies, and not with a code. */
const LITTLE_MEMORY = ['/bin/sh', '-c', 'ulimit -v 2500000; exec "$@"', 'sh']

describe('T4 another form of message than the vault writes', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create()
  })
  afterAll(() => vault[Symbol.dispose]())

  it('is refused with 4 by get, cat and check --read-data', async () => {
    const messages = await AttackedMessages.create(vault, 'forms', randomBytes(1000), () => FORMS)
    const outcomes = await messages.run()
    expect(outcomes.size).toBe(FORMS.length)
    expect(unrefused(outcomes)).toEqual([])
    expect(outcomes.get('version 01')?.get).toBe('MESSAGE_TAMPERED')
    expect(outcomes.get('suite 0178')?.get).toBe('MESSAGE_TAMPERED')
    expect(outcomes.get('EDK count FFFF')?.get).toBe('MESSAGE_MALFORMED')
    expect(outcomes.get('frame length FFFFFFFF')?.get).toBe('MESSAGE_TAMPERED')
    const paths = FORMS.map((_, index) => `/forms/${index}`)
    const to = vault.fresh()
    const end = await vault.ben.start('get', [...paths, '--to', to], { under: LITTLE_MEMORY }).ended
    expect([end.code, readdirSync(to)]).toEqual([4, []])
  })
})

describe('T4 the same of a sealed file', () => {
  let work: WorkFolder
  let key: RawKey
  let sealed: Buffer
  beforeAll(async () => {
    work = new WorkFolder()
    key = new RawKey(work.path)
    writeFileSync(work.at('plain'), randomBytes(1000))
    expect((await cli(['seal', work.at('plain'), ...key.options])).code).toBe(0)
    sealed = readFileSync(work.at('plain.sealed'))
  })
  afterAll(() => work[Symbol.dispose]())

  it.each(FORMS)(
    '$name: unseal ends with $unsealed, and writes nothing',
    async ({ name, change, unsealed }) => {
      const path = work.at(`${name}.sealed`)
      writeFileSync(path, change(Buffer.from(sealed), anatomyOf(sealed)))
      const to = work.at(`out of ${name}`)
      mkdirSync(to)
      const end = await cli(['unseal', path, '--to', to, ...key.options], { under: LITTLE_MEMORY })
      expect([basename(path), codesOf(end), end.code]).toEqual([
        basename(path),
        [unsealed],
        CODES[unsealed].exit,
      ])
      expect(readdirSync(to)).toEqual([])
    },
  )
})
