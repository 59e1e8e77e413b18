import { Button } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallInput } from '../../../main/contract/ipc/calls.ts'
import type { KnownVault, LockReason } from '../../../main/contract/ipc/vault-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask, askWithSecret, Refused } from '../../app/bridge.ts'
import { useCommands } from '../../app/commands.ts'
import { takeVault } from '../../app/events.ts'
import { asFailure, codeOf } from '../../app/failure.ts'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { Steps } from '../../ui/Steps.tsx'
import { common } from '../../words/common.ts'
import { welcome as words } from '../../words/welcome.ts'
import { SecretForm } from './SecretForm.tsx'
import classes from './UnlockScreen.module.css'

type Way = CallInput<'vault.open'>['way']
type Shown = 'keychain' | 'passphrase' | 'recovery'

/** Keychain refusals after which a passphrase is what the person needs. */
const KEYCHAIN_CODES: ReadonlySet<string> = new Set([
  'VAULT_LOCKED',
  'KEYCHAIN_UNAVAILABLE',
  'KEYCHAIN_LOCKED',
  'KEYCHAIN_ENTRY_WRONG',
  'WAY_IN_MISSING',
])

/** A locked vault: one button if the keychain opens it, else its passphrase or recovery code. */
export function UnlockScreen({ vault, why }: { readonly vault: KnownVault; readonly why: LockReason }) {
  const [shown, setShown] = useState<Shown>('keychain')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const target = { kind: 'known', vaultId: vault.vaultId } as const

  const open = async (
    way: Way,
    secrets: readonly Uint8Array[],
    extra: { readonly useKeychain?: boolean } = {},
  ) => {
    setBusy(true)
    setError(undefined)
    try {
      const facts = await askWithSecret(secrets, 'vault.open', { target, way, ...extra })
      takeVault({ kind: 'open', facts })
    } catch (refusal) {
      setBusy(false)
      setError(refusal)
      if (way.kind === 'keychain' && KEYCHAIN_CODES.has(codeOf(refusal) ?? '')) setShown(offered(refusal))
    }
  }
  const openByFile = () =>
    attempt(async () => {
      const file = await ask('pick.recovery-file', {})
      if (file !== null) await open({ kind: 'recovery-file', file: file.handle }, [])
    })
  const leave = () => attempt(async () => takeVault(await ask('vault.leave', {})))
  const again = () => attempt(async () => takeVault(await ask('vault.choose', { target })))
  useCommands({ 'open-vault': () => void leave(), 'new-vault': () => void leave() })

  if (!vault.present) {
    return (
      <Steps title={words.absentTitle} onBack={() => void leave()}>
        <p>{words.absentBody(vault.place)}</p>
        <div className="form-actions">
          <Button onClick={() => void again()}>{common.tryAgain}</Button>
        </div>
      </Steps>
    )
  }
  return (
    <Steps title={words.unlockTitle(vault.folderName)} onBack={() => void leave()}>
      <p className={classes.place}>
        <bdi>{vault.place}</bdi>
      </p>
      {words.why[why] !== '' && <Notice tone="info">{words.why[why]}</Notice>}
      {error !== undefined && <FailureNotice failure={asFailure(error)} />}
      {shown === 'keychain' && (
        <Button
          size="md"
          autoFocus
          loading={busy}
          leftSection={<IconLock size={18} stroke={1.75} aria-hidden />}
          onClick={() => void open({ kind: 'keychain' }, [])}
        >
          {words.unlock}
        </Button>
      )}
      {shown !== 'keychain' && (
        <SecretForm
          key={shown}
          way={shown}
          busy={busy}
          onSecret={(bytes, useKeychain) =>
            void open(
              shown === 'passphrase'
                ? { kind: 'passphrase', passphrase: bytes }
                : { kind: 'recovery', code: bytes },
              [bytes],
              { useKeychain },
            )
          }
        />
      )}
      <div className={classes.others}>
        {shown !== 'keychain' && <Other label={words.useKeychain} onClick={() => setShown('keychain')} />}
        {shown !== 'passphrase' && (
          <Other label={words.usePassphrase} onClick={() => setShown('passphrase')} />
        )}
        {shown !== 'recovery' && <Other label={words.useRecovery} onClick={() => setShown('recovery')} />}
        {shown === 'recovery' && <Other label={words.recoveryFile} onClick={() => void openByFile()} />}
      </div>
    </Steps>
  )
}

const Other = ({ label, onClick }: { readonly label: string; readonly onClick: () => void }) => (
  <Button variant="subtle" onClick={onClick}>
    {label}
  </Button>
)

/** The way to ask for after the keychain did not help: a passphrase, unless only a recovery code can. */
function offered(refusal: unknown): Shown {
  const offers = refusal instanceof Refused ? refusal.refusal.facts.offers : undefined
  const known = Array.isArray(offers) ? offers : []
  return known.includes('recovery') && !known.includes('passphrase') ? 'recovery' : 'passphrase'
}
