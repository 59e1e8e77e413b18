import { setImmediate } from 'node:timers/promises'
import type { OpenVault } from '../vault/index.ts'

/** Versions that are read before others have a turn: a window must not stand still over a million of them. */
const A_TURN = 2048

export type StoredVersion =
  ReturnType<OpenVault['index']['versions']['all']> extends Generator<infer V> ? V : never

/** All versions of the vault that aren't purged. */
export async function* allVersions(vault: OpenVault): AsyncGenerator<StoredVersion> {
  let read = 0
  for (const version of vault.index.versions.all()) {
    if (!version.purged) yield version
    if (++read % A_TURN === 0) await setImmediate()
  }
}
