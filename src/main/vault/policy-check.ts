import { type ItemId, type KeyId, ROOT_ID } from '../contract/ids.ts'
import type { StoredVersion } from '../index/index.ts'
import {
  type Conflict,
  conflictsOf,
  isAllowed,
  keyName,
  listText,
  type Policy,
  type Rule,
  type SetRule,
  sentenceOf,
  unknownSentence,
} from '../policy/index.ts'
import type { OpenVault } from './open-vault.ts'
import { everyPlace, policyOf, recipientIds, shownFolder } from './policy.ts'
import { keysDue } from './policy-times.ts'
import { pathText } from './vault-path.ts'
import { waysIn } from './ways-in.ts'

/** A rule that is broken today. */
export type PolicyBreak = {
  readonly rule: string
  readonly setAt: string
  readonly sentence: string
  readonly message: string
  /** Kept versions of files that break it, in the bin or not; 0: it is about the vault's keys. */
  readonly versions: number
  /** The first of them, where they are shown; of an item that is not shown, its id. */
  readonly paths: readonly string[]
  readonly mend: 'rewrap' | 'add-recipient' | 'remove-recipient' | 'rotate' | 'update'
  /** What to do, with the command. */
  readonly remedy: string
}

export type PolicyReport = {
  readonly breaks: readonly PolicyBreak[]
  readonly conflicts: readonly Conflict[]
  /** What could not be checked, and what is soon due. */
  readonly notes: readonly string[]
}

const SHOWN_PATHS = 20

/** What breaks the rules today. @param policy others than those in force, to see what they would mean */
export function checkPolicy(
  vault: OpenVault,
  policy: Policy = policyOf(vault),
  nowMs: number = Date.now(),
): PolicyReport {
  const breaks = [
    ...policy.unknown.map((rule): PolicyBreak => {
      const sentence = unknownSentence(rule)
      const facts = { rule: rule.name, setAt: '', sentence, versions: 0, paths: [] }
      return {
        ...facts,
        message: 'Nothing is changed here until it can be read.',
        mend: 'update',
        remedy: UPDATE,
      }
    }),
    ...lockBreaks(vault, policy),
    ...keysDue(vault, policy, nowMs).flatMap(({ label, ageDays, leftDays, rule }): PolicyBreak[] => {
      if (leftDays > 0) return []
      const sentence = sentenceOf(policy, rule, '/')
      const message = `The active version of ${label} is ${ageDays} days old.`
      const facts = { rule: rule.kind, setAt: '/', sentence, versions: 0, paths: [] }
      return [
        { ...facts, message, mend: 'rotate', remedy: 'Give it a new version: `strongroom key rotate`.' },
      ]
    }),
  ]
  return { breaks, conflicts: conflictsOf(policy, everyPlace(vault)), notes: notesOf(vault, policy, nowMs) }
}

const UPDATE =
  'Update Strongroom; or, if the rule is a mistake, take it back by its name: `strongroom policy set <vault> <name> none`.'

/** What a rule says of the keys of a file. */
type Lock = {
  readonly rule: Rule
  readonly folder: ItemId
  readonly fits: (keys: ReadonlySet<KeyId>) => boolean
}

/** Breaks of the rules about what files are locked with: one pass over all kept versions. */
function lockBreaks(vault: OpenVault, policy: Policy): readonly PolicyBreak[] {
  const locks = policy.rules.flatMap((set) => lockOf(policy, set))
  if (locks.length === 0) return []
  const now = new Set(recipientIds(vault))
  const found = new Map(locks.map((lock) => [lock, { versions: 0, paths: new Set<string>() }]))
  const foldersOf = cachedFolders(vault)
  for (const stored of vault.index.versions.all()) {
    if (stored.purged) continue
    const keys = keysOf(stored)
    for (const lock of locks) {
      if (lock.fits(keys) || !(lock.folder === ROOT_ID || foldersOf(stored.item).has(lock.folder))) continue
      const counted = found.get(lock)
      if (counted === undefined) continue
      counted.versions++
      if (counted.paths.size < SHOWN_PATHS) counted.paths.add(shownPath(vault, stored.item))
    }
  }
  return [...found].flatMap(([{ rule, folder, fits }, { versions, paths }]): PolicyBreak[] => {
    if (versions === 0 && fits(now)) return []
    const setAt = folder === ROOT_ID ? '/' : shownFolder(vault, folder)
    const facts = {
      rule: rule.kind,
      setAt,
      sentence: sentenceOf(policy, rule, setAt),
      versions,
      paths: [...paths],
    }
    return [{ ...facts, ...mendOf(policy, rule, fits(now), now) }]
  })
}

function lockOf(policy: Policy, { rule, folder }: SetRule): readonly Lock[] {
  if (rule.kind === 'recipients') {
    const { mode, keys } = rule
    const fits = (held: ReadonlySet<KeyId>) =>
      mode === 'all' ? keys.every((key) => held.has(key)) : keys.some((key) => held.has(key))
    return [{ rule, folder, fits }]
  }
  if (rule.kind !== 'keys') return []
  const barred = policy.keys.filter((key) => !isAllowed(rule.allowed, key))
  return [{ rule, folder, fits: (held) => barred.every(({ keyId }) => !held.has(keyId)) }]
}

/** The job that mends a break. @param fitsNow new files would not break it */
function mendOf(
  policy: Policy,
  rule: Rule,
  fitsNow: boolean,
  now: ReadonlySet<KeyId>,
): Pick<PolicyBreak, 'message' | 'mend' | 'remedy'> {
  if (fitsNow) {
    return {
      message:
        'They were locked before the rule, or before the keys changed; new ones are locked as it asks.',
      mend: 'rewrap',
      remedy: 'Move them to the keys of now: `strongroom key rewrap`.',
    }
  }
  if (rule.kind === 'recipients') {
    const missing = rule.keys.filter((key) => !now.has(key)).map((key) => keyName(policy, key))
    return {
      message: `New files are not locked with ${listText(missing, rule.mode === 'all' ? 'and' : 'or')}: adding there is denied.`,
      mend: 'add-recipient',
      remedy: 'Add the key (`strongroom key add`), then move what is there: `strongroom key rewrap`.',
    }
  }
  const barred = policy.keys.filter(
    (key) => now.has(key.keyId) && rule.kind === 'keys' && !isAllowed(rule.allowed, key),
  )
  const names = listText(
    barred.map(({ label }) => label),
    'and',
  )
  return {
    message: `New files are locked with ${names}, which is not allowed: adding is denied.`,
    mend: 'remove-recipient',
    remedy:
      'Once an allowed key locks files, take this one from new files (`strongroom key remove`), then from those there are (`strongroom key rewrap`).',
  }
}

const keysOf = ({ keys }: StoredVersion): ReadonlySet<KeyId> =>
  new Set(keys.flatMap(({ key, edk }) => (edk === null ? [] : [key])))

/** The folders that an item is in; asked once for the files of a folder. */
function cachedFolders(vault: OpenVault): (item: ItemId) => ReadonlySet<ItemId> {
  const known = new Map<ItemId, ReadonlySet<ItemId>>()
  const above = (folder: ItemId): ReadonlySet<ItemId> => {
    const held = known.get(folder)
    if (held !== undefined) return held
    const parent = folder === ROOT_ID ? undefined : vault.index.items.item(folder)?.parent
    const folders = new Set([folder, ...(parent === undefined ? [] : above(parent))])
    known.set(folder, folders)
    return folders
  }
  return (item) => above(vault.index.items.item(item)?.parent ?? ROOT_ID)
}

function shownPath(vault: OpenVault, item: ItemId): string {
  const steps = vault.index.items.pathOf(item)
  return steps === undefined ? item : pathText(steps)
}

function notesOf(vault: OpenVault, policy: Policy, nowMs: number): readonly string[] {
  const has = (kind: Rule['kind']) => policy.rules.some(({ rule }) => rule.kind === kind)
  const gone = policy.rules.filter(
    ({ folder }) => folder !== ROOT_ID && vault.index.items.item(folder) === undefined,
  )
  return [
    ...keysDue(vault, policy, nowMs).flatMap(({ label, leftDays }) =>
      leftDays > 0 && leftDays <= REMIND_DAYS
        ? [`${label} is due for a new version in ${leftDays} days.`]
        : [],
    ),
    ...(has('key-age-days') && policy.keys.some(({ provider }) => provider === 'kms')
      ? ['How old the versions of AWS KMS keys are was not checked: AWS rotates them.']
      : []),
    ...(has('passphrase-score') && waysIn(vault).passphrase
      ? ['How strong a passphrase is that was set earlier can’t be checked: it is not kept.']
      : []),
    ...gone.map(({ rule, folder }) => `The rule ${rule.kind} is set on a folder that is gone (${folder}).`),
  ]
}

const REMIND_DAYS = 14
