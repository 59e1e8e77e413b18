/**
 * What stays in the memory of a process after a vault was locked (SECURITY control 4): a child opens a vault by its
 * passphrase, adds, searches, gets, locks; this process looks through /proc/<pid>/mem for keys, passphrase, names and
 * contents. Linux only.
 *
 *     npx node test/bench/memory-scan.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { hex, randomBytes, type Secret } from '../../src/main/base/index.ts'
import {
  addFiles,
  createVault,
  findItems,
  getItems,
  openPassphrase,
  openVault,
} from '../../src/main/vault/index.ts'

const RUNTIME = { workerPath: join(import.meta.dirname, '../../out/main/worker.js') }
const CHUNK = 16 * 1024 * 1024

async function child(dir: string): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  using passphrase = openPassphrase({ kind: 'file', path: `${dir}/passphrase` })
  const vault = await openVault({
    path: `${dir}/vault`,
    stateFolder: `${dir}/state`,
    way: { kind: 'passphrase', passphrase },
  })
  await addFiles(vault, RUNTIME, { paths: [`${dir}/plain`], ifExists: 'version' })
  await findItems(vault, 'scan')
  await getItems(vault, RUNTIME, { names: ['/'], to: `${dir}/back`, exists: 'refuse' })
  process.stdout.write('open\n')
  await lines.next()
  await vault[Symbol.asyncDispose]()
  passphrase[Symbol.dispose]()
  for (let round = 0; round < 3; round++) {
    collect()
    await sleep(100)
  }
  process.stdout.write('locked\n')
  await lines.next()
}

type Wanted = { readonly what: string; readonly bytes: Buffer }

function count(pid: number, wanted: readonly Wanted[]): ReadonlyMap<string, number> {
  const counts = new Map(wanted.map(({ what }) => [what, 0]))
  const fd = openSync(`/proc/${pid}/mem`, 'r')
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, start = '', end = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    if (start === '') continue
    const [from, to] = [Number.parseInt(start, 16), Number.parseInt(end, 16)]
    // Pieces overlap by more than the longest of what is looked for.
    for (let at = from; at < to; at += CHUNK - 4096) {
      const piece = Buffer.alloc(Math.min(CHUNK, to - at))
      let length = 0
      try {
        length = readSync(fd, piece, 0, piece.length, at)
      } catch {
        // Reserved by V8 and not readable.
        continue
      }
      for (const { what, bytes } of wanted) {
        for (
          let found = piece.indexOf(bytes);
          found >= 0 && found < length;
          found = piece.indexOf(bytes, found + 1)
        ) {
          counts.set(what, (counts.get(what) ?? 0) + 1)
        }
      }
    }
  }
  closeSync(fd)
  return counts
}

const bytesOf = (secret: Secret): Buffer => secret.use((bytes) => Buffer.from(bytes))

async function wantedOf(dir: string, contents: Buffer, name: string): Promise<readonly Wanted[]> {
  using passphrase = openPassphrase({ kind: 'file', path: `${dir}/passphrase` })
  await using vault = await openVault({
    path: `${dir}/vault`,
    stateFolder: `${dir}/other`,
    way: { kind: 'passphrase', passphrase },
  })
  const [metadata] = vault.keys.newest
  const [version] = [...vault.keys.versions.keys()]
  if (metadata === undefined || version === undefined) throw new Error('a vault without keys')
  const master = bytesOf(await vault.keys.masterKey(version))
  return [
    { what: 'master key', bytes: master },
    { what: 'master key, base64', bytes: Buffer.from(master.toString('base64')) },
    { what: 'metadata key', bytes: bytesOf(metadata.key) },
    { what: 'passphrase', bytes: bytesOf(passphrase) },
    { what: 'passphrase, UTF-16', bytes: Buffer.from(bytesOf(passphrase).toString('utf8'), 'utf16le') },
    { what: 'contents of a file', bytes: contents },
    { what: 'name of a file', bytes: Buffer.from(name) },
    { what: 'name of a file, UTF-16', bytes: Buffer.from(name, 'utf16le') },
  ]
}

async function parent(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'strongroom-scan-'))
  const name = `scan ${hex(randomBytes(16))}`
  const contents = Buffer.from(randomBytes(48))
  writeFileSync(`${dir}/passphrase`, hex(randomBytes(20)))
  mkdirSync(`${dir}/plain`)
  writeFileSync(
    `${dir}/plain/${name}`,
    Buffer.concat([Buffer.from('before'), contents, Buffer.from('after')]),
  )
  using passphrase = openPassphrase({ kind: 'file', path: `${dir}/passphrase` })
  await createVault({
    path: `${dir}/vault`,
    stateFolder: `${dir}/state`,
    name: 'scan',
    keychain: false,
    passphrase,
  })
  const scanned = spawn(process.execPath, [...process.execArgv, import.meta.filename, dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said = createInterface({ input: scanned.stdout })[Symbol.asyncIterator]()
  await said.next()
  const wanted = await wantedOf(dir, contents, name)
  const open = count(pidOf(scanned), wanted)
  scanned.stdin.write('lock\n')
  await said.next()
  const locked = count(pidOf(scanned), wanted)
  scanned.stdin.write('end\n')
  for (const { what } of wanted) {
    console.log(
      `${what.padEnd(26)} open ${String(open.get(what)).padStart(4)}   locked ${String(locked.get(what)).padStart(4)}`,
    )
  }
  rmSync(dir, { recursive: true, force: true })
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the child did not start')
  return pid
}

const [dir] = process.argv.slice(2)
if (dir === undefined) await parent()
else await child(dir)
