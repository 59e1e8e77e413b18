import {
  IconFile,
  IconFileSpreadsheet,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconFolder,
  IconMusic,
  IconPhoto,
  IconVideo,
} from '@tabler/icons-react'
import { memo } from 'react'

const BY_ENDING: Readonly<Record<string, typeof IconFile>> = {
  ...Object.fromEntries(
    ['txt', 'md', 'doc', 'docx', 'odt', 'rtf', 'log', 'json'].map((it) => [it, IconFileText]),
  ),
  ...Object.fromEntries(
    ['jpg', 'jpeg', 'png', 'gif', 'webp', 'tif', 'tiff', 'heic', 'svg'].map((it) => [it, IconPhoto]),
  ),
  ...Object.fromEntries(['xls', 'xlsx', 'ods', 'csv'].map((it) => [it, IconFileSpreadsheet])),
  ...Object.fromEntries(['zip', 'gz', '7z', 'tar', 'rar'].map((it) => [it, IconFileZip])),
  ...Object.fromEntries(['mp3', 'wav', 'flac', 'm4a', 'ogg'].map((it) => [it, IconMusic])),
  ...Object.fromEntries(['mp4', 'mov', 'mkv', 'avi', 'webm'].map((it) => [it, IconVideo])),
  pdf: IconFileTypePdf,
}

/** What follows the last dot of a name, in lower case; empty: nothing does. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 && name.length - dot <= 8 ? name.slice(dot + 1).toLowerCase() : ''
}

type Props = { readonly kind: 'file' | 'folder'; readonly name: string; readonly size?: number }

/** A picture of what kind of thing it is; the kind is said in words elsewhere. */
export const FileIcon = memo(function FileIcon({ kind, name, size = 18 }: Props) {
  const ending = endingOf(name)
  const Icon =
    kind === 'folder'
      ? IconFolder
      : Object.hasOwn(BY_ENDING, ending)
        ? (BY_ENDING[ending] ?? IconFile)
        : IconFile
  return <Icon size={size} stroke={1.5} aria-hidden style={{ flex: 'none' }} />
})
