import { displayText } from '../files/index.ts'
import {
  countByKeyVersion,
  impactOf,
  type OpenVault,
  type WrappingKey,
  waysIn,
  wrappingKeys,
} from '../vault/index.ts'
import { countText, type Output, sizeText } from './output.ts'

const SHOWN = 20

/** Keys, their versions, what each opens, and the ways in. */
export function sayKeys(vault: OpenVault, output: Output): void {
  const counts = countByKeyVersion(vault)
  const keys = wrappingKeys(vault).map((key) => ({
    ...key,
    versions: key.versions.map((version) => ({ ...version, opens: counts.get(version.keyVersionId) ?? 0 })),
  }))
  const ways = waysIn(vault)
  output.document({ keys, ways })
  for (const { keyId, arn, label, recipient, versions } of keys) {
    output.say(
      `${displayText(label)}  ${arn === undefined ? keyId : displayText(arn)}${recipient ? '' : '  (new files are not locked with it)'}`,
    )
    for (const [at, { keyVersionId, state, createdMs, opens }] of versions.entries()) {
      const made = new Date(createdMs).toISOString().slice(0, 10)
      output.say(
        `  v${at + 1}  ${keyVersionId}  ${state.padEnd(9)}  made ${made}  opens ${countText(opens, 'version')} of files`,
      )
    }
  }
  output.say(
    `Ways in: ${[
      ...(ways.keychain ? ['keychain'] : []),
      ...(ways.kms.length > 0 ? ['AWS KMS'] : []),
      ...(ways.passphrase ? ['passphrase'] : []),
    ].join(', ')}`,
  )
  for (const { id, testedMs } of ways.recoveries) {
    const tested =
      testedMs === null ? 'never tested' : `tested ${new Date(testedMs).toISOString().slice(0, 10)}`
    output.say(`  recovery code ${id}  ${tested}`)
  }
}

/** What would be unreadable without some versions of keys. */
export function sayImpact(
  vault: OpenVault,
  versions: ReadonlySet<WrappingKey['versions'][number]['keyVersionId']>,
  output: Output,
): void {
  const affected = [...impactOf(vault, versions)]
  const bytes = affected.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  output.emit({ type: 'result', affected, bytes })
  for (const { path, version, current, inBin } of affected.slice(0, SHOWN)) {
    output.say(
      `${displayText(path)}  version ${version}${current ? '' : '  (an older one)'}${inBin ? '  (in the bin)' : ''}`,
    )
  }
  if (affected.length > SHOWN) output.say(`… and ${affected.length - SHOWN} more; --json lists all.`)
  output.say(`${countText(affected.length, 'version')} of files (${sizeText(bytes)}) would be unreadable.`)
}
