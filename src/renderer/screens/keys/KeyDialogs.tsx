import type { VaultFacts } from '../../../main/contract/ipc/vault-nouns.ts'
import { TestRecovery } from '../../app/TestRecovery.tsx'
import { AddPassphrase } from './AddPassphrase.tsx'
import { CreateRecovery } from './CreateRecovery.tsx'
import { DestroyDialog } from './DestroyDialog.tsx'
import { ImpactDialog } from './ImpactDialog.tsx'
import type { KeyAct } from './key-name.ts'
import { Reencrypt } from './Reencrypt.tsx'
import { RotateDialog } from './RotateDialog.tsx'
import { SetState } from './SetState.tsx'

type Props = { readonly act: KeyAct; readonly facts: VaultFacts; readonly onClose: () => void }

/** The dialog of the act that was chosen. */
export function KeyDialogs({ act, facts, onClose }: Props) {
  switch (act.kind) {
    case 'test-recovery':
      return <TestRecovery onClose={onClose} />
    case 'create-recovery':
      return <CreateRecovery onClose={onClose} />
    case 'add-passphrase':
      return <AddPassphrase onClose={onClose} />
    case 'reencrypt':
      return <Reencrypt items={facts.items} onClose={onClose} />
    case 'rotate':
      return <RotateDialog view={act.key} ways={facts.ways} onClose={onClose} />
    case 'impact':
      return <ImpactDialog view={act.key} version={act.version} onClose={onClose} />
    case 'disable':
    case 'enable':
      return <SetState view={act.key} version={act.version} act={act.kind} onClose={onClose} />
    case 'destroy':
      return <DestroyDialog view={act.key} version={act.version} onClose={onClose} />
  }
}
