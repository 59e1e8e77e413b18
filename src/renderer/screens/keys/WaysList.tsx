import { Button } from '@mantine/core'
import { IconDeviceLaptop, IconFileBarcode, IconForms } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { RecoveryWay, WaysIn } from '../../../main/contract/ipc/vault-nouns.ts'
import { Tag } from '../../ui/Tag.tsx'
import { keys as words } from '../../words/keys.ts'
import classes from './KeysScreen.module.css'
import { removeWay } from './use-keys.ts'

const HALF_A_YEAR_MS = 183 * 86_400_000

type Props = { readonly ways: WaysIn; readonly readOnly: boolean; readonly onTest: () => void }

/**
 * The ways into the vault, each with what it is worth now. The last one beside the keychain can't be taken away
 * here: a computer that is lost would take the vault with it.
 */
export function WaysList({ ways, readOnly, onTest }: Props) {
  const last = ways.recovery.length + (ways.passphrase ? 1 : 0) === 1
  const remove = (label: string, go: () => void) =>
    !last && (
      <Button size="compact-sm" variant="default" aria-label={label} disabled={readOnly} onClick={go}>
        {words.remove}
      </Button>
    )
  return (
    <ul className={classes.ways}>
      <Way
        icon={<IconDeviceLaptop size={22} stroke={1.5} aria-hidden />}
        title={words.keychain}
        text={ways.keychain ? words.keychainOn : words.keychainOff}
        tag={ways.keychain ? <Tag tone="good">{words.on}</Tag> : <Tag>{words.off}</Tag>}
      />
      <Way
        icon={<IconForms size={22} stroke={1.5} aria-hidden />}
        title={words.passphrase}
        text={ways.passphrase ? words.passphraseOn : words.passphraseOff}
        tag={ways.passphrase ? <Tag tone="good">{words.on}</Tag> : <Tag>{words.off}</Tag>}
        action={
          ways.passphrase && remove(words.removePassphrase, () => void removeWay({ kind: 'passphrase' }))
        }
      />
      {ways.recovery.length === 0 && (
        <Way
          icon={<IconFileBarcode size={22} stroke={1.5} aria-hidden />}
          title={words.recovery}
          text={words.recoveryNone}
          tag={<Tag tone="warn">{words.off}</Tag>}
        />
      )}
      {ways.recovery.map((code, at) => {
        const { text, sure } = standing(code)
        return (
          <Way
            key={code.recoveryId}
            icon={<IconFileBarcode size={22} stroke={1.5} aria-hidden />}
            title={words.recoveryOne(at + 1, ways.recovery.length)}
            text={text}
            tag={sure ? <Tag tone="good">{words.confirmed}</Tag> : <Tag tone="warn">{words.needsTest}</Tag>}
            action={
              <>
                <Button size="compact-sm" variant="default" onClick={onTest}>
                  {words.test}
                </Button>
                {remove(
                  words.removeRecovery(at + 1, ways.recovery.length),
                  () => void removeWay({ kind: 'recovery', recoveryId: code.recoveryId }),
                )}
              </>
            }
          />
        )
      })}
    </ul>
  )
}

/** What a code is worth: tested, long ago, typed back, or unknown. */
function standing({ testedMs, typedBack }: RecoveryWay): { readonly text: string; readonly sure: boolean } {
  if (testedMs === null) {
    return typedBack ? { text: words.typedBack, sure: true } : { text: words.untested, sure: false }
  }
  return Date.now() - testedMs > HALF_A_YEAR_MS
    ? { text: words.testAgain(testedMs), sure: false }
    : { text: words.tested(testedMs), sure: true }
}

type WayProps = {
  readonly icon: ReactNode
  readonly title: string
  readonly text: string
  readonly tag: ReactNode
  readonly action?: ReactNode
}

const Way = ({ icon, title, text, tag, action }: WayProps) => (
  <li className={classes.way}>
    {icon}
    <div className={classes.text}>
      <strong>{title}</strong>
      <span>{text}</span>
    </div>
    {tag}
    {action}
  </li>
)
