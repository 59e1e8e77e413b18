import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import type { JobView } from '../../src/main/contract/ipc/job-nouns.ts'
import { secret, value } from './calls.ts'
import type { Answers } from './dialogs.ts'

export const ROOT_ITEM = '0'.repeat(32) as never
export const PASSPHRASE = 'otter lamp quiet river stone'
export const BY_NAME = { by: 'name', descending: false } as const

type Answer = (answers: Answers) => Promise<void>

/** Makes a vault that opens by a passphrase, as the window does; no keychain, no recovery code. */
export async function makeVault(page: Page, folder: string, answer: Answer): Promise<string> {
  const path = join(folder, 'Papers')
  await answer({ save: path })
  const place = await value(page, 'pick.new-vault', { name: 'Family papers' })
  if (place === null) throw new Error('no place')
  await value(page, 'vault.create', {
    place: place.handle,
    name: 'Family papers',
    keychain: false,
    passphrase: secret(PASSPHRASE),
    allowWeakPassphrase: true,
    recovery: false,
  })
  return path
}

/** Writes files below `<folder>/files`. @returns their paths */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): readonly string[] {
  return Object.entries(files).map(([name, contents]) => {
    const path = join(folder, 'files', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
    return path
  })
}

/** Adds files to the vault's root by the system's dialog, and waits until they are in. */
export async function addFiles(page: Page, answer: Answer, paths: readonly string[]): Promise<JobView> {
  await answer({ open: paths })
  const sources = await value(page, 'pick.sources', { what: 'files' })
  const job = await value(page, 'jobs.add', {
    sources: sources.map(({ handle }) => handle),
    into: ROOT_ITEM,
    ifExists: 'version',
    removeSource: false,
  })
  if (job === null) throw new Error('not begun')
  return await ended(page, job)
}

/** Waits for a job's end. */
export async function ended(page: Page, { job }: JobView): Promise<JobView> {
  let last: JobView | undefined
  await expect
    .poll(async () => {
      last = (await value(page, 'jobs.list', {})).find((each) => each.job === job)
      return last?.state
    })
    .toMatch(/^(done|stopped|refused)$/)
  if (last === undefined) throw new Error('the job is gone')
  return last
}

/** The names in a folder, in order. */
export async function names(page: Page, folder = ROOT_ITEM): Promise<readonly string[]> {
  const { rows } = await value(page, 'items.list', { folder, order: BY_NAME, from: 0, count: 500 })
  return rows.map(({ name }) => name)
}

export async function itemNamed(page: Page, name: string, folder = ROOT_ITEM) {
  const { rows } = await value(page, 'items.list', { folder, order: BY_NAME, from: 0, count: 500 })
  const found = rows.find((row) => row.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}
