import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayText, numberedName, safeName } from '../../src/main/files/index.ts'

describe('a name that is written to disk is one step and leads nowhere else', () => {
  it.each(['', '.', '..', 'a/b', '/etc/passwd', '../../x', 'a\0b'])('refuses %j everywhere', (name) => {
    expect(safeName(name, 'linux').kind).toBe('refused')
    expect(safeName(name, 'win32').kind).toBe('refused')
  })

  it.each(['C:\\x', 'a\\b', 'a:stream', 'what?', 'x|y', 'tab\there'])(
    'refuses %j on Windows, where it means more',
    (name) => {
      expect(safeName(name, 'win32').kind).toBe('refused')
      expect(safeName(name, 'linux')).toEqual({ kind: 'kept', name })
    },
  )

  it.each([
    ['CON', '_CON'],
    ['com1.txt', '_com1.txt'],
    ['lpt9', '_lpt9'],
    ['report. . ', 'report'],
  ])('renames %j on Windows to %j, and says so', (name, renamed) => {
    expect(safeName(name, 'win32')).toMatchObject({ kind: 'renamed', name: renamed })
  })

  it('keeps what only looks like a device', () => {
    for (const name of ['CONTRACT', 'com10', 'nul-and-void'])
      expect(safeName(name, 'win32')).toEqual({ kind: 'kept', name })
  })

  it('shortens more than 255 bytes by whole characters and keeps the extension', () => {
    const long = safeName(`${'ü'.repeat(200)}.pdf`, 'linux')
    expect(long.kind).toBe('renamed')
    if (long.kind !== 'renamed') return
    expect(Buffer.byteLength(long.name)).toBeLessThanOrEqual(255)
    expect(long.name).toMatch(/^ü+….pdf$/)
    expect(safeName('x'.repeat(255), 'linux').kind).toBe('kept')
  })

  it('whatever the name, what is kept or made is one safe step', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.constantFrom('linux' as const, 'win32' as const),
        (name, platform) => {
          const safe = safeName(name, platform)
          if (safe.kind === 'refused') return
          expect(safe.name).not.toMatch(/[/\0]/)
          expect(['', '.', '..']).not.toContain(safe.name)
          expect(Buffer.byteLength(safe.name)).toBeLessThanOrEqual(255)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

it('a second file of a name gets its number before the extension', () => {
  expect(['a.txt', 'a', '.profile', 'a.tar.gz'].map((name) => numberedName(name, 2))).toEqual([
    'a (2).txt',
    'a (2)',
    '.profile (2)',
    'a.tar (2).gz',
  ])
})

it('control and direction characters are shown, not obeyed; others are left alone', () => {
  expect(displayText('a\u001b[2Jb\u202ec\nd\u2028e')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}d\\u{2028}e')
  expect(displayText('Grüße 👨‍👩‍👧 مرحبا')).toBe('Grüße 👨‍👩‍👧 مرحبا')
})
