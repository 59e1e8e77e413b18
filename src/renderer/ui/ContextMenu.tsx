import { Menu } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import classes from './ContextMenu.module.css'

export type MenuPoint = { readonly x: number; readonly y: number }

type Props = {
  readonly at: MenuPoint | undefined
  readonly onClose: () => void
  readonly label: string
  readonly children: ReactNode
}

/** A menu where it was asked for. Esc and a click elsewhere close it; focus goes back to where it was. */
export function ContextMenu({ at, ...rest }: Props) {
  // Made anew for each point: it is placed once, where it opens.
  return at === undefined ? null : <MenuAt key={`${at.x},${at.y}`} at={at} {...rest} />
}

function MenuAt({ at, onClose, label, children }: Props & { readonly at: MenuPoint }) {
  useEffect(() => {
    const before = document.activeElement
    return () => {
      // Unless what was chosen has taken it elsewhere by then.
      requestAnimationFrame(() => {
        const lost = document.activeElement === document.body || document.activeElement === null
        if (lost && before instanceof HTMLElement) before.focus()
      })
    }
  }, [])
  return (
    <Menu
      opened
      onChange={(opened) => {
        if (!opened) onClose()
      }}
      position="bottom-start"
      offset={0}
      width={240}
      returnFocus={false}
      trapFocus
      // The point it stands at has no size: it would count as out of sight.
      hideDetached={false}
    >
      <Menu.Target>
        <div className={classes.anchor} aria-hidden style={{ left: at.x, top: at.y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={label}>{children}</Menu.Dropdown>
    </Menu>
  )
}
