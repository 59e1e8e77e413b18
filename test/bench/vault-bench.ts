/**
 * A large vault, made with real messages and a real journal, then used by the real command:
 *
 *     npx node test/bench/vault-bench.ts [items] [--dir folder] [--segments n] [--quick]
 *
 * Default 100,000 items; SPEED.md's other goal is 1,000,000. Each measured command is a process of its own, so
 * that its time and its peak memory are its own.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { concat, hex, randomBytes, Secret, writeBase64 } from '../../src/main/base/index.ts'
import { type ItemId, idFromBytes, ROOT_ID, type VersionId } from '../../src/main/contract/ids.ts'
import { CONTEXT } from '../../src/main/jobs/index.ts'
import { type Group, parseHash } from '../../src/main/journal/index.ts'
import { wrapKey, writeEntry, writeKeyRecord } from '../../src/main/keys/index.ts'
import { sealMessage, wrapRawAes, writeEdk } from '../../src/main/message/index.ts'
import {
  createVault,
  type OpenVault,
  openVault,
  readRecoverySheet,
  wrappingKeys,
  writeRecoverySheet,
} from '../../src/main/vault/index.ts'
import { shell } from './peers.ts'

const ROOT = join(import.meta.dirname, '../..')
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { dir: { type: 'string' }, segments: { type: 'string' }, quick: { type: 'boolean' } },
})
const COUNT = Number(positionals[0] ?? 100_000)
const SEGMENTS = Number(values.segments ?? 0)
const DIR = values.dir ?? join(ROOT, '.scratch/vault-bench')
const VAULT = `${DIR}/vault`
const STATE = `${DIR}/state`
const SHEET = `${DIR}/code`
const RUN = `${join(ROOT, 'node_modules/node/bin/node')} ${join(ROOT, 'out/main/bin.js')}`
const LARGE_FOLDER = 10_000
const FOLDER = 100
const BATCH = 512
const CONTENT = 64

function newId<T extends ItemId | VersionId>(): T {
  const id = idFromBytes<T>(randomBytes(16))
  if (id === undefined) throw new Error('no id')
  return id
}

type Maker = (name: string, parent: ItemId) => Group

/** Makes messages and what the journal says of them, as `add` does; unsynced, which only the making profits from. */
async function makerFor(vault: OpenVault): Promise<Maker> {
  const [key] = wrappingKeys(vault)
  const [version] = key?.versions ?? []
  const [metadata] = vault.keys.newest
  if (key === undefined || version === undefined || metadata === undefined)
    throw new Error('a vault without keys')
  const { vaultId } = vault
  const masterKey = await vault.keys.masterKey(version.keyVersionId)
  const recipient = {
    kind: 'local' as const,
    keyId: key.keyId,
    keyVersionId: version.keyVersionId,
    masterKey,
  }
  return (name, parent) => {
    const [item, versionId] = [newId<ItemId>(), newId<VersionId>()]
    using fileKey = Secret.random('file key')
    const record = wrapKey(fileKey, { vaultId, subject: versionId }, [recipient])
    const facts = { name, parent, sizeBytes: CONTENT, mtimeMs: 1_700_000_000_000, mode: 0o644 }
    const entry = writeEntry(facts, { vaultId, itemId: item, versionId }, metadata.id, metadata.key)
    const context = new Map<string, string>([
      [CONTEXT.vault, vaultId],
      [CONTEXT.item, item],
      [CONTEXT.version, versionId],
      [CONTEXT.entry, entry],
      [CONTEXT.key, writeBase64(writeKeyRecord(record))],
    ])
    const raw = { namespace: 'strongroom', name: versionId, key: fileKey.keyObject() }
    const message = sealMessage(randomBytes(CONTENT), {
      context,
      wrap: (dataKey, whole) => [wrapRawAes(raw, dataKey, whole)],
    })
    const fd = openSync(`${VAULT}/items/${versionId.slice(0, 2)}/${versionId}.sealed`, 'wx', 0o600)
    writeSync(fd, message)
    closeSync(fd)
    const hash = (text: string) => parseHash(text) ?? fail()
    return [
      { kind: 'put', item, itemKind: 'file', parent, name, mtimeMs: null, mode: 0o644 },
      {
        kind: 'version',
        item,
        version: versionId,
        bases: [],
        sizeBytes: CONTENT,
        lengthBytes: message.length,
        sha256: hash(createHash('sha256').update(message).digest('hex')),
        commit: hash(hex(record.commitment)),
        mtimeMs: facts.mtimeMs,
      },
      ...record.edks.map((edk) => {
        return {
          kind: 'key' as const,
          version: versionId,
          key: key.keyId,
          edk: concat(...writeEdk(edk)),
          keyMaterialId: null,
        }
      }),
    ]
  }
}

function fail(): never {
  throw new Error('a hash that is none')
}

async function make(): Promise<void> {
  rmSync(DIR, { recursive: true, force: true })
  mkdirSync(DIR, { recursive: true })
  await createVault({
    path: VAULT,
    stateFolder: STATE,
    name: 'large',
    keychain: false,
    passphrase: Secret.take(new TextEncoder().encode(hex(randomBytes(16))), 'passphrase'),
    recovery: { path: SHEET, give: (code, facts) => writeRecoverySheet(SHEET, code, facts) },
  })
  for (let byte = 0; byte < 256; byte++)
    mkdirSync(`${VAULT}/items/${hex(Uint8Array.of(byte))}`, { recursive: true, mode: 0o700 })
  using code = readRecoverySheet(SHEET)
  await using vault = await openVault({ path: VAULT, stateFolder: STATE, way: { kind: 'recovery', code } })
  const maker = await makerFor(vault)
  let folder: ItemId = ROOT_ID
  let groups: Group[] = []
  for (let made = 0; made < COUNT; made++) {
    const inLarge = made < LARGE_FOLDER
    if (made === 0 || (!inLarge && made % FOLDER === 0)) {
      folder = newId<ItemId>()
      const name = inLarge ? 'large' : `folder ${made / FOLDER}`
      groups.push([
        { kind: 'put', item: folder, itemKind: 'folder', parent: ROOT_ID, name, mtimeMs: 1, mode: 0o755 },
      ])
    }
    groups.push(maker(`file number ${made}.txt`, folder))
    if (groups.length < BATCH && made < COUNT - 1) continue
    await vault.record(...groups)
    groups = []
  }
}

/** Segments of as many runs of the command: each with one folder, and closed by the same write. */
async function manyRuns(count: number): Promise<void> {
  using code = readRecoverySheet(SHEET)
  const way = { kind: 'recovery', code } as const
  await using vault = await openVault({ path: VAULT, stateFolder: STATE, way, single: true })
  for (let run = 0; run < count; run++) {
    const item = newId<ItemId>()
    const facts = {
      itemKind: 'folder',
      parent: ROOT_ID,
      name: `run ${run}`,
      mtimeMs: 1,
      mode: 0o755,
    } as const
    await vault.record([{ kind: 'put', item, ...facts }])
  }
}

function measure(what: string, words: string, state = STATE): void {
  const out = shell(
    `STRONGROOM_STATE_DIR=${state} /usr/bin/time -f 'took %e peak %M' ${RUN} ${words} --recovery-file ${SHEET} 2>&1 >/dev/null`,
  )
  const [, seconds, peak] = /took ([\d.]+) peak (\d+)/.exec(out) ?? []
  console.log(
    `${what.padEnd(44)} ${Number(seconds).toFixed(2).padStart(7)} s  peak ${(Number(peak) / 1024).toFixed(0).padStart(4)} MiB`,
  )
}

const sizeOf = (path: string): number => {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

const startedAt = performance.now()
await make()
console.log(
  `${COUNT.toLocaleString('en')} items made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
)
if (SEGMENTS > 0) {
  const begun = performance.now()
  await manyRuns(SEGMENTS)
  console.log(
    `${SEGMENTS} runs, each with its segment: ${((performance.now() - begun) / SEGMENTS).toFixed(1)} ms a run`,
  )
}
console.log(
  `journal ${megabytes(sizeOf(`${VAULT}/journal`))}, state (index and anchors) ${megabytes(sizeOf(STATE))}`,
)
writeFileSync(`${DIR}/one.txt`, 'one more\n')
measure('open and list the root', `ls ${VAULT} /`)
measure('list a folder of 10,000', `ls ${VAULT} /large`)
measure('find a text that one name has', `find ${VAULT} "number ${COUNT - 1}"`)
measure('find a text that all names have (10,000 shown)', `find ${VAULT} file`)
measure('add one file', `add ${VAULT} ${DIR}/one.txt`)
measure('get one file', `get ${VAULT} /one.txt --to ${DIR}/out`)
measure('check', `check ${VAULT}`)
const [{ keyId }] = (
  JSON.parse(
    shell(`STRONGROOM_STATE_DIR=${STATE} ${RUN} key ls ${VAULT} --json --recovery-file ${SHEET}`),
  ) as { keys: [{ keyId: string }] }
).keys
measure('key rotate', `key rotate ${VAULT} ${keyId} --no-keychain --drop-passphrase`)
measure('key rewrap, all', `key rewrap ${VAULT}`)
if (!values.quick) measure('check --read-data', `check ${VAULT} --read-data`)
measure('first opening on another computer', `ls ${VAULT} /`, `${DIR}/state2`)
measure('its second', `ls ${VAULT} /`, `${DIR}/state2`)
console.log(`its state ${megabytes(sizeOf(`${DIR}/state2`))}`)
rmSync(DIR, { recursive: true, force: true })
