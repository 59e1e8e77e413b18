import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CODES, type ErrorCode } from '../../../src/main/contract/codes.ts'

const RENDERER = join(import.meta.dirname, '../../../src/renderer')

type Errors = {
  readonly errorTitle: (code: ErrorCode) => string
  readonly errorNext: (code: ErrorCode) => string
}
// By its path: the renderer is a project of its own, with the browser's types.
const { errorTitle, errorNext }: Errors = await import(join(RENDERER, 'words/errors.ts'))

const codes = Object.keys(CODES).filter((code): code is ErrorCode => Object.hasOwn(CODES, code))

it.each(codes)('the window says what to do about %s without naming a command', (code) => {
  expect(errorTitle(code)).toMatch(/^\S.*[^.]$/)
  expect(errorNext(code)).toMatch(/\.$/)
  expect(errorNext(code)).not.toMatch(/`|--[a-z]|\bcommand\b/)
})

it('no screen and no part of it has words of its own: all are in the catalogue', () => {
  const files = ['app', 'screens', 'ui'].flatMap((folder) =>
    readdirSync(join(RENDERER, folder), { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith('.tsx'))
      .map(({ parentPath, name }) => join(parentPath, name)),
  )
  expect(files.length).toBeGreaterThan(40)
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
    const labels = text.match(/(?:aria-label|title|label|placeholder|alt)="[A-Za-z][^"]*"/g) ?? []
    // Two words in a row between tags, with no brace: text that is written where it is shown.
    const between = text.match(/>\s*[A-Z][a-z]+ [a-z][^<>{}=;]*</g) ?? []
    return [...labels, ...between].map((words) => `${file}: ${words}`)
  })
  expect(found).toEqual([])
})
