import { expect, test } from './fixture.ts'

test('the real window comes up without a word from its policy', async ({ app, window }) => {
  const said: string[] = []
  window.on('console', (message) => said.push(message.text()))
  window.on('pageerror', (error) => said.push(error.message))
  await window.reload()
  await expect(window.getByRole('button').first()).toBeVisible()
  expect(said.filter((text) => /content security|trusted|error/i.test(text))).toEqual([])
  expect(app.windows().length).toBe(1)
  await window.screenshot({ path: 'test-results/real-window.png' })
})
