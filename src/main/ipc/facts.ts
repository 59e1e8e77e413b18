import { asVaultError } from '../base/index.ts'
import { CODES } from '../contract/codes.ts'
import { parseId, type RecoveryKeyId } from '../contract/ids.ts'
import type { OpenNotice, VaultFacts, WaysIn } from '../contract/ipc/vault-nouns.ts'
import { demandWritable, displayText } from '../files/index.ts'
import { type Notice, type OpenVault, waysIn } from '../vault/index.ts'
import { folderNames } from './places.ts'
import { refusalOf } from './refusal.ts'

/** What the window says of an open vault as a whole. @param typedBack recovery codes typed back on this device */
export function factsOf(vault: OpenVault, typedBack: ReadonlySet<string>, checkouts: number): VaultFacts {
  const { items, binned } = vault.index.items.counts()
  return {
    vaultId: vault.vaultId,
    name: vaultName(vault),
    ...folderNames(vault.path),
    fingerprint: vault.fingerprint,
    openedBy: vault.keys.openedBy,
    items,
    binned,
    ways: waysOf(vault, typedBack),
    readOnly: whyReadOnly(vault),
    trouble: vault.trouble ?? null,
    waitingFor: waitingFor(vault),
    notices: vault.notices.map(noticeOf),
    checkouts,
  }
}

/** Its own name, from the journal; of a vault whose journal has none, its folder's. */
export function vaultName(vault: OpenVault): string {
  const name = vault.index.vault.setting('vault/name')?.value
  return typeof name === 'string' ? displayText(name) : folderNames(vault.path).folderName
}

export function waysOf(vault: OpenVault, typedBack: ReadonlySet<string>): WaysIn {
  const kept = vault.notices.some((notice) => notice.kind === 'opened-by' && notice.keychain === 'kept')
  return {
    keychain: vault.keys.openedBy === 'keychain' || kept,
    passphrase: waysIn(vault).passphrase,
    recovery: recoveryIds(vault).map((recoveryId) => {
      const tested = vault.index.vault.setting(`recovery/${recoveryId}`)?.value
      const testedMs = typeof tested === 'number' ? tested : null
      return { recoveryId, testedMs, typedBack: typedBack.has(recoveryId) }
    }),
  }
}

const RECOVERY_FILE = /^keys\/recovery\/([0-9a-f]{32})\.json$/

/** The vault's recovery codes as the journal pins them now: the keys know those of when they were opened. */
function recoveryIds(vault: OpenVault): readonly RecoveryKeyId[] {
  return [...vault.index.vault.pinnedFiles()].flatMap(([name, { value }]) => {
    const id = parseId<RecoveryKeyId>(RECOVERY_FILE.exec(name)?.[1] ?? '')
    return id === undefined || value === null ? [] : [id]
  })
}

/** Why nothing may be written to the vault now, by its journal or its medium; null: it may. */
export function whyReadOnly(vault: OpenVault): VaultFacts['readOnly'] {
  try {
    vault.journal.demandWritable()
    demandWritable(vault.path)
    return null
  } catch (error) {
    const { code, message } = asVaultError(error)
    return { code, message: displayText(message), next: CODES[code].next }
  }
}

/** Devices whose changes are known of and have not arrived. */
function waitingFor(vault: OpenVault): VaultFacts['waitingFor'] {
  const names = new Map(vault.index.vault.devices().map(({ device, name }) => [device, name]))
  const late = vault.findings.flatMap((finding) => {
    if (finding.kind !== 'missing' && finding.kind !== 'arriving') return []
    return [finding.device === null ? '' : (names.get(finding.device) ?? finding.device.slice(0, 8))]
  })
  return [...new Set(late)].map((device) => ({ device: displayText(device) }))
}

function noticeOf(notice: Notice): OpenNotice {
  switch (notice.kind) {
    case 'first-use':
    case 'cloned':
    case 'opened-by':
      return notice
    case 'moved':
    case 'copied':
      return { kind: notice.kind, from: displayText(notice.from) }
    case 'index-emptied':
      return { kind: notice.kind }
    case 'keychain-not-kept':
      return { kind: notice.kind, error: refusalOf(notice.error) }
    case 'kms-key':
      return { kind: notice.kind, arn: displayText(notice.arn) }
    case 'passed-over':
      return { kind: notice.kind, name: displayText(notice.name), error: refusalOf(notice.error) }
  }
}
