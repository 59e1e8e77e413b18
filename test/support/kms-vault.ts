import { writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { codesOf } from './cli.ts'
import type { Gate } from './kms-gate/index.ts'
import { WorkFolder } from './tree.ts'
import { CliDevice } from './vault-cli.ts'

/** A vault that `init --kms` made, and devices that call KMS as somebody the gate knows. */
export class KmsVault implements Disposable {
  readonly work = new WorkFolder()
  readonly path = this.work.at('vault')
  readonly code = this.work.at('code')
  readonly gate: Gate
  /** The device that made it: the gate's administrator. */
  readonly device: CliDevice

  private constructor(gate: Gate) {
    this.gate = gate
    this.device = this.another('state')
  }

  /** @param keys what `init` is given: the first with --kms, the others with --recipient */
  static async create(gate: Gate, keys: readonly string[], ...more: readonly string[]): Promise<KmsVault> {
    const vault = new KmsVault(gate)
    const [first = '', ...others] = keys
    const recovery = more.includes('--no-recovery') ? [] : ['--recovery-out', vault.code]
    const recipients = others.flatMap((key) => ['--recipient', key])
    const end = await vault.device.run('init', '--kms', first, ...recipients, ...recovery, ...more)
    expect([codesOf(end), end.code, end.err]).toEqual([[], 0, ''])
    return vault
  }

  /** A device with a state of its own, that calls KMS as this caller. */
  another(stateFolder: string, caller = this.gate.admin, way: readonly string[] = []): CliDevice {
    return new CliDevice(this.path, this.work.at(stateFolder), way, { env: this.gate.env(caller) })
  }

  source(name: string, content: string | Uint8Array): string {
    const path = this.work.at(name)
    writeFileSync(path, content)
    return path
  }

  [Symbol.dispose](): void {
    this.work[Symbol.dispose]()
  }
}
