import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'
import { type ItemId, ROOT_ID } from '../../../main/contract/ids.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { openFolder, useSession } from '../../app/session.ts'
import { useFacts } from '../../app/store.ts'
import { files } from '../../words/files.ts'
import classes from './FolderTree.module.css'
import { TreeNode } from './TreeNode.tsx'

/** Moves the focus in the tree, as the pattern of WAI-ARIA has it. @returns whether the key was one of its */
function moveFocus(event: KeyboardEvent<HTMLElement>): boolean {
  const nodes = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')]
  const at = nodes.findIndex((each) => each.matches(':focus'))
  const node = nodes[at]
  if (node === undefined) return false
  const expanded = node.getAttribute('aria-expanded')
  const level = Number(node.getAttribute('aria-level'))
  const above = nodes.slice(0, at).findLast((each) => Number(each.getAttribute('aria-level')) < level)
  const twist = () => node.querySelector<HTMLElement>('[data-twisty]')?.click()
  switch (event.key) {
    case 'ArrowDown':
      nodes[at + 1]?.focus()
      return true
    case 'ArrowUp':
      nodes[at - 1]?.focus()
      return true
    case 'Home':
      nodes[0]?.focus()
      return true
    case 'End':
      nodes.at(-1)?.focus()
      return true
    case 'ArrowRight':
      if (expanded === 'false') twist()
      else if (expanded === 'true') nodes[at + 1]?.focus()
      return true
    case 'ArrowLeft':
      if (expanded === 'true') twist()
      else above?.focus()
      return true
    case 'Enter':
    case ' ':
      node.click()
      return true
    default:
      return false
  }
}

/** The vault's folders as a tree: one Tab stop, arrows move, open and close; a folder's are loaded on opening. */
export function FolderTree() {
  const vault = useFacts()?.name ?? ''
  return (
    <aside className={classes.panel} aria-label={files.tree} data-region="tree">
      <div
        role="tree"
        aria-label={files.tree}
        onKeyDown={(event) => {
          if (!moveFocus(event)) return
          event.preventDefault()
          event.stopPropagation()
        }}
      >
        <Branch folder={ROOT_ID} shown={vault} hasFolders level={1} startsOpen />
      </div>
    </aside>
  )
}

type BranchProps = {
  readonly folder: ItemId
  readonly shown: string
  readonly hasFolders: boolean
  readonly level: number
  readonly startsOpen?: boolean
}

function Branch({ folder, shown, hasFolders, level, startsOpen = false }: BranchProps) {
  const [open, setOpen] = useState(startsOpen)
  const current = useSession(({ folder: at }) => at === folder)
  const { data, error } = useQuery({
    queryKey: ['folders', folder],
    queryFn: () => ask('items.folders', { folder }),
    enabled: open,
  })
  return (
    <>
      <TreeNode
        folder={folder}
        shown={shown}
        level={level}
        current={current}
        expanded={hasFolders ? open : undefined}
        onToggle={() => setOpen(!open)}
        onOpen={() => openFolder(folder)}
      />
      {open && error !== null && <p className={classes.failed}>{asFailure(error).title}</p>}
      {open &&
        data?.map(({ itemId, shown: name, hasFolders: more }) => (
          <Branch key={itemId} folder={itemId} shown={name} hasFolders={more} level={level + 1} />
        ))}
    </>
  )
}
