import { useEffect, useState } from 'react'

type Listener = (text: string) => void
const listeners = new Set<Listener>()

/** Says something to a screen reader, without moving the focus. */
export function announce(text: string): void {
  for (const listener of listeners) listener(text)
}

/** The one live region of the window. The same text twice is said twice. */
export function Announcer() {
  const [said, setSaid] = useState({ text: '', turn: 0 })
  useEffect(() => {
    const listener: Listener = (text) => setSaid(({ turn }) => ({ text, turn: turn + 1 }))
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, [])
  return (
    <div className="sr-unseen" role="status" aria-live="polite">
      <span key={said.turn}>{said.text}</span>
    </div>
  )
}
