import { beginEpoch } from './epoch.ts'
import { removeRecipient } from './kms-keys.ts'
import { epochOpenTo, type MemberName, memberNamed } from './member.ts'
import { type Exposure, exposureOf } from './member-exposure.ts'
import type { OpenVault } from './open-vault.ts'
import { type ReencryptReport, reencryptItems } from './reencrypt.ts'
import { type RewrapReport, rewrapVersions } from './rewrap.ts'

export type RemoveMemberRequest = MemberName & {
  readonly rewrap: boolean
  readonly reencrypt: boolean
  readonly signal?: AbortSignal
}

export type RemoveMemberReport = {
  /** False: a run before this had begun it. */
  readonly epochBegun: boolean
  readonly rewrapped: RewrapReport | undefined
  readonly reencrypted: ReencryptReport | undefined
  readonly exposure: Exposure
}

/**
 * Removes a member (ARCHITECTURE, "Who can do what in a team"): their key is no recipient any more; a new epoch, which
 * it does not open; on wish all files are wrapped without it, and encrypted anew. What it opens all the same is in the
 * report. Killed, the same call goes on with what is left.
 *
 * @param open gives the vault, opened anew each time: a session ends with its epoch
 * @throws KEY_NOT_FOUND · LAST_WAY_IN nobody else would open the vault · USAGE the version is not retired
 */
export async function removeMember(
  open: () => Promise<OpenVault>,
  request: RemoveMemberRequest,
): Promise<RemoveMemberReport> {
  const epochBegun = await shutOut(open, request)
  await using vault = await open()
  const { signal } = request
  const how = signal ? { signal } : {}
  const rewrapped = request.rewrap ? await rewrapVersions(vault, how) : undefined
  const reencrypted = request.reencrypt ? await reencryptItems(vault, ['/'], how) : undefined
  return {
    epochBegun,
    rewrapped,
    reencrypted,
    exposure: await exposureOf(vault, memberNamed(vault, request)),
  }
}

/** Recipient out, and a new epoch where the metadata key of now was ever wrapped for the member. */
async function shutOut(open: () => Promise<OpenVault>, request: RemoveMemberRequest): Promise<boolean> {
  await using vault = await open()
  const member = memberNamed(vault, request)
  const { key } = member
  if (request.version === undefined && key.recipient) await removeRecipient(vault, key)
  if (epochOpenTo(vault, member) < (vault.keys.newest[0]?.epoch ?? 0)) return false
  await beginEpoch(vault)
  return true
}
