import { Button } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import type { CallInput } from '../../../main/contract/ipc/calls.ts'
import type { VaultFacts } from '../../../main/contract/ipc/vault-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { askWithSecret } from '../../app/bridge.ts'
import { takeVault } from '../../app/events.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { SecretField, type SecretHandle } from '../../ui/SecretField.tsx'
import { common } from '../../words/common.ts'
import { health as words } from '../../words/health.ts'
import { secrets } from '../../words/secrets.ts'
import { welcome } from '../../words/welcome.ts'

type Way = CallInput<'vault.open'>['way']

/**
 * A vault that went back in time: wait for the sync, or go on from what is there; main asks once more. Going on
 * opens it anew, by the keychain if that can, else by what opened it now.
 */
export function RolledBack({ facts }: { readonly facts: VaultFacts }) {
  const { vaultId, ways, openedBy } = facts
  const [asking, setAsking] = useState(false)
  const accept = (way: Way, given: readonly Uint8Array[]) =>
    attempt(async () => {
      const target = { kind: 'known', vaultId } as const
      const now = await askWithSecret(given, 'vault.open', { target, way, acceptRollback: true })
      takeVault({ kind: 'open', facts: now })
    })
  return (
    <Notice
      tone="danger"
      title={words.rolledBack}
      actions={
        <Button
          size="xs"
          variant="default"
          onClick={() => (ways.keychain ? void accept({ kind: 'keychain' }, []) : setAsking(true))}
        >
          {words.accept}
        </Button>
      }
    >
      {words.rolledBackBody}
      {asking && (
        <AskSecret
          way={openedBy === 'recovery' ? 'recovery' : 'passphrase'}
          onClose={() => setAsking(false)}
          onSecret={(bytes, way) => {
            setAsking(false)
            void accept(
              way === 'recovery'
                ? { kind: 'recovery', code: bytes }
                : { kind: 'passphrase', passphrase: bytes },
              [bytes],
            )
          }}
        />
      )}
    </Notice>
  )
}

type AskProps = {
  readonly way: 'passphrase' | 'recovery'
  readonly onSecret: (bytes: Uint8Array<ArrayBuffer>, way: AskProps['way']) => void
  readonly onClose: () => void
}

function AskSecret({ way, onSecret, onClose }: AskProps) {
  const field = useRef<SecretHandle>(null)
  const [missing, setMissing] = useState(false)
  const code = way === 'recovery'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (field.current?.isEmpty() !== false) return setMissing(true)
    onSecret(field.current.take(), way)
  }
  return (
    <Dialog opened onClose={onClose} title={words.acceptTitle}>
      <form onSubmit={submit}>
        <p>{words.acceptBody}</p>
        <SecretField
          label={code ? welcome.recoveryCodeField : secrets.passphrase}
          readable={code}
          autoFocus
          handle={field}
          error={missing ? (code ? welcome.codeEmpty : secrets.empty) : undefined}
          onEdit={() => setMissing(false)}
        />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit">{words.acceptVerb}</Button>
        </div>
      </form>
    </Dialog>
  )
}
