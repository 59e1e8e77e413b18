import { assertNever, fail } from '../base/index.ts'
import type { ItemId } from '../contract/ids.ts'
import {
  type Act,
  type ActKind,
  type Decision,
  inForce,
  type Place,
  type PlacedRule,
} from '../policy/index.ts'
import { missingBelow } from './folders.ts'
import type { OpenVault } from './open-vault.ts'
import { decideAt, everyPlace, placeOf, placesOf, policyOf, recipientIds } from './policy.ts'
import { purgeAct } from './policy-facts.ts'
import { keyVersionsOf } from './stored-version.ts'
import { binnedNamed, entryNamed, type ItemName, stepsOf } from './vault-path.ts'
import { type WrappingKey, wrappingKeys } from './wrapping-keys.ts'

/** What is asked about: an act, and where or with which key or passphrase it would be done. */
export type Question = {
  readonly act: ActKind
  /** Default: the whole vault. */
  readonly name?: ItemName
  /** Of acts on keys. */
  readonly key?: WrappingKey
  /** Of `set-passphrase`: zxcvbn's score of it. */
  readonly score?: number
}

/**
 * What the policy would say now, and what every rule has to do with it; nothing is done or noted.
 *
 * @throws ITEM_NOT_FOUND · USAGE what the question leaves open
 */
export function explainPolicy(vault: OpenVault, question: Question, nowMs: number = Date.now()): Decision {
  const places = placesAsked(vault, question)
  return decideAt(vault, actAsked(vault, question, nowMs), places)
}

/** The rules that hold at an item or folder, the overruled ones left out. */
export function rulesAt(vault: OpenVault, name: ItemName): readonly PlacedRule[] {
  return inForce(policyOf(vault), placeOf(vault, entryNamed(vault, name).id)).rules
}

function placesAsked(vault: OpenVault, { act, name }: Question): readonly Place[] {
  if (name === undefined) return everyPlace(vault)
  if (act === 'add' || act === 'remove-source') {
    return [placeOf(vault, missingBelow(vault, stepsOf(name)).parent)]
  }
  return act === 'purge'
    ? [placeOf(vault, purged(vault, name))]
    : placesOf(vault, [entryNamed(vault, name).id])
}

const purged = (vault: OpenVault, name: ItemName): ItemId => {
  const isShown = vault.index.items.resolve(stepsOf(name)) !== undefined
  return (isShown ? entryNamed(vault, name) : binnedNamed(vault, name)).id
}

function actAsked(vault: OpenVault, question: Question, nowMs: number): Act {
  const { act: kind, name, key } = question
  switch (kind) {
    case 'add':
    case 'reencrypt':
    case 'rewrap':
    case 'restore-version':
      return { kind, recipients: recipientIds(vault) }
    case 'remove-recipient': {
      const left = wrappingKeys(vault).filter((each) => each.recipient && each.keyId !== demandKey(key).keyId)
      return { kind, left: left.map(({ keyId }) => keyId) }
    }
    case 'add-key':
      return { kind, key: demandKey(key) }
    case 'seal':
      return { kind, key: demandKey(key).keyId }
    case 'disable-key':
    case 'destroy-key': {
      const { keyId, versions } = demandKey(key)
      return { kind, key: keyId, files: filesUnder(vault, versions) }
    }
    case 'purge': {
      if (name === undefined) return fail('USAGE', 'Name what would be purged.')
      const item = purged(vault, name)
      const all = vault.index.versions.of(item).map(({ version }) => version)
      return purgeAct(vault, item, new Set(all), nowMs)
    }
    case 'set-passphrase':
      return { kind, score: question.score ?? fail('USAGE', 'Say how strong it is: --score 0..4.') }
    case 'remove-source':
    case 'get':
    case 'cat':
    case 'preview':
    case 'accept-held':
    case 'add-recovery':
    case 'bin':
    case 'device-gone':
    case 'enable-key':
    case 'make-folder':
    case 'move':
    case 'new-epoch':
    case 'remove-way-in':
    case 'rename':
    case 'repair':
    case 'restore':
    case 'retire-key':
    case 'rotate':
    case 'set-policy':
    case 'test-recovery':
    case 'unseal':
      return { kind }
    default:
      return assertNever(kind)
  }
}

const demandKey = (key: WrappingKey | undefined): WrappingKey =>
  key ?? fail('USAGE', 'Name the key that it is about: --key.')

function filesUnder(vault: OpenVault, versions: WrappingKey['versions']): number {
  const wanted = new Set(versions.map(({ keyVersionId }) => keyVersionId))
  let count = 0
  for (const { version, purged: gone } of vault.index.versions.all()) {
    if (!gone && keyVersionsOf(vault, version).some((id) => wanted.has(id))) count++
  }
  return count
}
