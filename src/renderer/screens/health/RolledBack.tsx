import { Button } from '@mantine/core'
import type { VaultId } from '../../../main/contract/ids.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { takeVault } from '../../app/events.ts'
import { Notice } from '../../ui/Notice.tsx'
import { health as words } from '../../words/health.ts'

/** A vault that went back in time: wait for the sync, or go on from what is there; main asks once more. */
export function RolledBack({ vaultId }: { readonly vaultId: VaultId }) {
  const accept = () =>
    attempt(async () => {
      const target = { kind: 'known', vaultId } as const
      const facts = await ask('vault.open', { target, way: { kind: 'keychain' }, acceptRollback: true })
      takeVault({ kind: 'open', facts })
    })
  return (
    <Notice
      tone="danger"
      title={words.rolledBack}
      actions={
        <Button size="xs" variant="default" onClick={() => void accept()}>
          {words.accept}
        </Button>
      }
    >
      {words.rolledBackBody}
    </Notice>
  )
}
