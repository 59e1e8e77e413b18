import type { Command } from 'commander'
import { assertNever } from '../base/index.ts'
import { displayText } from '../files/index.ts'
import { type ReconcileLine, reconcileAudit } from '../vault/index.ts'
import { gapTeller, parseSince, parseUntil } from './audit-filters.ts'
import type { CommandContext } from './command-context.ts'
import { countText, failureText } from './output.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

const FINDINGS_EXIT = 4

type ReconcileFlags = VaultFlags & {
  readonly trail: readonly string[]
  readonly since?: number
  readonly until?: number
  readonly all?: boolean
}

/** audit reconcile. */
export function addReconcileCommand(audit: Command, context: CommandContext): void {
  addVaultOptions(audit.command('reconcile'))
    .summary('compare the record with AWS’s own trail')
    .description(
      'Compares the calls to KMS that the record tells of with what CloudTrail tells of the vault’s keys: by request id, and where ' +
        'the record has none by operation, key, encryption context and time. Calls nothing. Ends with 4 if the key was used, ' +
        'changed or tried from elsewhere, or if CloudTrail does not know a call that it should.',
    )
    .argument('<vault>', 'the vault’s folder')
    .requiredOption(
      '--trail <path...>',
      'CloudTrail’s files (.json, .json.gz), replies of LookupEvents, or folders of these',
    )
    .option('--since <time>', 'the trail is whole from then on; default: its first event', parseSince)
    .option('--until <time>', 'and up to then; default: its last event', parseUntil)
    .option('--all', 'matched calls, and those not looked for, too')
    .action(async (path: string, flags: ReconcileFlags) => {
      await using vault = await openFor(path, flags, context, { single: true })
      await sayComparison(vault, flags, context)
    })
}

async function sayComparison(
  vault: Parameters<typeof reconcileAudit>[0],
  flags: ReconcileFlags,
  context: CommandContext,
): Promise<void> {
  const output = context.output(flags.json === true)
  const counts = {
    matched: 0,
    foreign: 0,
    failed: 0,
    doubled: 0,
    missing: 0,
    awaited: 0,
    outside: 0,
    repeated: 0,
  }
  const [looks, refused] = [{ count: 0 }, { count: 0 }]
  let malformed = 0
  let unread = 0
  const { trail, since: sinceMs, until: untilMs } = flags
  const lines = reconcileAudit(vault, {
    trail,
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    onTrouble: ({ path, error }) => {
      unread++
      output.emit({ type: 'unread', path, code: error.code, message: error.message })
      output.note(failureText(path, error.code, error.message))
    },
    onGap: gapTeller(flags, context),
  })
  for await (const line of lines) {
    if (line.kind === 'malformed') malformed++
    else if (line.kind === 'span') {
      const { records, sinceMs: from, untilMs: to } = line
      const span = { since: timeText(from), until: timeText(to) }
      output.emit({
        type: 'result',
        ...counts,
        looks: looks.count,
        refused: refused.count,
        malformed,
        unread,
        records,
        ...span,
      })
      output.say(summaryText(counts, looks.count, records, span))
      if (malformed > 0)
        output.note(`${countText(malformed, 'entry', 'entries')} of the trail could not be read.`)
    } else {
      const isLook = (line.kind === 'foreign' || line.kind === 'failed') && line.use === 'look'
      if (isLook) looks.count++
      else counts[line.kind]++
      if (line.kind === 'matched' && line.event.error !== null) refused.count++
      const isShown = !isLook && !QUIET.has(line.kind)
      if (!isShown && !flags.all) continue
      output.emit({ type: line.kind, ...detail(line) })
      output.say(lineText(line))
    }
  }
  const { foreign, failed, missing, repeated } = counts
  const findings = foreign + failed + missing + repeated + malformed + unread
  context.exit(findings > 0 ? FINDINGS_EXIT : 0)
}

type Told = Exclude<ReconcileLine, { readonly kind: 'span' | 'malformed' }>
/** Expected, and counted. */
const QUIET: ReadonlySet<string> = new Set(['matched', 'doubled', 'awaited', 'outside'])

function detail(line: Told): Readonly<Record<string, unknown>> {
  if (!('call' in line)) return 'use' in line ? { event: line.event, use: line.use } : { event: line.event }
  const { isMatched: _, ...call } = line.call
  return line.kind === 'matched' ? { call, event: line.event, by: line.by } : { call }
}

function lineText(line: Told): string {
  switch (line.kind) {
    case 'foreign':
      return `Not by this vault’s record: ${eventText(line)}`
    case 'failed':
      return `Tried, and refused by AWS (${displayText(line.event.error ?? '')}): ${eventText(line)}`
    case 'doubled':
      return `Told again: ${eventText(line)}`
    case 'matched':
      return `As recorded: ${eventText(line)}`
    case 'missing':
      return `CloudTrail does not know: ${callText(line)}`
    case 'awaited':
      return `Too new for CloudTrail: ${callText(line)}`
    case 'outside':
      return `Not of the trail’s time: ${callText(line)}`
    case 'repeated':
      return `Recorded twice: ${callText(line)}`
    default:
      return assertNever(line)
  }
}

type WithEvent = Extract<Told, { readonly event: unknown }>
type WithCall = Extract<Told, { readonly call: unknown }>

function eventText({ event }: WithEvent): string {
  const { timeMs, operation, arns, principal, address, userAgent, contexts, requestId } = event
  const touched = [...new Set(contexts.flatMap((context) => Object.entries(context)))].map(
    ([key, value]) => `${key}=${value}`,
  )
  const by = `${principal} from ${address} (${userAgent})`
  const text = `${timeText(timeMs)} ${operation} with ${arns.join(', ')} by ${by}; request ${requestId}`
  return displayText(touched.length === 0 ? text : `${text}; ${touched.join(', ')}`)
}

function callText({ call }: WithCall): string {
  const { note, operation, arn, requestId, timeMs } = call
  const request = requestId === '' ? 'no request id' : `request ${requestId}`
  return displayText(
    `${timeText(timeMs)} ${operation} with ${arn} by ${note.deviceName} (${note.act}); ${request}`,
  )
}

function summaryText(
  counts: Readonly<Record<string, number>>,
  looks: number,
  records: number,
  { since, until }: { readonly since: string; readonly until: string },
): string {
  const { matched = 0, foreign = 0, failed = 0, doubled = 0, missing = 0, awaited = 0, outside = 0 } = counts
  return [
    `${countText(records, 'event')} of the trail, from ${since} to ${until}; ${countText(matched, 'call')} as recorded.`,
    `${foreign} not by this vault’s record, ${failed} more tried and refused, ${missing} that CloudTrail does not know.`,
    `Beside: ${looks} that only looked at a key, ${doubled} told again, ${awaited} too new for CloudTrail, ${outside} not of the trail’s time.`,
  ].join('\n')
}

const timeText = (ms: number | null): string => (ms === null ? '–' : new Date(ms).toISOString())
