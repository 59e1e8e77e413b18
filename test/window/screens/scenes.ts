import type { Page } from '@playwright/test'
import type { Scene } from './fake-bridge.ts'

export type Shot = {
  readonly name: string
  readonly scene: Scene
  readonly size?: { readonly width: number; readonly height: number }
  /** Brings the page to what is to be seen. */
  readonly act?: (page: Page) => Promise<void>
}

const open = { vault: 'open' } as const
const go = (name: string) => async (page: Page) => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name }).click()
  await page.waitForTimeout(250)
}
const command = (id: string) => async (page: Page) => {
  // Runs in the page.
  await page.evaluate((name) => Reflect.get(globalThis, 'fakeEvent')({ kind: 'command', command: name }), id)
  await page.waitForTimeout(250)
}

const versionAct = (version: number, act: string) => async (page: Page) => {
  await go('Keys')(page)
  await page.getByRole('button', { name: `What can be done with version ${version}` }).click()
  await page.getByRole('menuitem', { name: act }).click()
  await page.waitForTimeout(400)
}

/** Every screen, and each of its states that looks different. */
export const SHOTS: readonly Shot[] = [
  { name: 'welcome', scene: { vault: 'none' } },
  {
    name: 'new-vault-1-place',
    scene: { vault: 'none' },
    act: async (page) => {
      await page.getByRole('button', { name: /New vault/ }).click()
      await page.getByLabel('What is it called?').fill('Family papers')
      await page.getByRole('button', { name: 'Choose a place…' }).click()
    },
  },
  {
    name: 'new-vault-2-keys',
    scene: { vault: 'none' },
    act: async (page) => {
      await page.getByRole('button', { name: /New vault/ }).click()
      await page.getByLabel('What is it called?').fill('Family papers')
      await page.getByRole('button', { name: 'Choose a place…' }).click()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByLabel('A passphrase', { exact: true }).check()
      await page.getByLabel('New passphrase').fill('winter2024')
      await page.waitForTimeout(1200)
    },
  },
  {
    name: 'new-vault-2-risky',
    scene: { vault: 'none' },
    act: async (page) => {
      await page.getByRole('button', { name: /New vault/ }).click()
      await page.getByLabel('What is it called?').fill('Family papers')
      await page.getByRole('button', { name: 'Choose a place…' }).click()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByLabel('A recovery code').uncheck()
    },
  },
  {
    name: 'new-vault-3-code',
    scene: { vault: 'none' },
    act: async (page) => {
      await page.getByRole('button', { name: /New vault/ }).click()
      await page.getByLabel('What is it called?').fill('Family papers')
      await page.getByRole('button', { name: 'Choose a place…' }).click()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('button', { name: 'Make the vault' }).click()
      await page.getByLabel('Group 3').fill('AB12')
      await page.getByLabel('Group 9').fill('CD34')
      await page.getByRole('button', { name: 'Confirm' }).click()
    },
  },
  { name: 'unlock', scene: { vault: 'locked' } },
  {
    name: 'unlock-passphrase',
    scene: { vault: 'locked', refuse: { 'vault.open': 'KEYCHAIN_LOCKED' } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Unlock' }).click()
    },
  },
  { name: 'unlock-absent', scene: { vault: 'absent' } },
  {
    name: 'files',
    scene: open,
    act: async (page) => {
      await page.getByText('Deed of the house').first().click()
    },
  },
  { name: 'files-compact-jobs', scene: { ...open, density: 'compact', jobs: true, rows: 100_000 } },
  {
    name: 'files-tree-menu',
    scene: { ...open, conflict: true },
    act: async (page) => {
      await page.getByRole('button', { name: 'Show folder tree' }).click()
      await page.getByText('Insurance policy').first().click({ button: 'right' })
    },
  },
  {
    name: 'files-conflict-envelope',
    scene: { ...open, conflict: true },
    size: { width: 1180, height: 900 },
    act: async (page) => {
      await page.getByText('Insurance policy').first().click()
      await page.getByText('How this file is locked').click()
    },
  },
  { name: 'files-empty', scene: { ...open, rows: 0, noRecovery: true } },
  {
    name: 'files-loading',
    scene: { ...open, hang: ['items.list'] },
    act: (page) => page.waitForTimeout(400),
  },
  { name: 'files-error', scene: { ...open, refuse: { 'items.list': 'INDEX_DAMAGED' } } },
  {
    name: 'files-search',
    scene: open,
    act: async (page) => {
      await page.getByLabel('Search names').fill('scan')
      await page.waitForTimeout(400)
    },
  },
  {
    name: 'files-search-none',
    scene: open,
    act: async (page) => {
      await page.getByLabel('Search names').fill('zzz')
      await page.waitForTimeout(400)
    },
  },
  { name: 'files-read-only', scene: { ...open, readOnly: true } },
  { name: 'files-rolled-back', scene: { ...open, trouble: 'JOURNAL_ROLLED_BACK' } },
  { name: 'files-notices', scene: { ...open, notices: true, copies: true } },
  {
    name: 'files-odd-names',
    scene: { ...open, oddNames: true },
    act: async (page) => {
      await page.getByText('A very long name').first().click()
    },
  },
  {
    name: 'files-new-folder',
    scene: { ...open, refuse: { 'items.make-folder': 'ITEM_EXISTS' } },
    act: async (page) => {
      await command('new-folder')(page)
      await page.getByLabel('Name', { exact: true }).fill('Contracts')
      await page.getByRole('button', { name: 'Create' }).click()
    },
  },
  {
    name: 'files-undo',
    scene: open,
    act: async (page) => {
      await page.getByText('Deed of the house').first().click()
      await page.keyboard.press('Delete')
      await page.waitForTimeout(400)
    },
  },
  {
    name: 'files-version-menu',
    scene: { ...open, conflict: true },
    size: { width: 1180, height: 900 },
    act: async (page) => {
      await page.getByText('Insurance policy').first().click()
      await page
        .getByRole('button', { name: /^What can be done with the version/ })
        .last()
        .click()
      await page.waitForTimeout(250)
    },
  },
  {
    name: 'files-preview-none',
    scene: { ...open, refuse: { 'preview.open': 'USAGE' } },
    act: async (page) => {
      await page.getByText('Deed of the house').first().dblclick()
    },
  },
  { name: 'files-200-percent', scene: { ...open, jobs: true }, size: { width: 640, height: 400 } },
  { name: 'palette', scene: open, act: command('palette') },
  { name: 'shortcuts', scene: open, act: command('shortcuts') },
  { name: 'bin', scene: open, act: go('Bin') },
  { name: 'jobs', scene: { ...open, jobs: true }, act: go('Jobs') },
  { name: 'jobs-empty', scene: open, act: go('Jobs') },
  {
    name: 'jobs-failed-cancel',
    scene: { ...open, jobs: true },
    act: async (page) => {
      await go('Jobs')(page)
      await page.getByRole('button', { name: 'Show 2 failed files' }).first().click()
      await page.getByRole('button', { name: 'Cancel…' }).first().click()
      await page.waitForTimeout(250)
    },
  },
  { name: 'keys', scene: open, act: go('Keys') },
  { name: 'keys-no-recovery', scene: { ...open, noRecovery: true }, act: go('Keys') },
  {
    name: 'keys-test',
    scene: open,
    act: async (page) => {
      await go('Keys')(page)
      await page.getByRole('button', { name: 'Test…' }).click()
    },
  },
  {
    name: 'keys-rotate',
    scene: { ...open, passphrase: true },
    act: async (page) => {
      await go('Keys')(page)
      await page.getByRole('button', { name: 'Rotate…' }).click()
      await page.getByRole('button', { name: 'Rotate', exact: true }).click()
      await page.waitForTimeout(250)
    },
  },
  {
    name: 'keys-menu',
    scene: { ...open, passphrase: true },
    size: { width: 1180, height: 900 },
    act: async (page) => {
      await go('Keys')(page)
      await page.getByRole('button', { name: 'What can be done with version 2' }).click()
      await page.waitForTimeout(250)
    },
  },
  { name: 'keys-impact', scene: open, act: versionAct(3, 'What needs it…') },
  { name: 'keys-impact-none', scene: { ...open, unneeded: true }, act: versionAct(2, 'What needs it…') },
  { name: 'keys-disable', scene: open, act: versionAct(3, 'Disable…') },
  {
    name: 'keys-destroy',
    scene: open,
    act: async (page) => {
      await versionAct(2, 'Destroy…')(page)
      await page.getByLabel('Type Home v2 to go on').fill('Home v1')
      await page.getByRole('dialog').getByRole('button', { name: 'Destroy…' }).click()
    },
  },
  {
    name: 'keys-destroy-device',
    scene: { ...open, refuse: { 'keys.destroy': 'KEY_NEEDED' } },
    act: async (page) => {
      await versionAct(2, 'Destroy…')(page)
      await page.getByLabel('Type Home v2 to go on').fill('Home v2')
      await page.getByRole('dialog').getByRole('button', { name: 'Destroy…' }).click()
      await page.waitForTimeout(250)
    },
  },
  {
    name: 'keys-reencrypt',
    scene: open,
    act: async (page) => {
      await go('Keys')(page)
      await page.getByRole('button', { name: 'Re-encrypt…' }).click()
      await page.waitForTimeout(250)
    },
  },
  {
    name: 'keys-passphrase',
    scene: open,
    act: async (page) => {
      await go('Keys')(page)
      await page.getByRole('button', { name: 'Add a passphrase…' }).click()
      await page.waitForTimeout(250)
    },
  },
  { name: 'keys-read-only', scene: { ...open, readOnly: true }, act: go('Keys') },
  { name: 'keys-loading', scene: { ...open, hang: ['keys.view'] }, act: go('Keys') },
  { name: 'keys-error', scene: { ...open, refuse: { 'keys.view': 'INDEX_DAMAGED' } }, act: go('Keys') },
  { name: 'health', scene: open, act: go('Health') },
  {
    name: 'health-findings',
    scene: { ...open, findings: true, copies: true, conflict: true },
    act: go('Health'),
  },
  { name: 'health-rolled-back', scene: { ...open, trouble: 'JOURNAL_ROLLED_BACK' }, act: go('Health') },
  { name: 'settings', scene: open, act: go('Settings') },
  { name: 'seal', scene: { vault: 'none', window: 'seal' }, size: { width: 560, height: 640 } },
  {
    name: 'seal-form',
    scene: { vault: 'none', window: 'seal' },
    size: { width: 560, height: 760 },
    act: async (page) => {
      await page.getByRole('button', { name: 'Choose files…' }).click()
    },
  },
  {
    name: 'seal-results',
    scene: { vault: 'none', window: 'seal', jobs: true },
    size: { width: 560, height: 760 },
  },
]
