import { assertNever } from '../base/index.ts'
import type { SetValue } from '../journal/index.ts'
import type { AuditEvent } from './event.ts'

/** How an event's ids are called now. */
export type EventNames = {
  /** What it was done to: paths, or ids of what has none any more. */
  readonly things: readonly string[]
  /** Labels of the keys it was wrapped for, and of those it was taken from. */
  readonly wrappedFor: readonly string[]
  readonly takenFrom: readonly string[]
  /** The label of a key or of one of its versions, by any id of it. */
  readonly keyLabel: (id: string) => string
}

/** Of a longer list the beginning is named. */
const NAMED = 3

/** What was done, in words. */
export function eventText(event: AuditEvent, names: EventNames): string {
  const { did, outcome } = event
  const what = deedText(event, names)
  const ending = outcome === 'ok' ? '' : ` – ${outcome}`
  const calls = did.act === 'note' && event.kmsCalls.length > 0 ? ` (${callsText(event)})` : ''
  return `${what}${calls}${ending}${event.held ? ' – late, under an older metadata key: without effect' : ''}`
}

function deedText({ did }: AuditEvent, names: EventNames): string {
  const things = listText(names.things)
  switch (did.act) {
    case 'open':
      return `began to write (${did.app})`
    case 'add':
      return `added ${things}${asName(did.name, names)}${forKeys(names)}`
    case 'new-version':
      return `new version of ${things}${forKeys(names)}`
    case 'make-folder':
      return `made the folder ${things}${asName(did.name, names)}`
    case 'move':
      return `moved ${things}${asName(did.name, names)}`
    case 'rename':
      return `renamed ${things}${asName(did.name, names)}`
    case 'set-mode':
      return `changed the permissions of ${things}`
    case 'bin':
      return `put ${things} into the bin`
    case 'restore':
      return `restored ${things} from the bin`
    case 'purge':
      return `purged ${things}`
    case 'rewrap':
      return `rewrapped ${things}${forKeys(names)}${fromKeys(names)}`
    case 'unwrap':
      return `took ${things} from its keys${fromKeys(names)}`
    case 'set':
      return settingText(did.name, did.value, names)
    case 'key-file-added':
      return `added the key file ${did.file}`
    case 'key-file-removed':
      return `removed the key file ${did.file}`
    case 'require':
      return `requires “${did.feature}” of every Strongroom that writes here`
    case 'epoch':
      return 'began a new metadata key: later records of the old one count only once accepted'
    case 'note':
      return names.things.length === 0 ? did.word : `${did.word} ${things}`
    case 'unknown':
      return `something that only a newer Strongroom can tell (ops ${did.codes.join(', ')})`
    default:
      return assertNever(did)
  }
}

/** The name of that time, where the path of now does not end with it. */
function asName(name: string | null, { things }: EventNames): string {
  if (name === null || things[0]?.endsWith(`/${name}`)) return ''
  return ` as “${name}”`
}

function forKeys({ wrappedFor }: EventNames): string {
  return wrappedFor.length === 0 ? '' : ` for ${listText(wrappedFor)}`
}

function fromKeys({ takenFrom }: EventNames): string {
  return takenFrom.length === 0 ? '' : `; no more for ${listText(takenFrom)}`
}

function callsText({ kmsCalls }: AuditEvent): string {
  const counts = Map.groupBy(kmsCalls, ({ operation }) => operation)
  return [...counts].map(([operation, calls]) => `KMS ${operation} × ${calls.length}`).join(', ')
}

function listText(names: readonly string[]): string {
  if (names.length === 0) return 'the vault'
  const rest = names.length - NAMED
  const shown = names.slice(0, NAMED).join(', ')
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

/** A setting in words (docs/format.md §4, op 7). */
function settingText(name: string, value: SetValue, { keyLabel }: EventNames): string {
  const [group = '', id = '', what = ''] = name.split('/')
  const shown = valueText(value)
  if (name === 'vault/name') return `named the vault ${shown}`
  if (group === 'key' && what === 'label') return `named the key ${keyLabel(id)}: ${shown}`
  if (group === 'key' && what === 'recipient') {
    return value === true
      ? `new files are locked for ${keyLabel(id)}`
      : `new files are locked for ${keyLabel(id)} no more`
  }
  if (group === 'key' && what === 'state') return `key version ${keyLabel(id)} is ${shown}`
  if (group === 'recovery') return `tested the recovery code ${id.slice(0, 8)}`
  if (group === 'policy') return `rule “${name.slice('policy/'.length)}” set to ${shown}`
  if (group === 'device') return `declared the device ${id.slice(0, 8)} ${shown}`
  if (group === 'accept') return `accepted the late records of segment ${id}`
  return `set ${name} to ${shown}`
}

function valueText(value: SetValue): string {
  if (typeof value === 'string') return `“${value}”`
  return JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? '(bytes)' : each))
}
