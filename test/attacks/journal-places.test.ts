import { execFileSync } from 'node:child_process'
import { readdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codesOf } from '../support/cli.ts'
import { CliVault } from '../support/vault-cli.ts'

it.each(['a symlink', 'a named pipe'])(
  'T16 for the journal: %s in a segment’s place keeps nothing shut; it is a rollback, and check names it',
  async (what) => {
    using vault = await CliVault.create()
    await vault.device.does('add', vault.source('first', 'first'))
    await vault.device.does('mkdir', '/second')
    const [name = ''] = readdirSync(join(vault.path, 'journal'), { recursive: true, encoding: 'utf8' })
      .filter((each) => each.endsWith('.log'))
      .map((each) => join(vault.path, 'journal', each))
    renameSync(name, vault.work.at('taken'))
    if (what === 'a symlink') symlinkSync(vault.work.at('taken'), name)
    else execFileSync('mkfifo', [name])
    const { code, out } = await vault.device.say('ls')
    expect([code, out.split('\n')]).toEqual([4, expect.arrayContaining(['/first'])])
    const check = await vault.device.run('check')
    const kinds = JSON.parse(check.out).findings.map(({ kind }: { readonly kind: string }) => kind)
    expect([check.code, kinds]).toEqual([4, expect.arrayContaining(['NOT_A_FILE', 'JOURNAL_ROLLED_BACK'])])
    expect(codesOf(await vault.device.run('mkdir', '/x'))).toEqual(['JOURNAL_ROLLED_BACK'])
  },
)
