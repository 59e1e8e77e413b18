import { ActionIcon, Menu } from '@mantine/core'
import {
  IconDots,
  IconFileArrowRight,
  IconFolderOpen,
  IconLockPlus,
  IconLockSquareRounded,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { KnownVault } from '../../../main/contract/ipc/vault-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { useCommands } from '../../app/commands.ts'
import { takeVault } from '../../app/events.ts'
import { asFailure } from '../../app/failure.ts'
import { queryClient } from '../../app/query.ts'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { ago } from '../../words/format.ts'
import { welcome as words } from '../../words/welcome.ts'
import { NewVault } from './NewVault.tsx'
import classes from './WelcomeScreen.module.css'

/** The first screen: three doors, and the vaults that this computer knows. */
export function WelcomeScreen() {
  const [making, setMaking] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const openFolder = () =>
    attempt(async () => {
      setWrong(undefined)
      const place = await ask('pick.vault', {})
      if (place === null) return
      if (!place.isVault) return setWrong(place.place)
      takeVault(await ask('vault.choose', { target: { kind: 'chosen', place: place.handle } }))
    })
  const seal = () => attempt(() => ask('app.seal-window', {}))
  useCommands({
    'new-vault': () => setMaking(true),
    'open-vault': () => void openFolder(),
  })
  if (making) return <NewVault onClose={() => setMaking(false)} />
  return (
    <main className={classes.screen} data-region="main">
      <div className={classes.column}>
        <IconLockSquareRounded className={classes.mark} size={48} stroke={1.25} aria-hidden />
        <h1>{words.title}</h1>
        <p className={classes.tagline}>{words.tagline}</p>
        <div className={classes.doors}>
          <Door
            icon={<IconLockPlus size={24} stroke={1.5} />}
            title={words.newVault}
            body={words.newVaultBody}
            onClick={() => setMaking(true)}
          />
          <Door
            icon={<IconFolderOpen size={24} stroke={1.5} />}
            title={words.openVault}
            body={words.openVaultBody}
            onClick={() => void openFolder()}
          />
          <Door
            icon={<IconFileArrowRight size={24} stroke={1.5} />}
            title={words.seal}
            body={words.sealBody}
            onClick={() => void seal()}
          />
        </div>
        {wrong !== undefined && (
          <Notice tone="warn" live title={words.notAVault}>
            {words.notAVaultBody(wrong)}
          </Notice>
        )}
        <Known />
      </div>
    </main>
  )
}

type DoorProps = {
  readonly icon: ReactNode
  readonly title: string
  readonly body: string
  readonly onClick: () => void
}

function Door({ icon, title, body, onClick }: DoorProps) {
  return (
    <button type="button" className={classes.door} onClick={onClick}>
      <span className={classes.doorIcon} aria-hidden>
        {icon}
      </span>
      <strong>{title}</strong>
      <span>{body}</span>
    </button>
  )
}

function Known() {
  const { data, error, refetch } = useQuery({
    queryKey: ['known'],
    queryFn: () => ask('vaults.known', {}),
    staleTime: 0,
  })
  if (error !== null) return <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading lines={2} />
  if (data.length === 0) return null
  return (
    <section className={classes.known} aria-label={words.known}>
      <h2>{words.known}</h2>
      <ul>
        {data.map((vault) => (
          <KnownRow key={vault.vaultId} vault={vault} />
        ))}
      </ul>
    </section>
  )
}

function KnownRow({ vault }: { readonly vault: KnownVault }) {
  const { vaultId, folderName, place, openedMs, present } = vault
  const choose = () =>
    attempt(async () => takeVault(await ask('vault.choose', { target: { kind: 'known', vaultId } })))
  const forget = () =>
    attempt(async () => {
      await ask('vaults.forget', { vaultId })
      await queryClient.invalidateQueries({ queryKey: ['known'] })
    })
  return (
    <li>
      <button type="button" className={classes.vault} onClick={() => void choose()}>
        <strong>
          <bdi>{folderName}</bdi>
        </strong>
        <span>
          <bdi>{place}</bdi> · {present ? words.opened(ago(openedMs)) : words.absent}
        </span>
      </button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={32} aria-label={words.vaultMenu(folderName)}>
            <IconDots size={18} stroke={1.5} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void forget()}>{words.forget}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  )
}
