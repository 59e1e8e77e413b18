import { defineConfig } from '@playwright/test'

// One file at a time: each test starts a program of its own, with a browser of its own.
export default defineConfig({
  testDir: 'test/window',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/playwright',
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./test/window/where-reporter.ts']],
})
