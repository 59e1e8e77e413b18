import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const CANARY = 'canary-of-seventeen-yellow-feathers'

/** The forms in which a secret might be found again. */
function forms(secret: Buffer): readonly Buffer[] {
  return [
    secret,
    Buffer.from(secret.toString('hex')),
    Buffer.from(secret.toString('base64')),
    Buffer.from(secret.toString('latin1'), 'utf16le'),
  ]
}

/** Files below `folder`, but those that the person keeps the secret in. */
function filesIn(folder: string, but: ReadonlySet<string>): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !but.has(path))
}

/** Command line and environment of every process, as any other program of the person sees them. */
function processes(): Buffer {
  const parts = readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => ['cmdline', 'environ'].map((file) => read(`/proc/${pid}/${file}`)))
  return Buffer.concat(parts)
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

it('a passphrase and a key are nowhere: argv, environment, output, temporary and profile folders', async () => {
  const raw = randomBytes(32)
  using folder = new TestFolder({
    'plain/a': randomBytes(3_000_000),
    'plain/b': 'b',
    pass: `${CANARY}\n`,
    raw,
    'tmp/.x': '',
    'home/.x': '',
  })
  const secrets = [...forms(Buffer.from(CANARY)), ...forms(raw)]
  const env = { TMPDIR: folder.at('tmp'), HOME: folder.at('home'), XDG_CONFIG_HOME: folder.at('home/config') }
  const keys = [
    ['--passphrase-file', folder.at('pass')],
    ['--raw-aes-key-file', folder.at('raw'), '--key-namespace', 'n', '--key-name', 'k'],
  ]
  let samples = 0
  const seen: string[] = []
  const look = (where: string, bytes: Buffer) => {
    if (secrets.some((secret) => bytes.includes(secret))) seen.push(where)
  }
  const watch = async (args: readonly string[]) => {
    const running = startCli(args, { env })
    const ended = { yet: false }
    void running.ended.finally(() => {
      ended.yet = true
    })
    while (!ended.yet) {
      look('a process', processes())
      samples++
      await sleep(5)
    }
    const { code, out, err } = await running.ended
    look('the output', Buffer.from(out + err))
    return code
  }
  for (const [index, key] of keys.entries()) {
    const sealed = folder.at(`sealed${index}`)
    expect(await watch(['seal', '-v', folder.at('plain'), '--to', sealed, ...key])).toBe(0)
    expect(await watch(['unseal', '--json', sealed, '--to', folder.at(`back${index}`), ...key])).toBe(0)
    expect(await watch(['inspect', `${sealed}/plain/b.sealed`])).toBe(0)
  }
  // A refusal must not show it either.
  expect(await watch(['unseal', folder.at('sealed1'), '--to', folder.at('no'), ...(keys[0] ?? [])])).toBe(3)
  for (const path of filesIn(folder.path, new Set([folder.at('pass'), folder.at('raw')])))
    look(path, readFileSync(path))
  expect(samples).toBeGreaterThan(20)
  expect(seen).toEqual([])
})
