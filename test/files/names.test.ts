import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayText, numberedName, safeName } from '../../src/main/files/index.ts'

const bytes = (text: string): number => Buffer.byteLength(text)
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('.', ' ', 'a', 'COM1', 'nul', '/', '\\', ':', '\0', 'é', '🔑'),
    maxLength: 300,
  }),
)

describe('a name that is written on Linux', () => {
  it.each([
    'a',
    'report.pdf',
    ' ',
    '...',
    '.hidden',
    '-rf',
    'C:\\windows',
    'CON',
    'nul.txt',
    'a*b?c"<>|',
    'line\nbreak',
    'dot.',
    'space ',
    '\u202egnp.exe',
    'é'.repeat(127),
    'a'.repeat(255),
  ])('is kept as it is: %j', (name) => {
    expect(safeName(name, 'linux')).toEqual({ kind: 'kept', name })
  })

  it.each([
    ['', 'empty'],
    ['.', 'means a folder'],
    ['..', 'means a folder'],
    ['/', 'holds a “/”'],
    ['../../etc/passwd', 'holds a “/”'],
    ['/etc/passwd', 'holds a “/”'],
    ['a/b', 'holds a “/”'],
    ['a\0b', 'zero byte'],
    ['\0', 'zero byte'],
  ])('is refused when it leads elsewhere: %j', (name, why) => {
    expect(safeName(name, 'linux')).toEqual({ kind: 'refused', why: expect.stringContaining(why) })
    expect(safeName(name, 'win32')).toMatchObject({ kind: 'refused' })
  })

  it.each([
    [`${'a'.repeat(300)}.txt`, `${'a'.repeat(248)}….txt`],
    ['b'.repeat(256), `${'b'.repeat(252)}…`],
    [`${'é'.repeat(200)}.jpeg`, `${'é'.repeat(123)}….jpeg`],
    [`${'🔑'.repeat(100)}`, `${'🔑'.repeat(63)}…`],
    // What looks like an extension of 300 bytes is none.
    [`a.${'x'.repeat(300)}`, `a.${'x'.repeat(250)}…`],
    [`.${'x'.repeat(300)}`, `.${'x'.repeat(251)}…`],
  ])('is cut to 255 bytes between whole characters, and keeps its extension: %s', (name, cut) => {
    expect(safeName(name, 'linux')).toEqual({ kind: 'renamed', name: cut, why: expect.any(String) })
    expect(bytes(cut)).toBeLessThanOrEqual(255)
  })
})

describe('a name that is written on Windows', () => {
  it.each([
    'a',
    'report.pdf',
    '.hidden',
    '-rf',
    'console',
    'com10',
    'lpt',
    'nulls.txt',
    'CONTRACT',
    'nul-and-void',
    'é'.repeat(127),
    'a b.c d',
  ])('is kept as it is: %j', (name) => {
    expect(safeName(name, 'win32')).toEqual({ kind: 'kept', name })
  })

  it.each([
    ['CON', '_CON'],
    ['con', '_con'],
    ['Aux.txt', '_Aux.txt'],
    ['NUL', '_NUL'],
    ['prn.tar.gz', '_prn.tar.gz'],
    ['COM1', '_COM1'],
    ['com0.log', '_com0.log'],
    ['LPT9.', '_LPT9'],
    ['COM¹', '_COM¹'],
    ['lpt³.x', '_lpt³.x'],
    ['NUL .txt', '_NUL .txt'],
    ['CONIN$', '_CONIN$'],
    ['conout$.x', '_conout$.x'],
    ['dot.', 'dot'],
    ['space ', 'space'],
    ['both. . ', 'both'],
    ['CON. ', '_CON'],
  ])('loses what Windows keeps for itself: %j → %j', (name, renamed) => {
    expect(safeName(name, 'win32')).toEqual({ kind: 'renamed', name: renamed, why: expect.any(String) })
  })

  it.each([
    'C:x',
    'file:stream',
    'a\\b',
    '..\\..\\x',
    'a*',
    'a?',
    '"',
    '<',
    '>',
    '|',
    'a\nb',
    'a\u001fb',
    '...',
    ' ',
    '. .',
  ])('is refused when it leads elsewhere or can’t be: %j', (name) => {
    expect(safeName(name, 'win32').kind).toBe('refused')
  })
})

describe('whatever name comes from elsewhere', () => {
  it.each(['linux', 'win32', 'darwin'] as const)(
    'is one step of a path on %s, and safe as it is then',
    (platform) => {
      fc.assert(
        fc.property(anyName, (name) => {
          const safe = safeName(name, platform)
          if (safe.kind === 'refused') return
          expect(safe.name).not.toMatch(/[/\0]/)
          expect(['', '.', '..']).not.toContain(safe.name)
          expect(bytes(safe.name)).toBeLessThanOrEqual(255)
          if (platform === 'win32') expect(safe.name).not.toMatch(/[\\:*?"<>|]|[. ]$/)
          if (safe.kind === 'kept') expect(safe.name).toBe(name)
          expect(safeName(safe.name, platform)).toEqual({ kind: 'kept', name: safe.name })
        }),
        { numRuns: 2_000 },
      )
    },
  )
})

it.each([
  ['report.txt', 2, 'report (2).txt'],
  ['report', 3, 'report (3)'],
  ['.hidden', 2, '.hidden (2)'],
  ['a.tar.gz', 2, 'a.tar (2).gz'],
  ['a.', 2, 'a (2).'],
  ['a (2).txt', 2, 'a (2) (2).txt'],
])('the name %s numbered %i is %s', (name, number, numbered) => {
  expect(numberedName(name, number)).toBe(numbered)
})

describe('text on a screen', () => {
  it.each([
    ['Grüße 漢字 👨‍👩‍👧 مرحبا 🔑', 'Grüße 漢字 👨‍👩‍👧 مرحبا 🔑'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['\u009b31m', '\\u{9b}31m'],
    ['bell\u0007', 'bell\\u{7}'],
    ['back\b\b', 'back\\u{8}\\u{8}'],
    ['line\nbreak\r', 'line\\u{a}break\\u{d}'],
    ['\u007f', '\\u{7f}'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['\u200e\u200f\u061c', '\\u{200e}\\u{200f}\\u{61c}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
  ])('%j is shown as %s', (text, shown) => {
    expect(displayText(text)).toBe(shown)
  })

  it('never moves the cursor, hides or turns around what stands beside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = displayText(text)
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
        expect(displayText(shown)).toBe(shown)
      }),
      { numRuns: 2_000 },
    )
  })
})
