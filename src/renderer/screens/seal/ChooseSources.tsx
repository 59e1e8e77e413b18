import { Button } from '@mantine/core'
import { IconFileUpload } from '@tabler/icons-react'
import type { Source } from '../../../main/contract/ipc/job-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { seal as words } from '../../words/seal.ts'
import classes from './SealWindow.module.css'

type Props = { readonly onSources: (sources: readonly Source[]) => void; readonly over: boolean }

/** Where files are dropped, or chosen by a button. */
export function ChooseSources({ onSources, over }: Props) {
  const pick = (what: 'files' | 'folders') =>
    void attempt(async () => onSources(await ask('pick.sources', { what })))
  return (
    <div className={classes.drop} data-over={over || undefined}>
      <IconFileUpload size={40} stroke={1.25} aria-hidden />
      <h2>{words.drop}</h2>
      <p>{words.dropBody}</p>
      <div className={classes.buttons}>
        <Button onClick={() => pick('files')}>{words.chooseFiles}</Button>
        <Button variant="default" onClick={() => pick('folders')}>
          {words.chooseFolder}
        </Button>
      </div>
    </div>
  )
}
