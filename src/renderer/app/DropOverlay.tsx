import { IconFileUpload } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { files } from '../words/files.ts'
import { addDropped } from './acts.ts'
import classes from './DropOverlay.module.css'
import { usePlace } from './place.ts'
import { useSession } from './session.ts'
import { useReadOnly } from './store.ts'

/** Whether a drag brings files of the system: ours, of rows, brings none. */
export const bringsFiles = (data: DataTransfer | null): boolean => data?.types.includes('Files') ?? false

/** Files dropped anywhere in the window go into the folder that is shown; while they hover, its name is. */
export function DropOverlay() {
  const folder = useSession(({ folder }) => folder)
  const place = usePlace()
  const readOnly = useReadOnly() !== undefined
  const [over, setOver] = useState(false)
  const depth = useRef(0)
  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!bringsFiles(event.dataTransfer)) return
      depth.current++
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!bringsFiles(event.dataTransfer)) return
      depth.current = Math.max(0, depth.current - 1)
      if (depth.current === 0) setOver(false)
    }
    const drop = (event: DragEvent) => {
      depth.current = 0
      setOver(false)
      if (event.dataTransfer === null || !bringsFiles(event.dataTransfer) || readOnly) return
      event.preventDefault()
      void addDropped([...event.dataTransfer.files], folder)
    }
    // In the capture phase: a target of its own (a folder's row) may stop the event on its way up.
    window.addEventListener('dragenter', enter)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    const done = () => {
      depth.current = 0
      setOver(false)
    }
    window.addEventListener('drop', done, true)
    return () => {
      window.removeEventListener('dragenter', enter)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
      window.removeEventListener('drop', done, true)
    }
  }, [folder, readOnly])
  if (!over) return null
  return (
    <div className={classes.overlay} data-refused={readOnly || undefined}>
      <div className={classes.label}>
        <IconFileUpload size={28} stroke={1.5} aria-hidden />
        <strong>{readOnly ? files.dropReadOnly : files.dropTitle(place)}</strong>
        {!readOnly && <span>{files.dropBody}</span>}
      </div>
    </div>
  )
}
