import { lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { cli, codesOf, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import type { Ended } from '../support/process.ts'

/** A temporary folder of the demo's own. */
function withTemp(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const folder = new TestFolder({ ...files })
  mkdirSync(folder.at('tmp'))
  return { folder, env: { TMPDIR: folder.at('tmp') }, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

describe('`demo`', () => {
  let end: Ended
  let left: readonly string[]
  beforeAll(async () => {
    using it = withTemp()
    end = await startCli(['demo'], { env: it.env }).ended
    left = it.folder.names()
  })

  it('gives the fingerprint that the second computer shows, too', () => {
    const [made, seen] = [...end.out.matchAll(/fingerprint {1,3}((?:[0-9A-Z]{4}-){4}[0-9A-Z]{4})/g)]
    expect([made?.[1], end.out.match(/fingerprint/g)?.length]).toEqual([seen?.[1], 2])
  })

  it('ends well and leaves nothing', () => {
    expect([end.code, end.err, left]).toEqual([0, '', ['tmp']])
  })

  it.each([
    ['where it works', /^Everything below happens in \/.*\/tmp\/strongroom-demo-\w+, removed at the end\.$/m],
    ['its files', /^1\. The files: three, made for this\.$/m],
    ['its new vault', /^2\. A new vault\.$/m],
    [
      'its passphrase, and shows none',
      / passphrase {4}32 random characters, made for this run and never shown;/,
    ],
    ['its recovery code', / recovery {6}a code of 56 letters and digits .+, in recovery-code\.txt;/],
    ['the keys of each file', /file key {4}32 new random bytes, for this version alone/],
    ['its derivation', /message id {2}[0-9a-f]{16}…, mixed with the data key by HKDF-SHA512/],
    ['its commitment', /commitment {2}[0-9a-f]{16}…: no other key can open this message/],
    ['its frames', /contents {4}8 frames of at most 262 KB/],
    ['where it was written', /written {5}items\/([0-9a-f]{2})\/\1[0-9a-f]{30}\.sealed$/m],
    [
      'how many, how much',
      /^ {3}3 files added, 2\.0 MB, in \d+\.\d\d s: each synced to the disk, then recorded/m,
    ],
    [
      'what it found',
      /^4\. The list has 3 items\. A search for “HELLO STRONGROOM\.TXT” finds \/hello strongroom\.txt\.$/m,
    ],
    [
      'what others see',
      /^5\. Others see \d+ files .+ Of 3 names of yours they find 0 in all those bytes\.$/m,
    ],
    ['what is lost', /^6\. All that this computer knows of the vault is gone/m],
    ['what opened it', /^ {3}Opened by the recovery code; 3 items read from the journal into a new index\./m],
    [
      'that all came back',
      /^7\. Got back: 3 files in \d+\.\d\d s; 3 of 3 have the SHA-256 of their source\.$/m,
    ],
    ['that a changed bit is found', /^8\. One bit turned over .+ names \/.+, MESSAGE_TAMPERED\.\n {3}“.+”$/m],
    [
      'that another passphrase is refused',
      /^9\. Another passphrase: refused with PASSPHRASE_WRONG\.\n {3}“.+”$/m,
    ],
    ['that it is over', /^The temporary folder is removed\. Nothing else was written\.$/m],
  ])('says %s', (_, words) => {
    expect(end.out).toMatch(words)
  })

  it('says each file’s name', () => {
    for (const name of [
      'hello strongroom.txt, 19 B',
      'nothing in it.txt, 0 B',
      'two megabytes.bin, 2.0 MB',
    ]) {
      expect(end.out).toContain(`   ${name}\n`)
    }
  })
})

describe('`demo` with files of one’s own', () => {
  /** What any write, and any change of modes or times, would show. */
  const facts = (folder: TestFolder) =>
    readdirSync(folder.at('mine'), { recursive: true, encoding: 'utf8' }).map((name) => {
      const { ino, size, mtimeNs, ctimeNs, mode } = lstatSync(folder.at(`mine/${name}`), { bigint: true })
      return `${name} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode}`
    })

  it('only reads them, and keeps its own folder when told to', async () => {
    using it = withTemp({ 'mine/a': 'aaa', 'mine/sub/b': 'b'.repeat(300_000) })
    const { folder, env } = it
    symlinkSync('a', folder.at('mine/link'))
    const before = facts(folder)
    const { code, out } = await startCli(['demo', folder.at('mine'), '--keep'], { env }).ended
    expect([code, facts(folder)]).toEqual([0, before])
    expect(out).toContain('1. The files: yours, only read.')
    expect(out).toContain('2 of 2 have the SHA-256 of their source.')
    const [kept = '', ...more] = folder.names('tmp')
    expect([kept, more.filter((name) => !name.startsWith(`${kept}/`))]).toEqual([
      expect.stringMatching(/^strongroom-demo-/),
      [],
    ])
    expect(out).toContain(`The folder was kept: ${folder.at(`tmp/${kept}`)}`)
    expect(folder.read(`tmp/${kept}/back/mine/a`).toString()).toBe('aaa')
    // Nobody else may look into it.
    expect(lstatSync(folder.at(`tmp/${kept}`)).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['is not there', 'nope', 'NOT_FOUND'],
    ['holds no file', 'mine', 'NOT_FOUND'],
  ])('that %s says so, and leaves nothing', async (_, name, code) => {
    using it = withTemp()
    mkdirSync(it.folder.at('mine/empty'), { recursive: true })
    const { code: exit, err } = await startCli(['demo', it.folder.at(name)], { env: it.env }).ended
    expect([exit, it.folder.names('tmp')]).toEqual([7, []])
    expect(err).toContain(`[${code}]`)
  })
})

it('`demo` that is interrupted removes its folder, and says that it was', async () => {
  using it = withTemp()
  const running = startCli(['demo'], { env: it.env })
  while (it.folder.names('tmp').length === 0) await sleep(2)
  running.signal('SIGINT')
  const { code, err } = await running.ended
  expect([code, it.folder.names('tmp')]).toEqual([130, []])
  expect(err).toContain('[INTERRUPTED]')
})

it('`demo` has no words for programs', async () => {
  const end = await cli(['demo'])
  expect([end.code, codesOf(end)]).toEqual([2, ['USAGE']])
})
