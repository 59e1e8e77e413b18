import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, codesOf } from '../support/cli.ts'
import { type Call, faultEnv } from '../support/faults.ts'
import { readTree, temporaries, WorkFolder } from '../support/tree.ts'
import { CliDevice, PASSPHRASE } from '../support/vault-cli.ts'

const STAGING = /^\.vault\.strongroom-new-[0-9a-f]{32}$/

describe('an init that was killed', () => {
  let work: WorkFolder
  beforeAll(() => {
    work = new WorkFolder()
    writeFileSync(work.at('passphrase'), `${PASSPHRASE}\n`)
  })
  afterAll(() => work[Symbol.dispose]())

  type Place = { readonly folder: string; readonly state: string; readonly code: string }
  const place = (name: string): Place => {
    mkdirSync(work.at(name))
    return { folder: work.at(name), state: work.at(`${name} state`), code: work.at(name, 'code') }
  }
  const init = ({ folder, state, code }: Place, env: Readonly<Record<string, string>> = {}) =>
    cli(
      [
        'init',
        `${folder}/vault`,
        '--no-keychain',
        '--passphrase-file',
        work.at('passphrase'),
        '--recovery-out',
        code,
      ],
      { env: { STRONGROOM_STATE_DIR: state, ...env } },
    )

  it.each<[string, Call, string, number]>([
    ['just before the recovery code has its name', 'link', '/code', 1],
    ['at its first file', 'create', '/keys/versions/', 1],
    ['at the journal', 'fdatasync', '/journal/', 1],
    ['at its last file', 'link', '/vault.json', 1],
    ['just before the vault has its name', 'rename', '.strongroom-new-', 1],
  ])(
    '%s leaves no vault; the next one removes what is left, names it and makes one',
    async (name, call, only, at) => {
      const there = place(name)
      const end = await init(
        there,
        faultEnv({ dir: there.folder, calls: [call], only, at, act: { kind: 'kill' } }),
      )
      expect(end.signal).toBe('SIGKILL')
      const left = readdirSync(there.folder)
      expect(left.filter((each) => STAGING.test(each)).length).toBe(1)
      expect(left).not.toContain('vault')
      const hasSheet = left.includes('code')

      const again = await init(there)
      expect([...codesOf(again), again.code]).toEqual([0])
      const staging = left.find((each) => STAGING.test(each)) ?? ''
      const removed = [`${there.folder}/${staging}`, ...(hasSheet ? [there.code] : [])]
      expect(again.lines.at(-1)).toMatchObject({ type: 'result', removed })
      expect(readdirSync(there.folder).sort()).toEqual(['code', 'vault'])
      expect(readdirSync(`${there.state}/vaults`).length, 'what it is known by').toBe(1)
      const device = new CliDevice(`${there.folder}/vault`, there.state, ['--recovery-file', there.code])
      expect(await device.ls()).toEqual([])
    },
  )

  it('and gave its vault the name already is done: the next one refuses with exit 8', async () => {
    const there = place('late')
    const kill = { dir: there.folder, calls: ['fsync'], only: '/late', act: { kind: 'kill' } } as const
    // The folder is synced once for the code, once for the vault's name.
    expect((await init(there, faultEnv({ ...kill, at: 1 }))).signal).toBe('SIGKILL')
    const stopped = place('late 2')
    const rename = { dir: stopped.folder, calls: ['rename'], only: '.strongroom-new-', at: 1 } as const
    await init(stopped, faultEnv({ ...rename, act: { kind: 'fail', errno: 'EIO' } }))
    expect(readdirSync(stopped.folder), 'a failed one leaves nothing').toEqual([])
    expect(await init(stopped)).toMatchObject({ code: 0 })
    const refused = await init({ ...stopped, code: `${stopped.folder}/other` })
    expect([codesOf(refused), refused.code]).toEqual([['DESTINATION_EXISTS'], 8])
    expect(readdirSync(stopped.folder).sort()).toEqual(['code', 'vault'])
  })

  it('and holds items, or is none of ours, is left alone', async () => {
    const there = place('strange')
    const items = `${there.folder}/.vault.strongroom-new-${'0'.repeat(32)}/items`
    mkdirSync(items, { recursive: true })
    mkdirSync(`${there.folder}/.vault.strongroom-new-mine`)
    const end = await init(there)
    expect(end.lines.at(-1)).toMatchObject({ type: 'result', removed: [] })
    expect(existsSync(items)).toBe(true)
    expect(existsSync(`${there.folder}/.vault.strongroom-new-mine`)).toBe(true)
  })

  it('leaves a recovery code of another vault alone, and refuses', async () => {
    const there = place('other')
    expect((await init(there)).code).toBe(0)
    const second = { folder: `${there.folder}/second`, state: there.state, code: there.code }
    mkdirSync(second.folder)
    const before = readTree(there.folder)
    const end = await init(second)
    expect([codesOf(end), end.code]).toEqual([['DESTINATION_EXISTS'], 8])
    expect(readTree(there.folder).get('code')).toEqual(before.get('code'))
    expect(temporaries(there.folder)).toEqual([])
  })

  it('before its vault had a name left none: opening it ends with exit 7', async () => {
    const there = place('unnamed')
    const kill = {
      dir: there.folder,
      calls: ['rename'],
      only: '.strongroom-new-',
      at: 1,
      act: { kind: 'kill' },
    } as const
    await init(there, faultEnv(kill))
    const device = new CliDevice(`${there.folder}/vault`, there.state, ['--recovery-file', there.code])
    const end = await device.run('ls')
    expect([codesOf(end), end.code]).toEqual([['VAULT_NOT_FOUND'], 7])
  })
})
