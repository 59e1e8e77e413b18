import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { callsOf, readLog } from '../support/faults.ts'
import { IS_ROOT } from '../support/process.ts'
import { FaultVault, type Words } from '../support/vault-faults.ts'
import { faultAndAgain, groundOf, IN_SOAK, type Scenario } from '../support/vault-faults-sweep.ts'
import { kindsOf, viewDifferences } from '../support/vault-faults-view.ts'

const vault = await FaultVault.filled()
afterAll(() => vault[Symbol.dispose]())
vault.source('more/big', 700_000)
vault.save()

const add: Scenario = {
  name: 'add',
  words: ['add', 'VAULT', 'SOURCES/tree', 'SOURCES/more'],
  doneBefore: 0,
  atomic: false,
}
const ground = await groundOf(vault, add)
vault.reset()

const READS: readonly Words[] = [
  ['ls', 'VAULT', '-R'],
  ['ls', 'VAULT', '--bin'],
  ['find', 'VAULT', 'frames'],
  ['cat', 'VAULT', '/tree/hello.txt'],
  ['check', 'VAULT', '--read-data'],
]
const WRITES: readonly Words[] = [
  ['mkdir', 'VAULT', '/new'],
  ['mv', 'VAULT', '/tree/hello.txt', '/place'],
  ['rm', 'VAULT', '/tree/sub'],
  ['restore', 'VAULT', '/gone'],
  ['purge', 'VAULT', '/lone', '--yes'],
  add.words,
]

/** Puts a folder of the bed onto a disk of its own while `run` runs. */
async function onDisk(folder: string, options: string, run: () => Promise<void>): Promise<void> {
  const aside = `${folder} aside`
  renameSync(folder, aside)
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  try {
    cpSync(aside, folder, { recursive: true, preserveTimestamps: true })
    await run()
  } finally {
    execFileSync('umount', [folder])
  }
}

const namesIn = (folder: string) => readdirSync(folder, { recursive: true }).length

const remount = (folder: string, options: string) =>
  execFileSync('mount', ['-o', `remount,${options}`, folder])

/** What a run is refused with. */
async function expectRefused(words: Words, code: string): Promise<void> {
  const end = await vault.run(words)
  expect([words[0], end.code, codesOf(end)]).toEqual([words[0], 10, [code]])
}

describe.skipIf(!IS_ROOT)('a vault on a disk of its own (needs root to mount one)', () => {
  it.each([
    ['without space', 'size=1m', 'size=64m'],
    // Its own folder, all below it, and three more: a folder and two of the files.
    ['without room for names', `size=64m,nr_inodes=${namesIn(vault.path) + 4}`, 'nr_inodes=1000'],
  ])(
    '%s (F5) refuses what is new with 10, is read all the same, and goes on after',
    async (_, full, more) => {
      vault.reset()
      await onDisk(vault.path, full, async () => {
        const end = await vault.run(add.words)
        expect([end.code, codesOf(end)]).toEqual([10, ['NO_SPACE']])
        const { items } = await vault.view()
        for (const { target = '' } of filesOf(end, 'done')) {
          expect(items.get(target)).toBe(ground.after.items.get(target))
        }
        for (const [path] of ground.before.items) expect(items.has(path)).toBe(true)
        remount(vault.path, more)
        await vault.expect(0, add.words)
        const after = await vault.view()
        expect(viewDifferences(ground.after, after)).toEqual([])
        expect(kindsOf(after.notes).filter((kind) => kind !== 'torn')).toEqual([])
      })
    },
  )

  it('with not a byte left (F5) is read, and records nothing', async () => {
    vault.reset()
    await onDisk(vault.path, 'size=2m', async () => {
      const fill = () => writeFileSync(`${vault.path}/filler`, new Uint8Array(4 * 1024 ** 2))
      expect(fill).toThrow('ENOSPC')
      for (const words of READS) expect([words[0], await vault.codeOf(words)]).toEqual([words[0], 0])
      for (const words of WRITES) await expectRefused(words, 'NO_SPACE')
      expect(viewDifferences(ground.before, await vault.view())).toEqual([])
      remount(vault.path, 'size=64m')
      await vault.expect(0, add.words)
      expect(viewDifferences(ground.after, await vault.view())).toEqual([])
    })
  })

  it('a state folder on a full disk (F5) is 10 for all that needs it, and goes on after', async () => {
    vault.reset()
    await onDisk(vault.state, 'size=2m', async () => {
      const fill = () => writeFileSync(`${vault.state}/filler`, new Uint8Array(4 * 1024 ** 2))
      expect(fill).toThrow('ENOSPC')
      const end = await vault.run(['mkdir', 'VAULT', '/new'])
      expect(end.code).toBe(10)
      expect(codesOf(end).filter((code) => code !== 'NO_SPACE' && code !== 'IO_ERROR')).toEqual([])
      remount(vault.state, 'size=64m')
      await vault.expect(0, ['mkdir', 'VAULT', '/new', '-p'])
      expect((await vault.view()).items.has('/new')).toBe(true)
    })
  })

  it('that is read-only (F9) is read, and refuses every change with 10', async () => {
    vault.reset()
    execFileSync('mount', ['--bind', vault.path, vault.path])
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', vault.path])
      for (const words of READS) expect([words[0], await vault.codeOf(words)]).toEqual([words[0], 0])
      await vault.expect(0, ['get', 'VAULT', '/', '--to', vault.at('out')])
      for (const words of [...WRITES, ['add', 'VAULT', 'SOURCES/more', '--into', '/other']]) {
        await expectRefused(words, 'READ_ONLY')
      }
      expect(viewDifferences(ground.before, await vault.viewOfStranger())).toEqual([])
    } finally {
      execFileSync('umount', [vault.path])
    }
    expect(viewDifferences(ground.before, await vault.view())).toEqual([])
    await vault.expect(0, add.words)
  })

  it('that fails at the sync (F6) is 10, and nothing that was called done is lost', async () => {
    vault.reset()
    const [under, image, aside] = [vault.at('under'), vault.at('under/image'), vault.at('vault aside')]
    mkdirSync(under)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', under])
    try {
      execFileSync('truncate', ['-s', '64M', image])
      execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image])
      renameSync(vault.path, aside)
      mkdirSync(vault.path)
      execFileSync('mount', ['-o', 'loop', image, vault.path])
      try {
        cpSync(aside, vault.path, { recursive: true, preserveTimestamps: true })
        execFileSync('sync', ['-f', vault.path])
        vault.source('huge', 16 * 1024 ** 2)
        const end = await vault.run(['add', 'VAULT', 'SOURCES/huge'])
        expect([end.code, filesOf(end, 'done')]).toEqual([10, []])
        // By the kernel it is the one or the other.
        expect(['IO_ERROR', 'NO_SPACE']).toContain(codesOf(end).join())
      } finally {
        execFileSync('umount', [vault.path])
      }
    } finally {
      execFileSync('umount', [under])
    }
  })
})

describe('limits', () => {
  it('on the size of files (F7) are 10 for the big one alone; it is done later', async () => {
    vault.reset()
    const under = ['bash', '-c', 'ulimit -f 500; exec "$@"', '-']
    const end = await vault.run(add.words, {}, { under })
    expect([end.code, codesOf(end)]).toEqual([10, ['FILE_TOO_BIG']])
    expect(filesOf(end, 'done').map(({ target }) => target)).toContain('/more/new')
    await vault.expect(0, add.words)
    const after = await vault.view()
    expect(viewDifferences(ground.after, after)).toEqual([])
    expect(kindsOf(after.notes)).toEqual([])
  })

  const calls = ['create', 'open'] as const
  const only = `${vault.path}/`
  it('on open files (F8), met at any call, are waited out or are 10; a retry finishes', async () => {
    vault.reset()
    const count = callsOf(readLog((await vault.run(add.words, { calls, only })).log)).length
    expect(count).toBeGreaterThan(20)
    for (let at = 1; at <= count; at += IN_SOAK ? 1 : 5) {
      const act = { kind: 'fail', errno: 'EMFILE' } as const
      const { end, again } = await faultAndAgain(vault, add, ground, { calls, only, at, act })
      expect([at, end.code, codesOf(end)]).toEqual([
        at,
        ...(end.code === 0 ? [0, []] : [10, ['TOO_MANY_FILES']]),
      ])
      expect(end.out).not.toContain('/proc/')
      // A record that the fault cut off is a note, and not one that was acknowledged.
      expect(kindsOf(again.notes).filter((kind) => kind !== 'torn')).toEqual([])
    }
  })

  it('of 64 open files (F8) let a job of many files be done, or done later', async () => {
    vault.reset()
    for (let i = 0; i < 300; i++) vault.source(`many/${i}`, i)
    const words = ['add', 'VAULT', 'SOURCES/many']
    const end = await vault.run(words, {}, { under: ['bash', '-c', 'ulimit -n 64; exec "$@"', '-'] })
    const failed = filesOf(end, 'failed').length
    expect([end.code, codesOf(end)]).toEqual(failed === 0 ? [0, []] : [10, ['TOO_MANY_FILES']])
    await vault.expect(0, words)
    const { items, notes } = await vault.view()
    expect([...items.keys()].filter((path) => /^\/many\/\d+$/.test(path))).toHaveLength(300)
    // A record that found no descriptor may have been begun.
    expect(kindsOf(notes).filter((kind) => kind !== 'torn')).toEqual([])
  })
})
