import { Button } from '@mantine/core'
import type { KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { Tag } from '../../ui/Tag.tsx'
import { count, date } from '../../words/format.ts'
import { keys as words } from '../../words/keys.ts'
import classes from './KeysScreen.module.css'
import type { KeyAct } from './key-name.ts'
import { rewrap } from './use-keys.ts'
import { VersionMenu } from './VersionMenu.tsx'

const TONES = { active: 'good', retired: 'plain', disabled: 'warn', destroyed: 'danger' } as const

type Props = {
  readonly view: KeyView
  readonly readOnly: boolean
  readonly onAct: (act: KeyAct) => void
}

/** A key with its versions, newest first, what each opens, and what can be done with it. */
export function KeyTable({ view, readOnly, onAct }: Props) {
  const [newest] = view.versions
  const local = view.provider === 'local'
  return (
    <article className={classes.key} aria-label={view.label}>
      <div className={classes.keyHead}>
        <h3>
          <bdi>{view.label}</bdi>
        </h3>
        <span className={classes.muted}>{words.opens(view.opens)}</span>
        <Tag>{words.providers[view.provider]}</Tag>
        <Tag>{view.recipient ? words.recipient : words.notRecipient}</Tag>
      </div>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{words.columns.version}</th>
            <th scope="col">{words.columns.state}</th>
            <th scope="col">{words.columns.created}</th>
            <th scope="col">{words.columns.opens}</th>
            <th scope="col">
              <span className="sr-unseen">{words.columns.acts}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {view.versions.map((version) => (
            <tr key={version.keyVersionId}>
              <td>{count(version.version)}</td>
              <td>
                <Tag tone={TONES[version.state]}>{words.states[version.state]}</Tag>
              </td>
              <td>{date(version.createdMs)}</td>
              <td>{words.opensNow(version.opens)}</td>
              <td>
                <div className={classes.acts}>
                  {local && version.state === 'retired' && version.opens > 0 && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={readOnly}
                      aria-label={words.rewrapLabel(version.opens, version.version)}
                      onClick={() => void rewrap(version)}
                    >
                      {words.rewrap(version.opens)}
                    </Button>
                  )}
                  {version.state !== 'destroyed' && (
                    <VersionMenu view={view} version={version} readOnly={readOnly} onAct={onAct} />
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.foot}>
        <span className={classes.muted}>{newest && words.rotated(newest.createdMs)}</span>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => onAct({ kind: 'impact', key: view, version: null })}
        >
          {words.impact}
        </Button>
        {local && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={readOnly}
            onClick={() => onAct({ kind: 'rotate', key: view })}
          >
            {words.rotate}
          </Button>
        )}
      </div>
    </article>
  )
}
