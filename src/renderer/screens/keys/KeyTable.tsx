import type { KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { Tag } from '../../ui/Tag.tsx'
import { count, date } from '../../words/format.ts'
import { keys as words } from '../../words/keys.ts'
import classes from './KeysScreen.module.css'

const TONES = { active: 'good', retired: 'plain', disabled: 'warn', destroyed: 'danger' } as const

/** A key with its versions, newest first, and how much it opens. */
export function KeyTable({ view }: { readonly view: KeyView }) {
  return (
    <article className={classes.key} aria-label={view.label}>
      <div className={classes.keyHead}>
        <h3>
          <bdi>{view.label}</bdi>
        </h3>
        <span className={classes.opens}>{words.opens(view.opens)}</span>
        <Tag>{view.recipient ? words.recipient : words.notRecipient}</Tag>
      </div>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{words.columns.version}</th>
            <th scope="col">{words.columns.state}</th>
            <th scope="col">{words.columns.created}</th>
          </tr>
        </thead>
        <tbody>
          {view.versions.map(({ keyVersionId, version, state, createdMs }) => (
            <tr key={keyVersionId}>
              <td>{count(version)}</td>
              <td>
                <Tag tone={TONES[state]}>{words.states[state]}</Tag>
              </td>
              <td>{date(createdMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  )
}
