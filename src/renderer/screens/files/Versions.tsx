import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { ItemId, VersionId } from '../../../main/contract/ids.ts'
import type { PlacedRow, VersionRow } from '../../../main/contract/ipc/item-nouns.ts'
import { attempt, exportItems } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { useSession } from '../../app/session.ts'
import { useReadOnly } from '../../app/store.ts'
import { say } from '../../app/toast.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { files } from '../../words/files.ts'
import { date, dateTime, size } from '../../words/format.ts'
import classes from './Details.module.css'

type Props = {
  readonly row: PlacedRow
  readonly versions: readonly VersionRow[]
  readonly preview: boolean
}

/** Everything that was ever saved under this file, newest first; of a conflict both heads are marked. */
export function Versions({ row, versions, preview }: Props) {
  const readOnly = useReadOnly() !== undefined
  return (
    <section aria-label={files.versions}>
      <h3 className={classes.group}>{files.versions}</h3>
      <ul className={classes.versions}>
        {versions.map(({ versionId, sizeBytes, mtimeMs, addedMs, current, head }) => (
          <li key={versionId} className={classes.version}>
            <span className={classes.when}>
              {dateTime(mtimeMs)} {current && <Tag tone="good">{files.versionNow}</Tag>}
              {!current && head && <Tag tone="warn">{files.versionOther}</Tag>}
              <small>
                <bdi>{size(sizeBytes)}</bdi>, {files.versionFrom(date(addedMs))}
              </small>
            </span>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={28}
                  aria-label={files.versionMenu(dateTime(mtimeMs))}
                >
                  <IconDots size={16} stroke={1.5} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  disabled={!preview}
                  onClick={() =>
                    useSession.setState({ dialog: { kind: 'preview', row, version: versionId } })
                  }
                >
                  {files.previewVersion}
                </Menu.Item>
                <Menu.Item
                  disabled={readOnly || (current && row.heads === 1)}
                  onClick={() => void takeBackTo(row.itemId, versionId)}
                >
                  {files.makeCurrent}
                </Menu.Item>
                <Menu.Item onClick={() => void exportItems([row.itemId], versionId)}>
                  {files.exportVersion}
                </Menu.Item>
                <Menu.Item
                  color="red"
                  disabled={readOnly || versions.length === 1}
                  onClick={() =>
                    void attempt(() => ask('items.purge-version', { item: row.itemId, version: versionId }))
                  }
                >
                  {files.purgeVersion}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Settles a conflict, too: what is current from then on takes the place of both. */
const takeBackTo = (item: ItemId, version: VersionId) =>
  attempt(async () => {
    await ask('items.make-current', { item, version })
    say(files.madeCurrent)
  })
