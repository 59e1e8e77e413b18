/** The worst day (issue 4, part 6): computer, keychain and journal are lost; the vault's files and the code are left. */
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KeyringSession, keyringNote, keyringRuns } from '../support/keyring.ts'
import { tempFolder } from './open-sealed.ts'
import { openByCode, strongroom } from './open-vault.ts'

describe.skipIf(!keyringRuns)(`a vault that lived in a keychain${keyringNote}`, () => {
  it('opens after keychain entry, state folder and journal were deleted, by the recovery code alone', async () => {
    using folder = tempFolder({
      'papers/2026/tax.txt': 'tax',
      'papers/letter.txt': 'letter',
      'papers/empty': '',
    })
    {
      await using session = await KeyringSession.start()
      const { env } = session
      strongroom(folder, ['init', 'V', '--recovery-out', 'code'], { env })
      strongroom(folder, ['add', 'V', 'papers'], { env })
      const listed = strongroom(folder, ['ls', 'V', '-R'], { env })
      expect(listed.out).toContain('/papers/2026/tax.txt')
    }
    // The keyring with its files is gone now. It was the only way in but the code:
    expect(() => strongroom(folder, ['ls', 'V'])).toThrow(/: [35] /)
    rmSync(folder.at('state'), { recursive: true })
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    expect(folder.read('out/papers/2026/tax.txt').toString()).toBe('tax')

    rmSync(folder.at('out'), { recursive: true })
    rmSync(folder.at('V/journal'), { recursive: true })
    const ended = openByCode(folder)
    expect([ended.code, ended.err]).toEqual([4, expect.stringContaining('folders have lost their names')])
    const contents = folder
      .files()
      .filter((name) => name.startsWith('out/'))
      .map((name) => `${name.replace(/^out\/Folder [0-9a-f]{8}\//, '')}: ${folder.read(name)}`)
    expect(contents.sort()).toEqual(['empty: ', 'letter.txt: letter', 'tax.txt: tax'])
  })
})
