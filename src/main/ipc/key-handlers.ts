import type { KEY_CALLS } from '../contract/ipc/key-calls.ts'
import { displayText } from '../files/index.ts'
import { wrappingKeys } from '../vault/index.ts'
import { waysOf } from './facts.ts'
import type { Handlers } from './handlers.ts'
import type { Session } from './session.ts'
import { allVersions } from './versions.ts'

/** What opens what. */
export function keyHandlers({ holder, device }: Session): Handlers<keyof typeof KEY_CALLS> {
  return {
    'keys.view': () =>
      holder.use(async (vault) => {
        const opens = new Map<string, number>()
        for await (const { keys } of allVersions(vault)) {
          for (const { key, edk } of keys) if (edk !== null) opens.set(key, (opens.get(key) ?? 0) + 1)
        }
        return {
          ways: waysOf(vault, new Set(device.contents.typedBack)),
          keys: wrappingKeys(vault).map(({ keyId, label, recipient, versions }) => ({
            keyId,
            label: displayText(label),
            recipient,
            versions: versions
              .map(({ keyVersionId, createdMs, state }, at) => ({
                keyVersionId,
                version: at + 1,
                createdMs,
                state,
              }))
              .reverse(),
            opens: opens.get(keyId) ?? 0,
          })),
        }
      }),
  }
}
