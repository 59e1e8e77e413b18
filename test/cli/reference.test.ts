import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cliDocs } from '../support/cli-docs.ts'

it('docs/cli.md is what the definitions generate (else: npm run docs)', async () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')).toBe(await cliDocs())
})
