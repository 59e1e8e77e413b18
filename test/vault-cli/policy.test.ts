import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingName } from '../../src/main/policy/index.ts'
import { checkPolicy, folderNamed, lockAfterMinutes } from '../../src/main/vault/index.ts'
import { codesOf } from '../support/cli.ts'
import { type CliDevice, CliVault } from '../support/vault-cli.ts'
import { ServiceDevice } from '../support/vault-service.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** What `policy show --json` gives. */
type Shown = {
  readonly rules: readonly { readonly rule: string; readonly setAt: string; readonly sentence: string }[]
  readonly unknown: readonly { readonly name: string }[]
  readonly conflicts: readonly { readonly kind: string; readonly at: string }[]
}

describe('rules of a vault, through the command line', () => {
  let vault: CliVault
  let device: CliDevice
  let service: ServiceDevice
  beforeAll(async () => {
    vault = await CliVault.create()
    device = vault.device
    service = new ServiceDevice(vault.path, device.stateFolder, vault.code)
    for (const folder of ['Tax/2026', 'Photos']) mkdirSync(vault.work.at(folder), { recursive: true })
    for (const name of ['Tax/plan', 'Tax/2026/form', 'Photos/cat']) vault.source(name, name)
    await device.does('add', vault.work.at('Tax'), vault.work.at('Photos'))
  })
  afterAll(() => vault[Symbol.dispose]())

  /** Runs what a rule refuses. @returns what is said of it */
  async function refused(code: string, exit: number, command: string, ...words: readonly string[]) {
    const end = await device.run(command, ...words)
    expect([codesOf(end), end.code], `${command} ${words.join(' ')}`).toEqual([[code], exit])
    return end.lines.find(({ type }) => type === 'error')
  }
  const denied = (command: string, ...words: readonly string[]) =>
    refused('POLICY_DENIED', 6, command, ...words)

  /** Sets rules, as “export no /Tax”, for as long as `act` takes; here and not by `policy set`, to save processes. */
  async function under(rules: readonly string[], act: () => Promise<void>): Promise<void> {
    const set = (value: (text: string) => string | null) =>
      service.opened((open) =>
        open.record(
          rules.map((words) => {
            const [, kind = '', text = '', , at = '/'] = RULE.exec(words) ?? []
            const name = settingName(kind, folderNamed(open, at).id)
            return { kind: 'set' as const, name, value: value(text) }
          }),
        ),
      )
    await set((text) => text)
    try {
      await act()
    } finally {
      await set(() => null)
    }
  }
  const RULE = /^(\S+) (.*?)( on (\/.*))?$/

  it('export no: nothing comes out of the folder, by get or cat, nor with what holds it; all else does', async () => {
    await under(['export no on /Tax'], async () => {
      const to = vault.work.at('out')
      for (const name of ['/Tax/2026/form', '/Tax/2026', '/']) {
        const told = await denied('get', name, '--to', to, '--yes')
        expect(told?.message).toContain('“Files in /Tax never leave the vault.”, set on /Tax.')
        expect(told?.message).toContain('To comply: ')
        expect(told?.facts).toMatchObject({ act: 'get', rule: 'export', setAt: '/Tax' })
      }
      await denied('cat', '/Tax/2026/form')
      expect(existsSync(to)).toBe(false)
      await device.does('get', '/Photos', '--to', to)
      expect(await device.cat('/Photos/cat')).toBe('Photos/cat')
    })
    expect(await device.cat('/Tax/plan')).toBe('Tax/plan')
    const { lines } = await device.run('audit ls', '--outcome', 'refused')
    const { itemId } = await device.item('/Tax/2026/form')
    expect(JSON.stringify(lines)).toContain('POLICY_DENIED')
    expect(JSON.stringify(lines)).toContain(itemId)
  })

  it('export ask: comes out only when it is confirmed', async () => {
    await under(['export ask on /Tax'], async () => {
      const to = vault.work.at('asked')
      await refused('POLICY_CONFIRMATION', 6, 'get', '/Tax/2026', '--to', to)
      await refused('POLICY_CONFIRMATION', 6, 'cat', '/Tax/2026/form')
      expect(existsSync(to)).toBe(false)
      await device.does('get', '/Tax/2026', '--to', to, '--yes')
      expect(readFileSync(`${to}/2026/form`, 'utf8')).toBe('Tax/2026/form')
      expect(await device.cat('/Tax/2026/form', '--yes')).toBe('Tax/2026/form')
    })
  })

  it('bin-days: what is in the bin stays there; elsewhere it may be purged', async () => {
    await device.does('add', vault.source('old', 'old'), '--into', '/Tax/2026')
    await device.does('add', vault.source('old', 'old'), '--into', '/Photos')
    await device.does('rm', '/Tax/2026/old', '/Photos/old')
    await under(['bin-days 30 on /Tax'], async () => {
      const told = await denied('purge', '/Tax/2026/old', '--yes')
      expect(told?.message).toContain('Wait 30 days more')
      await device.does('purge', '/Photos/old', '--yes')
    })
    await device.does('purge', '/Tax/2026/old', '--yes')
  })

  it('version-days: an older version stays, by itself and with its file; a file that has none goes', async () => {
    const source = vault.source('letter', 'one')
    await device.does('add', source, '--into', '/Tax/2026')
    writeFileSync(source, 'and two')
    await device.does('add', source, '--into', '/Tax/2026')
    const [, first] = await device.versions('/Tax/2026/letter')
    await under(['version-days 365'], async () => {
      await denied('purge', '/Tax/2026/letter', '--version', first?.versionId ?? '', '--yes')
      await device.does('rm', '/Tax/2026/letter')
      await denied('purge', '/Tax/2026/letter', '--yes')
      await device.does('add', vault.source('solo', 'solo'))
      await device.does('rm', '/solo')
      await device.does('purge', '/solo', '--yes')
      await device.does('restore', '/Tax/2026/letter')
    })
    await device.does('purge', '/Tax/2026/letter', '--version', first?.versionId ?? '', '--yes')
  })

  it('remove-source never: nothing is added and removed, in folders that are only merged into as well', async () => {
    await under(['remove-source never on /Tax'], async () => {
      const source = vault.source('Tax/2026/kept', 'kept')
      await denied('add', source, '--into', '/Tax/2026', '--remove-source')
      await denied('add', vault.work.at('Tax'), '--remove-source')
      expect(readFileSync(source, 'utf8')).toBe('kept')
      expect(await device.paths()).not.toContain('/Tax/2026/kept')
      await device.does('add', source, '--into', '/Tax/2026')
      await device.does('add', vault.source('goes', 'goes'), '--into', '/Photos', '--remove-source')
      expect(existsSync(vault.work.at('goes'))).toBe(false)
    })
    await under(['remove-source after-read-back'], async () => {
      await device.does('add', vault.source('goes', 'goes 2'), '--into', '/Tax', '--remove-source')
      expect(existsSync(vault.work.at('goes'))).toBe(false)
    })
  })

  it('passphrase-score: a weaker one is denied, though weak ones are allowed otherwise', async () => {
    await under(['passphrase-score 4'], async () => {
      const add = (text: string) => {
        writeFileSync(vault.work.at('new'), `${text}\n`)
        return ['--new-passphrase-file', vault.work.at('new'), '--allow-weak-passphrase']
      }
      await denied('key add', ...add('summer2026'))
      await device.does('key add', ...add('correct horse battery staple 9 lamps'))
    })
  })

  it('keys: what is not allowed locks nothing; check names it, and what mends it', async () => {
    await under(['keys kms'], async () => {
      await denied('add', vault.source('more', 'more'))
      await denied('key reencrypt')
      const end = await device.run('policy check')
      expect(end.code).toBe(6)
      expect(end.lines.at(-1)).toMatchObject({ breaks: [{ rule: 'keys', mend: 'remove-recipient' }] })
    })
    await under(['keys local'], async () => {
      await device.does('add', vault.source('more', 'more'))
      await device.does('policy check')
    })
  })

  it('recipients: a key that must open files is neither left out nor stopped while they need it', async () => {
    const { keys } = await device.document<{
      readonly keys: readonly {
        readonly keyId: string
        readonly versions: readonly { readonly keyVersionId: string }[]
      }[]
    }>('key ls')
    const [{ keyId, versions } = { keyId: '', versions: [] }] = keys
    const version = versions[0]?.keyVersionId ?? ''
    await device.does('key rotate', keyId, '--drop-passphrase')
    await under([`recipients all ${keyId} on /Tax`], async () => {
      const told = await denied('key disable', keyId, '--version', version)
      expect(told?.message).toContain('strongroom key rewrap')
      await denied('key destroy', keyId, '--version', version, '--yes')
      await denied('key remove', keyId)
      await device.does('key retire', keyId, '--version', version)
      await device.does('key rewrap')
      await device.does('key disable', keyId, '--version', version)
    })
  })

  it('key-age-days and lock-minutes: told when a key is due, and when the window locks', async () => {
    await under(['key-age-days 90', 'lock-minutes 5'], async () => {
      await device.does('policy check')
      await service.opened(async (open) => {
        expect(lockAfterMinutes(open)).toBe(5)
        const aged = (days: number) => checkPolicy(open, undefined, Date.now() + days * DAY_MS)
        expect(aged(75).notes).toEqual([])
        expect(aged(80).notes.join()).toContain('is due for a new version in 10 days')
        expect(aged(89).breaks).toEqual([])
        expect(aged(90).breaks).toMatchObject([{ rule: 'key-age-days', mend: 'rotate' }])
      })
    })
  })

  it('set: for a folder or for all, until it is taken back', async () => {
    await device.does('policy set', 'export', 'no', '--folder', '/Tax')
    await denied('cat', '/Tax/plan')
    await device.does('policy set', 'export', 'none', '--folder', '/Tax')
    expect(await device.cat('/Tax/plan')).toBe('Tax/plan')
  })

  it('show: the rules as sentences, those that hold at an item, and rules that contradict each other', async () => {
    await under(['export no', 'export yes on /Tax', 'bin-days 7 on /Photos'], async () => {
      const all = await device.document<Shown>('policy show')
      expect(all.rules.map(({ sentence }) => sentence)).toEqual([
        'Files in /Photos stay in the bin for 7 days at least.',
        'Files never leave the vault.',
        'Files in /Tax may leave the vault.',
      ])
      expect(all.conflicts.map(({ kind, at }) => [kind, at])).toEqual([['overruled', '/Tax']])
      const there = await device.document<Shown>('policy show', '/Tax/2026/form')
      expect(there.rules.map(({ rule, setAt }) => [rule, setAt])).toEqual([['export', '/']])
      const { err } = await device.say('policy show')
      expect(err).toContain('guard against mistakes')
    })
  })

  it('explain: what would be, which rule says so, where it is set, and what others say', async () => {
    await under(['export no on /Tax', 'bin-days 7'], async () => {
      const before = await device.document<Shown>('policy show')
      const { lines } = await device.does('policy explain', 'get', '/Tax/2026/form')
      expect(lines[0]).toMatchObject({
        verdict: 'denied',
        setAt: '/Tax',
        trace: [
          { rule: 'bin-days', verdict: 'silent' },
          { rule: 'export', verdict: 'denied', setAt: '/Tax' },
        ],
      })
      const free = await device.does('policy explain', 'get', '/Photos')
      expect(free.lines[0]).toMatchObject({ verdict: 'allowed' })
      const whole = await device.does('policy explain', 'get')
      expect(whole.lines[0]).toMatchObject({ verdict: 'denied', setAt: '/Tax' })
      expect(await device.document<Shown>('policy show')).toEqual(before)
    })
  })

  it('set: a rule that something breaks is shown, and set only when that is confirmed', async () => {
    await device.refused('POLICY_CONFIRMATION', 6, 'policy set', 'keys', 'kms')
    const dry = await device.does('policy set', 'keys', 'kms', '--dry-run')
    expect(dry.lines.at(-1)).toMatchObject({ set: false, breaks: [{ mend: 'remove-recipient' }] })
    expect(await device.document<Shown>('policy show')).toMatchObject({ rules: [] })
  })

  it.each<[string, string, number, readonly string[]]>([
    ['a rule that is none', 'USAGE', 2, ['moon-phase', 'full']],
    ['a value that is none', 'USAGE', 2, ['export', 'perhaps']],
    ['a rule of whole vaults on a folder', 'USAGE', 2, ['lock-minutes', '5', '--folder', '/Tax']],
    ['a folder that is a file', 'USAGE', 2, ['export', 'no', '--folder', '/Tax/plan']],
    ['a folder that is not there', 'ITEM_NOT_FOUND', 7, ['export', 'no', '--folder', '/None']],
    ['a key that is none', 'KEY_NOT_FOUND', 7, ['recipients', 'all', 'Nobody']],
    ['taking back what is not set', 'ITEM_NOT_FOUND', 7, ['export', 'none']],
  ])('set of %s is refused, and changes nothing', async (_, code, exit, words) => {
    await device.refused(code, exit, 'policy set', ...words)
  })

  it('under a rule of a later version all is read, nothing is written, until it is taken back by name', async () => {
    await service.opened((open) => open.record([{ kind: 'set', name: 'policy/moon-phase', value: 'full' }]))
    await device.refused('VAULT_UNSUPPORTED', 11, 'add', vault.source('moon', 'moon'))
    await device.refused('VAULT_UNSUPPORTED', 11, 'rm', '/Tax/plan')
    await device.refused('VAULT_UNSUPPORTED', 11, 'policy set', 'export', 'no')
    expect(await device.cat('/Tax/plan')).toBe('Tax/plan')
    expect((await device.document<Shown>('policy show')).unknown).toMatchObject([{ name: 'moon-phase' }])
    expect((await device.run('policy check')).code).toBe(6)
    await device.does('policy set', 'moon-phase', 'none')
    await device.does('add', vault.source('moon', 'moon'))
  })

  it('another device keeps the rules as well', async () => {
    await under(['export no on /Tax'], async () => {
      const other = vault.another('state 2')
      const end = await other.run('cat', '/Tax/plan')
      expect([codesOf(end), end.code]).toEqual([['POLICY_DENIED'], 6])
    })
  })
})
