import { Button } from '@mantine/core'
import { ROOT_ID } from '../../../main/contract/ids.ts'
import { useRows } from '../../app/rows.ts'
import { openFolder } from '../../app/session.ts'
import { Section } from '../../ui/Screen.tsx'
import { health as words } from '../../words/health.ts'
import classes from './HealthScreen.module.css'

const OF = { kind: 'conflicts' } as const
const ORDER = { by: 'name', descending: false } as const
/** So many are listed; the others are as easily found in their folders, where they are marked. */
const SHOWN = 50

/** Files that two devices changed at once: both versions are kept until a person looks. */
export function Conflicts() {
  const rows = useRows(OF, ORDER)
  if (rows.total === 0) return null
  const shown = Array.from({ length: Math.min(rows.total, SHOWN) }, (_, index) => rows.rowAt(index))
  return (
    <Section title={words.conflicts(rows.total)} about={words.conflictsBody}>
      <ul className={classes.list}>
        {shown.flatMap((row) =>
          row === undefined
            ? []
            : [
                <li key={row.itemId} className={classes.item}>
                  <div className={classes.body}>
                    <strong>
                      <bdi>{row.shown}</bdi>
                    </strong>
                    <p>
                      <bdi>{row.folderPath}</bdi>
                    </p>
                  </div>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => openFolder(row.parent ?? ROOT_ID, row.itemId)}
                  >
                    {words.showItem}
                  </Button>
                </li>,
              ],
        )}
      </ul>
    </Section>
  )
}
