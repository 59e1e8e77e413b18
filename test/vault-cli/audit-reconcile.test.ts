import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCli } from '../support/cli.ts'
import { startKms } from '../support/kms.ts'
import { KmsVault } from '../support/kms-vault.ts'

type Line = {
  readonly type: string
  readonly event?: { readonly eventId: string; readonly operation: string; readonly principal: string }
  readonly path?: string
}
type Result = Line & Readonly<Record<string, number>>

/** On moto behind the gate: the trail is the gate’s word, in CloudTrail’s form. */
let kms: Awaited<ReturnType<typeof startKms>>
let vault: KmsVault
/** What the gate has seen of `add` and `get`, which note their calls. */
let noted: readonly Readonly<Record<string, unknown>>[]
beforeAll(async () => {
  kms = await startKms()
  const key = await kms.gate.createKey()
  vault = await KmsVault.create(kms.gate, [key.arn])
  const before = kms.gate.trail().Records.length
  await vault.device.does('add', vault.source('a', 'one'), vault.source('b', 'two'))
  await vault.device.does('get', '/a', '/b', '--to', vault.work.at('out'))
  noted = kms.gate.trail().Records.slice(before)
})
afterAll(async () => {
  vault[Symbol.dispose]()
  await kms[Symbol.asyncDispose]()
})

async function reconcile(...words: readonly string[]) {
  const { stateFolder } = vault.device
  const env = { ...kms.gate.env(kms.gate.admin), STRONGROOM_STATE_DIR: stateFolder }
  const { code, out } = await startCli(['audit', 'reconcile', vault.path, ...words, '--json'], { env }).ended
  const lines = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))
  return { code, lines: lines.slice(0, -1), result: lines.at(-1) as Result }
}

const write = (name: string, value: unknown, packed = false) => {
  const text = JSON.stringify(value)
  writeFileSync(vault.work.at(name), packed ? gzipSync(text) : text)
  return vault.work.at(name)
}

const sound = { foreign: 0, failed: 0, missing: 0, repeated: 0, malformed: 0, unread: 0 }

it('every call that add and get noted is in AWS’s trail, and the other way round', async () => {
  expect(noted.length).toBeGreaterThan(4)
  const { code, lines, result } = await reconcile('--trail', write('all.json', { Records: noted }))
  expect(lines).toEqual([])
  expect([code, result]).toEqual([0, expect.objectContaining({ ...sound, matched: noted.length })])
})

it('the trail is read from folders, packed, and as replies of LookupEvents; digests beside it are passed over', async () => {
  const [first, ...others] = noted
  mkdirSync(vault.work.at('AWSLogs/CloudTrail/2026'), { recursive: true })
  mkdirSync(vault.work.at('AWSLogs/CloudTrail-Digest'), { recursive: true })
  write('AWSLogs/CloudTrail/2026/1.json.gz', { Records: others }, true)
  write('AWSLogs/CloudTrail-Digest/d.json.gz', { logFiles: [] }, true)
  const reply = write('lookup', { Events: [{ EventId: 'x', CloudTrailEvent: JSON.stringify(first) }] })
  const { code, result } = await reconcile('--trail', vault.work.at('AWSLogs'), reply)
  expect([code, result]).toEqual([0, expect.objectContaining({ ...sound, matched: noted.length })])
})

it('use of the key from elsewhere, a call that the trail lacks and one told twice are told as such', async () => {
  const stranger = { arn: 'arn:aws:iam::111122223333:user/Mallory' }
  // All uses so far: the openings by the tests above are noted, too.
  const used = kms.gate
    .trail()
    .Records.filter(({ eventName }) => ['Encrypt', 'Decrypt', 'GenerateDataKey'].includes(String(eventName)))
  const [first, second, third] = used
  const planted = { ...first, eventID: 'planted', requestID: 'planted', userIdentity: stranger }
  const denied = { ...planted, eventID: 'denied', requestID: 'denied', errorCode: 'AccessDenied' }
  const looked = { ...planted, eventID: 'looked', requestID: 'looked', eventName: 'DescribeKey' }
  const trail = write('planted.json', {
    Records: [...used.slice(1), planted, denied, looked, second, third],
  })
  const far = ['--since', '2020-01-01', '--until', '2100-01-01']
  const { code, lines, result } = await reconcile('--trail', trail, ...far)
  expect(code).toBe(4)
  const counts = { foreign: 1, failed: 1, missing: 1, doubled: 2, looks: 1, matched: used.length - 1 }
  expect(result).toMatchObject(counts)
  expect(lines.map(({ type, event }) => [type, event?.eventId]).sort()).toEqual([
    ['failed', 'denied'],
    ['foreign', 'planted'],
    ['missing', undefined],
  ])
  expect(lines.find(({ type }) => type === 'foreign')?.event?.principal).toBe(stranger.arn)
  // Without a word on what the trail covers, the newest calls may still be on their way.
  const { result: open } = await reconcile('--trail', trail)
  expect(open).toMatchObject({ missing: 0 })
  // The one that was left out, and the opening by the run above.
  expect((open.awaited ?? 0) + (open.outside ?? 0)).toBe(2)
})

it('a file that is no trail, or not whole, is named; the others are read all the same', async () => {
  const good = write('good.json', { Records: noted })
  const cut = vault.work.at('cut.json.gz')
  writeFileSync(cut, gzipSync(JSON.stringify({ Records: noted })).subarray(0, -20))
  const text = vault.work.at('text.json')
  writeFileSync(text, 'hello')
  const { code, lines, result } = await reconcile('--trail', text, cut, good)
  expect([code, result]).toEqual([4, expect.objectContaining({ unread: 2 })])
  expect(lines.filter(({ type }) => type === 'unread').map(({ path }) => path)).toEqual([text, cut])
  expect(result.matched).toBe(noted.length)
  const { code: none } = await reconcile('--trail', vault.work.at('nothing here'))
  expect(none).toBe(7)
})
