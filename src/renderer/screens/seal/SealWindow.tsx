import { useEffect, useState } from 'react'
import type { Source } from '../../../main/contract/ipc/job-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { dropped } from '../../app/bridge.ts'
import { bringsFiles } from '../../app/DropOverlay.tsx'
import { JobCard } from '../../app/JobCard.tsx'
import { useApp } from '../../app/store.ts'
import { say } from '../../app/toast.tsx'
import { seal as words } from '../../words/seal.ts'
import { ChooseSources } from './ChooseSources.tsx'
import { SealForm } from './SealForm.tsx'
import classes from './SealWindow.module.css'

/** The small window: files and folders in, encrypted or decrypted beside them, without a vault. */
export function SealWindow() {
  const [sources, setSources] = useState<readonly Source[]>([])
  const jobs = useApp(({ jobs }) => jobs)
  const handed = useApp(({ handed }) => handed)
  useEffect(() => {
    if (handed.length === 0) return
    setSources(handed)
    useApp.setState({ handed: [] })
  }, [handed])
  const over = useDrop((list) =>
    attempt(async () => {
      const found = await dropped(list)
      if (found.length === 0) say(words.nothing)
      else setSources(found)
    }),
  )
  return (
    <main className={classes.window} data-region="main" data-over={over || undefined}>
      <div className={classes.column}>
        <h1>{words.title}</h1>
        <p className={classes.about}>{words.about}</p>
        {sources.length === 0 ? (
          <ChooseSources onSources={setSources} over={over} />
        ) : (
          <SealForm
            key={sources.map(({ handle }) => handle).join()}
            sources={sources}
            onDone={() => setSources([])}
          />
        )}
        {jobs.length > 0 && (
          <section className={classes.results} aria-label={words.results}>
            <h2>{words.results}</h2>
            {jobs.map((job) => (
              <JobCard key={job.job} job={job} />
            ))}
          </section>
        )}
      </div>
    </main>
  )
}

/** Files dropped anywhere in the window. @returns whether a drag of files is over it */
function useDrop(onFiles: (files: readonly File[]) => unknown): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const enter = (event: DragEvent) => setOver(bringsFiles(event.dataTransfer))
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (event.dataTransfer !== null && bringsFiles(event.dataTransfer))
        onFiles([...event.dataTransfer.files])
    }
    window.addEventListener('dragenter', enter)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragenter', enter)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [onFiles])
  return over
}
