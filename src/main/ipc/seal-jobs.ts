import { basename } from 'node:path'
import type { CallInput } from '../contract/ipc/calls.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import { displayText, parentOf } from '../files/index.ts'
import { sealFiles, unsealFiles } from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import { placeText } from './places.ts'
import { passphraseFrom } from './secrets.ts'
import type { Session } from './session.ts'
import { EXISTS } from './vault-jobs.ts'

/** Seals files and trees by a passphrase, without a vault; the Secret ends with the job. */
export function sealJob(session: Session, input: CallInput<'jobs.seal'>, from: Peer): JobView {
  const passphrase = passphraseFrom(input.passphrase)
  const { paths, to, place, folder } = whereTo(session, input, from, 'seal')
  return session.jobs.start({
    kind: 'seal',
    place,
    folder,
    ofVault: false,
    again: false,
    run: async ({ options }) => {
      using secret = passphrase
      const way = { kind: 'passphrase', passphrase: secret, allowWeak: input.allowWeakPassphrase } as const
      await sealFiles(
        session.facts.runtime,
        { paths, ...to, exists: EXISTS[input.exists], with: way },
        options,
      )
    },
  })
}

/** Opens sealed files and trees of them by a passphrase. */
export function unsealJob(session: Session, input: CallInput<'jobs.unseal'>, from: Peer): JobView {
  const passphrase = passphraseFrom(input.passphrase)
  const { paths, to, place, folder } = whereTo(session, input, from, 'unseal')
  return session.jobs.start({
    kind: 'unseal',
    place,
    folder,
    ofVault: false,
    again: false,
    run: async ({ options }) => {
      using secret = passphrase
      const way = { kind: 'passphrase', passphrase: secret } as const
      const request = { paths, ...to, exists: EXISTS[input.exists], with: way, requiredContext: new Map() }
      await unsealFiles(session.facts.runtime, request, options)
    },
  })
}

function whereTo(
  { handles }: Session,
  input: Pick<CallInput<'jobs.seal'>, 'sources' | 'to'>,
  from: Peer,
  purpose: 'seal' | 'unseal',
) {
  const paths = input.sources.map((handle) => handles.path(from, 'source', handle))
  const to = input.to === null ? {} : { to: handles.path(from, purpose, input.to) }
  const [first = ''] = paths
  const folder = to.to ?? parentOf(first)
  const place = paths.length === 1 ? displayText(basename(first)) : placeText(folder)
  return { paths, to, place, folder }
}
