import { copyOffHeap, type Secret } from '../base/index.ts'
import { codeFromLine, openPassphrase } from '../vault/index.ts'

/** A passphrase that the window sent; what arrived is zeroed. The caller ends it. @throws PASSPHRASE_EMPTY */
export function passphraseFrom(sent: Uint8Array): Secret {
  return openPassphrase({ kind: 'typed', bytes: own(sent) })
}

/** A recovery code that the window sent; what arrived is zeroed. @throws RECOVERY_CODE_MISTYPED */
export function codeFrom(sent: Uint8Array): Secret {
  return codeFromLine(own(sent))
}

function own(sent: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = copyOffHeap(sent)
  sent.fill(0)
  return bytes
}
