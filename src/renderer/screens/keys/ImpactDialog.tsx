import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { KeyImpact, KeyVersionView, KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { keyActs as words } from '../../words/keys.ts'
import classes from './KeysScreen.module.css'
import { versionName } from './key-name.ts'

type Props = {
  readonly view: KeyView
  /** Null: the key with all its versions. */
  readonly version: KeyVersionView | null
  readonly onClose: () => void
}

/** What could not be opened any more without a key or one of its versions. */
export function ImpactDialog({ view, version, onClose }: Props) {
  const { data, error, refetch } = useQuery({
    // Of the keys: asked for again with every change of the vault.
    queryKey: ['keys', 'impact', view.keyId, version?.keyVersionId],
    queryFn: () => ask('keys.impact', { key: view.keyId, version: version?.keyVersionId ?? null }),
  })
  const name = version === null ? view.label : versionName(view, version)
  return (
    <Dialog
      opened
      onClose={onClose}
      title={<bdi>{words.impactTitle(name)}</bdi>}
      width={560}
      actions={
        <Button variant="default" onClick={onClose} data-autofocus>
          {common.close}
        </Button>
      }
    >
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Loading lines={3} />}
      {data && <Told impact={data} />}
    </Dialog>
  )
}

function Told({ impact }: { readonly impact: KeyImpact }) {
  const { versions, files, bytes, current, inBin, paths } = impact
  if (versions === 0) {
    return (
      <>
        <Notice tone="good">{words.impactNone}</Notice>
        <p className={classes.below}>{words.impactNote}</p>
      </>
    )
  }
  const parts = [
    ...(current > 0 ? [words.impactShown(current)] : []),
    ...(versions > current ? [words.impactOlder(versions - current)] : []),
    ...(inBin > 0 ? [words.impactBin(inBin)] : []),
  ]
  return (
    <>
      <Notice tone="warn">{words.impactSome(versions, files, bytes)}</Notice>
      <p className={classes.below}>{parts.join(' · ')}</p>
      <ul className={classes.paths} aria-label={words.impactFiles}>
        {paths.map((path, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two items may be shown under one path, and none moves
          <li key={at}>
            <bdi>{path}</bdi>
          </li>
        ))}
        {files > paths.length && <li>{words.impactMore(files - paths.length)}</li>}
      </ul>
      <p>{words.impactNote}</p>
    </>
  )
}
