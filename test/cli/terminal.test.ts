import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { BUNDLE, NODE } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

/** Runs the command on a terminal of its own, types `typed` at each “: ”, and gives all that the screen got. */
const DRIVER = `
import os, pty, sys, time, select
typed = [bytes.fromhex(word) for word in sys.argv[1].split(',')]
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
screen, asked = b'', 0
end = time.time() + 60
while time.time() < end:
    ready, _, _ = select.select([fd], [], [], 0.5)
    if ready:
        try: data = os.read(fd, 65536)
        except OSError: break
        if not data: break
        screen += data
    if asked < len(typed) and screen.count(b': ') > asked and screen.rstrip(b' ').endswith(b':'):
        time.sleep(0.2)
        os.write(fd, typed[asked]); asked += 1
        screen += b'\\n'
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(status))
`

function onTerminal(typed: readonly string[], ...args: readonly string[]) {
  const words = typed.map((text) => Buffer.from(text).toString('hex')).join(',')
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', DRIVER, words, NODE, BUNDLE, ...args], {
    encoding: 'utf8',
    timeout: 90_000,
  })
  return { code: status, screen: stdout }
}

describe('on a terminal', () => {
  it('seal asks twice, shows nothing of it, knows backspace; unseal asks once', () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const typo = onTerminal(
      ['seven wild hörses 1782\r', 'seven wild horses 1782\r'],
      'seal',
      folder.at('a.txt'),
    )
    expect([typo.code, folder.names()]).toEqual([2, ['a.txt']])
    // A whole character goes at a backspace, the whole line at Ctrl-U.
    const first = 'seven wild hörsé\x7fes 1782\r'
    const second = 'nonsense\x15seven wild hörses 1782\r'
    const sealed = onTerminal([first, second], 'seal', folder.at('a.txt'))
    expect([sealed.code, folder.has('a.txt.sealed')]).toEqual([0, true])
    for (const { screen } of [typo, sealed]) expect(screen).not.toContain('wild')
    const back = onTerminal(
      ['seven wild hörses 1782\r'],
      'unseal',
      folder.at('a.txt.sealed'),
      '--to',
      folder.at('back'),
    )
    expect([back.code, back.screen.includes('wild')]).toEqual([0, false])
    expect(folder.read('back/a.txt').toString()).toBe('hello')
  })

  it('Ctrl-C at the question ends it with 130, nothing made', () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    expect(onTerminal(['abc\x03'], 'seal', folder.at('a.txt')).code).toBe(130)
    expect(folder.names()).toEqual(['a.txt'])
  })

  it('a bar shows how far it is', () => {
    using folder = new TestFolder({ 'big.bin': Buffer.alloc(400 * 1024 * 1024), key: Buffer.alloc(32, 5) })
    const { code, screen } = onTerminal(
      [],
      'seal',
      folder.at('big.bin'),
      '--raw-aes-key-file',
      folder.at('key'),
      '--key-namespace',
      'n',
      '--key-name',
      'k',
    )
    expect(code).toBe(0)
    expect(screen).toMatch(/[▓░]{10,} +\d+ %/)
  })
})
