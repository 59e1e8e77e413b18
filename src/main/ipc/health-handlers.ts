import type { CallInput, CallName } from '../contract/ipc/calls.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import { checkVault, readRecoverySheet, rebuildIndex, repairVault, testRecovery } from '../vault/index.ts'
import type { Peer } from './desktop.ts'
import type { Handlers } from './handlers.ts'
import { codeFrom } from './secrets.ts'
import type { Session } from './session.ts'
import { startVaultJob, type VaultWork } from './start-vault-job.ts'

/** Whether the vault is sound, mending it, and whether it could be opened if all else were lost. */
export function healthHandlers(session: Session): Handlers<Extract<CallName, `health.${string}`>> {
  const { holder, findings } = session
  return {
    'health.summary': () => holder.use(() => findings.health),
    'health.findings': ({ from, count }) => holder.use(() => findings.window(from, count)),
    'health.check': ({ readData, download }) =>
      startVaultJob(session, 'check', async (vault, { options, counted, expects }) => {
        const { versions } = vault.index.items.counts()
        expects({ files: versions, bytes: 0 })
        const report = await checkVault(vault, {
          readData,
          download,
          signal: options.signal,
          onProgress: counted,
        })
        expects({ files: report.files, bytes: report.bytes })
        if (!report.stopped) findings.keep(report, readData)
      }),
    'health.repair': () =>
      startVaultJob(session, 'repair', async (vault, { counted, failed }) => {
        const report = await repairVault(vault)
        for (const { name, code, message } of report.left) failed(name, { code, message })
        counted({ files: report.adopted.length + report.removed.length, bytes: 0 })
      }),
    'health.rebuild-index': async () => {
      await holder.use((vault) => rebuildIndex(vault))
      holder.note()
      return null
    },
    'health.test-recovery': (input, from) => testJob(session, input, from),
  }
}

async function testJob(
  session: Session,
  { code, files }: CallInput<'health.test-recovery'>,
  from: Peer,
): Promise<JobView> {
  const secret =
    code.kind === 'typed'
      ? codeFrom(code.typed)
      : readRecoverySheet(session.handles.path(from, 'recovery-file', code.file))
  const run: VaultWork = async (vault, { counted, failed }) => {
    using own = secret
    const test = await testRecovery(vault, own, files)
    counted({ files: test.opened.length, bytes: 0 })
    for (const { path, error } of test.failed) failed(path, error)
    session.tell({ kind: 'vault', vault: session.vaultState })
  }
  try {
    return await startVaultJob(session, 'recovery-test', run, false)
  } catch (error) {
    secret[Symbol.dispose]()
    throw error
  }
}
