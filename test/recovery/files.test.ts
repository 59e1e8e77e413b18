/** What becomes of files: what is made, what is left alone, what never appears. */
import { chmodSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KEY, KEY_OPTIONS, openSealed, PYTHON, run, SCRIPT, sealed, tempFolder } from './open-sealed.ts'

/** Runs the script with one call of Python's `os` replaced, to have something happen right there. */
function openSealedWith(python: string, folder: string, ...args: readonly string[]) {
  const argv = JSON.stringify(['open_sealed.py', ...args])
  const start = `sys.argv = ${argv}; runpy.run_path(${JSON.stringify(SCRIPT)}, run_name='__main__')`
  return run(PYTHON, ['-c', `import os, runpy, signal, stat, sys\n${python}\n${start}`], folder)
}

/** A disk without hard links (FAT) can't be mounted in a test: the call fails as it does on one. */
const NO_LINKS = `
def link(*_): raise PermissionError(1, 'Operation not permitted')
os.link = link`

function damaged(message: Buffer, at = message.length - 1): Buffer {
  const changed = Buffer.from(message)
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  return changed
}

describe('a restored file', () => {
  it('has the modification time and permissions of the sealed one, but no setuid', () => {
    using folder = tempFolder({ key: KEY.key, 'a.sealed': sealed('a').bytes, 'b.sealed': sealed('b').bytes })
    const before1970 = new Date('1969-07-20T20:17:40.250Z')
    utimesSync(folder.at('a.sealed'), before1970, before1970)
    utimesSync(folder.at('b.sealed'), 1_700_000_000.125, 1_700_000_000.125)
    chmodSync(folder.at('a.sealed'), 0o440)
    chmodSync(folder.at('b.sealed'), 0o6751)
    expect(openSealed(folder.path, 'a.sealed', 'b.sealed', ...KEY_OPTIONS).code).toBe(0)
    expect(statSync(folder.at('a')).mtimeMs).toBe(before1970.getTime())
    expect(statSync(folder.at('b')).mtimeMs).toBe(1_700_000_000_125)
    expect(statSync(folder.at('a')).mode & 0o7777).toBe(0o440)
    expect(statSync(folder.at('b')).mode & 0o7777).toBe(0o751)
  })

  it.each<[string, readonly string[], string]>([
    ['beside the sealed one', [], 'in/a.txt'],
    ['under a new name', ['--to', 'b.txt'], 'b.txt'],
    ['in a new folder', ['--to', 'new/deep/b.txt'], 'new/deep/b.txt'],
    ['in an existing folder', ['--to', 'out'], 'out/a.txt'],
    ['in a folder that is made for it', ['--to', 'made/'], 'made/a.txt'],
  ])('appears %s', (_title, to, target) => {
    using folder = tempFolder({ key: KEY.key, 'in/a.txt.sealed': sealed('a').bytes })
    mkdirSync(folder.at('out'))
    const ended = openSealed(folder.path, 'in/a.txt.sealed', ...to, ...KEY_OPTIONS)
    expect(ended).toEqual({ code: 0, out: `opened: ${target}\n`, err: '' })
    expect(folder.read(target).toString()).toBe('a')
    expect(folder.files()).toHaveLength(3)
  })

  it('needs a name, if the sealed one does not end in .sealed', () => {
    using folder = tempFolder({ key: KEY.key, 'a.esdk': sealed('a').bytes })
    expect(openSealed(folder.path, 'a.esdk', ...KEY_OPTIONS)).toMatchObject({ code: 2, err: /say with --to/ })
    expect(openSealed(folder.path, 'a.esdk', '--to', 'a', ...KEY_OPTIONS).code).toBe(0)
    expect(folder.read('a').toString()).toBe('a')
  })

  it('appears where there are no hard links, too, and overwrites nothing there', () => {
    using folder = tempFolder({ key: KEY.key, 'a.sealed': sealed('a').bytes })
    expect(openSealedWith(NO_LINKS, folder.path, 'a.sealed', ...KEY_OPTIONS).code).toBe(0)
    expect(folder.read('a').toString()).toBe('a')
    expect(folder.files()).toEqual(['a', 'a.sealed', 'key'])
    expect(openSealedWith(NO_LINKS, folder.path, 'a.sealed', ...KEY_OPTIONS).code).toBe(8)
  })

  it('is readable by nobody else before it is complete', () => {
    using folder = tempFolder({ key: KEY.key, 'a.sealed': sealed('a').bytes })
    chmodSync(folder.at('a.sealed'), 0o644)
    const look = `
os.umask(0)
chmod = os.chmod
def seen(file, mode):
    print(oct(os.stat(file).st_mode & 0o777))
    chmod(file, mode)
os.chmod = seen`
    expect(openSealedWith(look, folder.path, 'a.sealed', ...KEY_OPTIONS).out).toContain('0o600\n')
    expect(statSync(folder.at('a')).mode & 0o777).toBe(0o644)
  })
})

describe('nothing is overwritten', () => {
  it('neither a file nor a link, wherever it leads', () => {
    using folder = tempFolder({
      key: KEY.key,
      'a.sealed': sealed('new').bytes,
      a: 'old',
      'b.sealed': sealed('b').bytes,
    })
    symlinkSync('nowhere', folder.at('b'))
    const ended = openSealed(folder.path, 'a.sealed', 'b.sealed', ...KEY_OPTIONS)
    expect(ended).toMatchObject({ code: 8, out: '' })
    expect(ended.err.match(/\(8\): exists already and was left alone/g)).toHaveLength(2)
    expect(folder.read('a').toString()).toBe('old')
    expect(readlinkSync(folder.at('b'))).toBe('nowhere')
    expect(folder.files()).toEqual(['a', 'a.sealed', 'b', 'b.sealed', 'key'])
  })

  it.each(['with', 'without'])('not even a file that appears at the last moment, %s hard links', (links) => {
    using folder = tempFolder({ key: KEY.key, 'a.sealed': sealed('a').bytes })
    const late = `
${links === 'without' ? NO_LINKS : ''}
link = os.link
def late(old, new):
    with open(new, 'w') as file: file.write('came first')
    link(old, new)
os.link = late`
    expect(openSealedWith(late, folder.path, 'a.sealed', ...KEY_OPTIONS).code).toBe(8)
    expect(folder.read('a').toString()).toBe('came first')
    expect(folder.files()).toEqual(['a', 'a.sealed', 'key'])
  })

  it('two sealed files of one name make one file', () => {
    using folder = tempFolder({
      key: KEY.key,
      '1/a.sealed': sealed('1').bytes,
      '2/a.sealed': sealed('2').bytes,
    })
    expect(openSealed(folder.path, '1/a.sealed', '2/a.sealed', '--to', 'out', ...KEY_OPTIONS).code).toBe(8)
    expect(folder.read('out/a').toString()).toBe('1')
  })
})

describe('no file is left', () => {
  it('when the very last byte is wrong', () => {
    using folder = tempFolder({ key: KEY.key, 'in/a.sealed': damaged(sealed('a'.repeat(100)).bytes) })
    expect(openSealed(folder.path, 'in', ...KEY_OPTIONS).code).toBe(4)
    expect(folder.files()).toEqual(['in/a.sealed', 'key'])
  })

  it('nor a folder, when the key is wrong', () => {
    using folder = tempFolder({ key: Buffer.alloc(32, 8), 'in/a.sealed': sealed('a').bytes })
    expect(openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS).code).toBe(3)
    expect(readdirSync(folder.path).sort()).toEqual(['in', 'key'])
  })

  it.each(['SIGTERM', 'SIGINT'])('when it is stopped by %s in the middle', (signal) => {
    using folder = tempFolder({ key: KEY.key, 'a.sealed': sealed('a').bytes, 'b.sealed': sealed('b').bytes })
    const stopped = `os.fsync = lambda _: os.kill(os.getpid(), signal.${signal})`
    const ended = openSealedWith(stopped, folder.path, 'a.sealed', 'b.sealed', ...KEY_OPTIONS)
    expect(ended).toMatchObject({ code: 130, out: '', err: /no unfinished file is left/ })
    expect(folder.files()).toEqual(['a.sealed', 'b.sealed', 'key'])
  })

  it('when the disk is full', () => {
    using folder = tempFolder({
      key: KEY.key,
      'a.sealed': sealed(Buffer.alloc(300_000), { frameLength: 65_536 }).bytes,
    })
    // The limit of a file's size gives the same kind of error as a full disk, and needs no disk.
    const limited = ['-c', 'ulimit -f 200; exec "$@"', 'bash', PYTHON, SCRIPT, 'a.sealed', ...KEY_OPTIONS]
    expect(run('bash', limited, folder.path)).toMatchObject({ code: 10, err: /\(10\): File too large/ })
    expect(folder.files()).toEqual(['a.sealed', 'key'])
  })
})

describe('a tree', () => {
  const tree = () =>
    tempFolder({
      key: KEY.key,
      'in/a.txt.sealed': sealed('a').bytes,
      'in/deep/er/b.sealed': sealed('b').bytes,
      'in/deep/ü \u{1f511}.SEALED': sealed('c').bytes,
      'in/deep/plain.txt': 'not sealed',
      'in/.sealed': 'only a suffix',
    })

  it('is restored whole into another folder', () => {
    using folder = tree()
    expect(openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)).toMatchObject({ code: 0, err: '' })
    const out = folder.files().filter((name) => name.startsWith('out'))
    expect(out).toEqual(['out/in/a.txt', 'out/in/deep/er/b', 'out/in/deep/ü \u{1f511}'])
    expect(out.map((name) => folder.read(name).toString())).toEqual(['a', 'b', 'c'])
  })

  it('keeps its name in the other folder, however it was given', () => {
    using folder = tempFolder({
      key: KEY.key,
      '1/x/a.sealed': sealed('1').bytes,
      '2/a.sealed': sealed('2').bytes,
    })
    expect(openSealed(folder.path, '1/x/', './2', '--to', 'out', ...KEY_OPTIONS)).toMatchObject({ code: 0 })
    expect(folder.files().filter((name) => name.startsWith('out'))).toEqual(['out/2/a', 'out/x/a'])
    const here = ['.', '--to', folder.at('new'), '--raw-aes-key-file', '../../key', ...KEY_OPTIONS.slice(2)]
    expect(openSealed(folder.at('1/x'), ...here)).toMatchObject({ code: 0 })
    expect(folder.read('new/x/a').toString()).toBe('1')
  })

  it('is restored in place, and running it again changes nothing', () => {
    using folder = tree()
    expect(openSealed(folder.path, 'in/', ...KEY_OPTIONS)).toMatchObject({ code: 0, err: '' })
    const files = folder.files()
    expect(files).toEqual(expect.arrayContaining(['in/a.txt', 'in/deep/er/b', 'in/deep/ü \u{1f511}']))
    expect(openSealed(folder.path, 'in', ...KEY_OPTIONS)).toMatchObject({ code: 8, out: '' })
    expect(folder.files()).toEqual(files)
  })

  it('goes on after a bad file, and gets what an earlier run did not finish', () => {
    using folder = tree()
    folder.write('in/bad.sealed', damaged(sealed('bad').bytes))
    const ended = openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)
    expect(ended.code).toBe(4)
    expect(ended.out.trimEnd().split('\n')).toHaveLength(3)
    expect(ended.err).toBe(
      'open_sealed: in/bad.sealed: not opened (4): changed or damaged, in block 1 of its body\n',
    )
    folder.write('in/bad.sealed', sealed('good').bytes)
    expect(openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)).toMatchObject({
      code: 8,
      out: 'opened: out/in/bad\n',
    })
  })

  it('is walked without following links, and without waiting for pipes', () => {
    using folder = tree()
    using elsewhere = tempFolder({ 'x.sealed': sealed('x').bytes })
    symlinkSync(elsewhere.path, folder.at('in/linked'))
    symlinkSync(elsewhere.at('x.sealed'), folder.at('in/x.sealed'))
    expect(run('mkfifo', ['in/pipe.sealed'], folder.path).code).toBe(0)
    const ended = openSealed(folder.path, 'in', '--to', 'out', ...KEY_OPTIONS)
    expect(ended.code).toBe(0)
    expect(ended.err.match(/skipped: a link, or not a regular file/g)).toHaveLength(2)
    expect(folder.files().filter((name) => name.startsWith('out'))).toHaveLength(3)
  })

  it('is not found behind a link', () => {
    using folder = tree()
    symlinkSync('in', folder.at('linked'))
    expect(openSealed(folder.path, 'linked', '--to', 'out', ...KEY_OPTIONS)).toMatchObject({
      code: 7,
      err: /linked: skipped: a link/,
    })
    expect(openSealed(folder.path, 'linked/', '--to', 'out', ...KEY_OPTIONS).code).toBe(0)
  })
})

describe('a name in the context (docs/format.md §2.4)', () => {
  const shorten = (name: string) => {
    const folder = tempFolder({ key: KEY.key })
    const long = `${'x'.repeat(240)}${name}`
    const digits = run('bash', ['-c', 'printf %s "$1" | sha256sum', 'bash', long], folder.path).out.slice(
      0,
      16,
    )
    folder.write(
      `${'x'.repeat(231)}~${digits}.sealed`,
      sealed('long', { context: [['strongroom-name', long]] }).bytes,
    )
    return { folder, long, short: `${'x'.repeat(231)}~${digits}` }
  }

  it('is followed while the sealed file has the name that was made of it', () => {
    const { folder, long, short } = shorten('.jpeg.txt')
    using end = folder
    expect(openSealed(end.path, `${short}.sealed`, ...KEY_OPTIONS)).toMatchObject({ code: 0 })
    expect(end.read(long).toString()).toBe('long')
  })

  it('is not followed once the sealed file was renamed, or into another folder', () => {
    const { folder, short } = shorten('/../../escaped')
    using end = folder
    end.write(
      'other.sealed',
      sealed('b', { context: [['strongroom-name', `${'x'.repeat(240)}.jpeg.txt`]] }).bytes,
    )
    expect(openSealed(end.path, `${short}.sealed`, 'other.sealed', ...KEY_OPTIONS)).toMatchObject({ code: 0 })
    expect(end.files()).toEqual(expect.arrayContaining([short, 'other']))
    expect(end.files()).toHaveLength(5)
  })
})

describe('the exit code', () => {
  const bad = () => damaged(sealed('bad').bytes)

  it.each<[number, string, Readonly<Record<string, Buffer | string>>, readonly string[]]>([
    [7, 'there is no such file', {}, ['nothing.sealed']],
    [7, 'a folder has no sealed file', { 'in/a.txt': 'a' }, ['in']],
    [
      4,
      'any file is damaged',
      { 'a.sealed': bad(), 'b.sealed': 'x', b: '', 'c.sealed': sealed('').bytes },
      ['a.sealed', 'nothing', 'c.sealed'],
    ],
    [
      1,
      'files fail for reasons that differ',
      { 'a.sealed': sealed('').bytes, a: '' },
      ['a.sealed', 'nothing'],
    ],
    [
      8,
      'a file stands where a folder belongs',
      { 'a.sealed': sealed('').bytes, out: '' },
      ['a.sealed', '--to', 'out/a'],
    ],
    [2, 'the key is half given', { 'a.sealed': sealed('').bytes }, ['a.sealed', '--passphrase-file', 'key']],
    [2, 'a required pair is no pair', {}, ['a.sealed', '--context', 'key']],
    [2, 'a required pair comes twice', {}, ['a.sealed', '--context', 'k=1', '--context', 'k=2']],
    [2, 'an option is unknown', {}, ['a.sealed', '--force']],
  ])('is %i when %s', (code, _title, tree, args) => {
    using folder = tempFolder({ key: KEY.key, ...tree })
    const before = folder.files()
    const ended = openSealed(folder.path, ...args, ...KEY_OPTIONS)
    expect(ended.err).not.toContain('Traceback')
    expect(ended.code).toBe(code)
    if (!args.includes('c.sealed')) expect(folder.files()).toEqual(before)
  })

  it.each([0, 15, 31, 33])('is 2 for a raw key file of %i bytes', (size) => {
    using folder = tempFolder({ key: Buffer.alloc(size), 'a.sealed': sealed('').bytes })
    expect(openSealed(folder.path, 'a.sealed', ...KEY_OPTIONS)).toMatchObject({
      code: 2,
      err: /16, 24 or 32 bytes/,
    })
  })

  it('is 7 for a key file that is not there', () => {
    using folder = tempFolder({ 'a.sealed': sealed('').bytes })
    expect(openSealed(folder.path, 'a.sealed', ...KEY_OPTIONS)).toMatchObject({ code: 7, err: /\(key\)/ })
  })
})

it('names of files that would play tricks on a terminal are shown harmless', () => {
  using folder = tempFolder({
    key: KEY.key,
    'in/\u001b[2J\u202e.sealed': 'x',
    'in/\u001b]0;.sealed': sealed('').bytes,
  })
  const { out, err } = openSealed(folder.path, 'in', ...KEY_OPTIONS)
  expect(err).toContain('in/\\u{1b}[2J\\u{202e}.sealed')
  expect(out).toBe('opened: in/\\u{1b}]0;\n')
})

it('a missing library is named, with what to do about it', () => {
  // Without site-packages, Python finds what is its own, and nothing else.
  using folder = tempFolder()
  const ended = run(PYTHON, ['-S', SCRIPT, 'a.sealed'], folder.path)
  expect(ended).toMatchObject({ code: 1, err: /"cryptography" is missing; see the top of this script/ })
})
