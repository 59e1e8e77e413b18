import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hex } from '../../src/main/base/index.ts'
import { writeRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { KeyFixture } from '../support/key-fixture.ts'

const PYTHON = '/usr/bin/python3'
const READER = join(import.meta.dirname, 'independent_reader.py')
const PASSPHRASE = 'correct horse battery'

const { CI } = process.env
const hasLibraries = spawnSync(PYTHON, ['-c', 'import cryptography, argon2']).status === 0
const runs = hasLibraries || CI === 'true'
const note = runs ? '' : ' — SKIPPED: needs python3-cryptography and python3-argon2'

/** The vault's key files in a folder, read by the Python reader. */
function readByPython(vault: KeyFixture, way: 'passphrase' | 'recovery', secret: string) {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-keys-'))
  try {
    for (const [name, bytes] of vault.files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), bytes)
    }
    return spawnSync(PYTHON, [READER, folder, way], { input: secret, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe.skipIf(!runs)(`a reader written in Python from the format alone${note}`, () => {
  /** Three key versions, three epochs, the metadata key wrapped anew at each rotation. */
  async function fullVault(): Promise<KeyFixture> {
    const vault = await KeyFixture.create({ passphrases: [PASSPHRASE], recovery: true })
    for (let i = 0; i < 2; i++) {
      await vault.rotate([PASSPHRASE])
      vault.beginEpoch()
    }
    return vault
  }
  const keysOf = (vault: KeyFixture) =>
    Object.fromEntries(vault.epochs.map(({ id, key }) => [id, key.use(hex)]))

  it('opens every key of a vault by its passphrase', async () => {
    const vault = await fullVault()
    const { stdout, stderr } = readByPython(vault, 'passphrase', PASSPHRASE)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(keysOf(vault))
  })

  it('opens every key of a vault by its recovery code', async () => {
    const vault = await fullVault()
    const { stdout, stderr } = readByPython(vault, 'recovery', writeRecoveryCode(vault.code))
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(keysOf(vault))
  })

  it('opens nothing by another passphrase', async () => {
    const vault = await KeyFixture.create({ passphrases: [PASSPHRASE] })
    expect(readByPython(vault, 'passphrase', 'another').status).toBe(1)
  })
})
