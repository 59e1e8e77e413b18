/** Words for main's own dialogs: numbers and sizes as the person's system writes them. */
const number = new Intl.NumberFormat()

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

export function sizeText(bytes: number): string {
  let value = bytes
  let unit: string = UNITS[0]
  for (const next of UNITS.slice(1)) {
    if (value < 1000) break
    value /= 1000
    unit = next
  }
  const digits = unit === 'B' || value >= 100 ? 0 : 1
  return `${value.toLocaleString(undefined, { maximumFractionDigits: digits })} ${unit}`
}

/** “3 files and 1 folder”. */
export function itemsText(files: number, folders: number): string {
  const parts = [
    ...(files > 0 ? [countText(files, 'file')] : []),
    ...(folders > 0 ? [countText(folders, 'folder')] : []),
  ]
  return parts.join(' and ') || countText(0, 'file')
}
