import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PASSPHRASE } from './open-vault.ts'
import { ROOT } from './runtime.ts'

/** The project's own Node, also where Playwright runs under another. */
const NODE = join(ROOT, 'node_modules/node/bin/node')

/** Runs the command line to its end, as somebody in a terminal does. @throws it ended with another code than 0 */
export function strongroom(...args: readonly string[]): string {
  return runNode(join(ROOT, 'out/main/bin.js'), ...args)
}

/** Runs a script of the tests to its end. @throws it ended with another code than 0 */
export function runNode(script: string, ...args: readonly string[]): string {
  const env = { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1' }
  const { status, stdout, stderr } = spawnSync(NODE, [script, ...args], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${stderr}`)
  return stdout
}

/** Options by which the command line opens a window's vault, as the device whose state is in `state`. */
export function byPassphrase(folder: string, state: string): readonly string[] {
  const file = join(folder, 'passphrase')
  writeFileSync(file, PASSPHRASE)
  return ['--passphrase-file', file, '--no-keychain', '--state-dir', join(folder, state)]
}
