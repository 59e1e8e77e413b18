import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../journal/support.ts'
import {
  ARN,
  compared,
  decrypt,
  FROM,
  KEY,
  MINUTE,
  noise,
  note,
  OTHER_ARN,
  record,
  TO,
  told,
  VAULT,
} from './support.ts'

/** What is planted in a trail, and what has to be said of it. */
type Planted = {
  readonly ours?: readonly [timeMs: number, requestId: string]
  readonly theirs: readonly Record<string, unknown>[]
  readonly expected: readonly string[]
}

const WITHIN = fc.integer({ min: FROM + 15 * MINUTE, max: TO - 15 * MINUTE })
const NEW = fc.integer({ min: TO - 15 * MINUTE + 1, max: TO })
const BEFORE = fc.integer({ min: FROM - 600 * MINUTE, max: FROM + 15 * MINUTE - 1 })
/** Of a job that ends now, its calls lie up to hours before. */
const LASTED = fc.integer({ min: 0, max: 120 * MINUTE })

const matched = fc.tuple(WITHIN, LASTED, fc.boolean()).map(([timeMs, lasted, doubled]): Planted => {
  const requestID = randomUUID()
  const event = record(Math.max(FROM, timeMs - lasted), { requestID })
  return {
    ours: [timeMs, requestID],
    theirs: doubled ? [event, event] : [event],
    expected: [`matched ${requestID}`, ...(doubled ? [`doubled ${event.eventID}`] : [])],
  }
})
const unmet = (times: fc.Arbitrary<number>, kind: string) =>
  times.map((timeMs): Planted => {
    const requestID = randomUUID()
    return { ours: [timeMs, requestID], theirs: [], expected: [`${kind} ${requestID}`] }
  })
const foreign = fc
  .tuple(
    WITHIN,
    fc.constantFrom('Decrypt', 'ReEncrypt', 'DisableKey', 'DescribeKey'),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([timeMs, eventName, isRefused, doubled]): Planted => {
    const event = record(timeMs, { eventName, ...(isRefused && { errorCode: 'AccessDenied' }) })
    const kind = isRefused ? 'failed' : 'foreign'
    return {
      theirs: doubled ? [event, event] : [event],
      expected: [`${kind} ${event.eventID}`, ...(doubled ? [`doubled ${event.eventID}`] : [])],
    }
  })
const ofOthers = WITHIN.map((timeMs): Planted => {
  const resources = [{ type: 'AWS::KMS::Key', ARN: OTHER_ARN }]
  const other = record(timeMs, { resources, requestParameters: { keyId: OTHER_ARN } })
  return { theirs: [other, noise(timeMs)], expected: [] }
})
const planted = fc.array(
  fc.oneof(
    matched,
    unmet(WITHIN, 'missing'),
    unmet(NEW, 'awaited'),
    unmet(BEFORE, 'outside'),
    foreign,
    ofOthers,
  ),
  { maxLength: 60 },
)

describe('reconcile', () => {
  it('tells exactly what was planted, in whatever order CloudTrail delivers it', async () => {
    const shuffled = planted.chain((plants) => {
      const theirs = plants.flatMap((plant) => plant.theirs)
      return fc.tuple(
        fc.constant(plants),
        fc.shuffledSubarray(theirs, { minLength: theirs.length, maxLength: theirs.length }),
      )
    })
    await fc.assert(
      fc.asyncProperty(shuffled, async ([plants, theirs]) => {
        const ours = plants.flatMap((plant) =>
          plant.ours ? [note(plant.ours[0], [decrypt(plant.ours[1])])] : [],
        )
        const lines = await compared(ours, [noise(TO), ...theirs, noise(FROM)])
        expect(told(lines)).toEqual(plants.flatMap(({ expected }) => expected).sort())
        const records = theirs.length + 2
        expect(lines.at(-1)).toEqual({ kind: 'span', records, sinceMs: FROM, untilMs: TO })
      }),
      { numRuns: 200 },
    )
  }, 60_000)

  it('tells of use from elsewhere: who, from where, by what program, when, and what it touched', async () => {
    const [line] = await compared([], [record(FROM)])
    if (line?.kind !== 'foreign') throw new Error('nothing foreign')
    expect(line.use).toBe('use')
    expect(line.event).toMatchObject({
      principal: 'arn:aws:iam::111122223333:user/Alice',
      address: '192.0.2.0',
      userAgent: 'aws-cli/2.31',
      timeMs: FROM,
      operation: 'Decrypt',
      arns: [ARN],
      contexts: [{ 'strongroom-vault': VAULT }],
    })
  })

  it.each([
    ['Decrypt', 'use'],
    ['GenerateDataKey', 'use'],
    ['ScheduleKeyDeletion', 'change'],
    ['PutKeyPolicy', 'change'],
    ['DescribeKey', 'look'],
    ['ListGrants', 'look'],
  ])('%s from elsewhere is called: %s', async (eventName, use) => {
    expect(await compared([], [record(FROM, { eventName })])).toMatchObject([{ kind: 'foreign', use }, {}])
  })

  it('a call of ours that AWS refused is matched; one of others is told apart from use', async () => {
    const denied = { errorCode: 'AccessDenied', resources: null, requestParameters: null }
    const mine = record(FROM, { ...denied, requestID: 'r1' })
    const theirs = record(FROM, {
      ...denied,
      errorMessage: `User is not authorized to perform: kms:Decrypt on resource: ${ARN}`,
    })
    const lines = await compared([note(FROM, [decrypt('r1')])], [mine, theirs])
    expect(told(lines)).toEqual([`failed ${theirs.eventID}`, 'matched r1'])
  })

  it('finds the key where a record names it by its bare id, or among the two of a ReEncrypt', async () => {
    const bare = { resources: null, requestParameters: { keyId: ARN.split('/')[1] } }
    const two = { eventName: 'ReEncrypt', resources: [{ ARN: OTHER_ARN }, { ARN }] }
    const elsewhere = { ...bare, recipientAccountId: '999999999999' }
    const all = [record(FROM, bare), record(FROM, two), record(FROM, elsewhere)]
    const lines = await compared([], all)
    expect(told(lines)).toEqual([`foreign ${all[0]?.eventID}`, `foreign ${all[1]?.eventID}`].sort())
  })

  it('does not take an event for ours by a request id alone: operation and key must be the same', async () => {
    const events = [
      record(FROM + 60 * MINUTE, { requestID: 'r1', eventName: 'ReEncrypt' }),
      record(FROM + 60 * MINUTE, { requestID: 'r1', resources: [], requestParameters: { keyId: OTHER_ARN } }),
    ]
    const lines = await compared(
      [note(FROM + 60 * MINUTE, [decrypt('r1')])],
      [noise(FROM), ...events, noise(TO)],
    )
    expect(told(lines)).toEqual([`foreign ${events[0]?.eventID}`, 'missing r1'])
  })

  it('one call that AWS tells of in two accounts is told once, and once more as doubled', async () => {
    const [first, second] = [record(FROM, { sharedEventID: 's' }), record(FROM, { sharedEventID: 's' })]
    expect(told(await compared([], [first, second]))).toEqual([
      `doubled ${second.eventID}`,
      `foreign ${first.eventID}`,
    ])
  })

  it('a second event of one call of ours is doubled, also under another event id', async () => {
    const [first, second] = [record(FROM, { requestID: 'r1' }), record(FROM, { requestID: 'r1' })]
    const lines = await compared([note(FROM, [decrypt('r1')])], [first, second])
    expect(told(lines)).toEqual([`doubled ${second.eventID}`, 'matched r1'])
  })

  it('a request id that the vault records twice is told: its record is not honest', async () => {
    const ours = [note(FROM, [decrypt('r1')]), note(FROM, [decrypt('r1')])]
    expect(told(await compared(ours, [record(FROM, { requestID: 'r1' })]))).toEqual([
      'matched r1',
      'repeated r1',
    ])
  })

  describe('a call whose answer never came, so that it has no request id', () => {
    const [version, at] = [newId(), FROM + 60 * MINUTE]
    const context = (of: string, vault: string = VAULT) => ({
      requestParameters: {
        keyId: ARN,
        encryptionContext: { 'strongroom-vault': vault, 'strongroom-version': of },
      },
    })
    const ours = [note(at, [decrypt('')], [version])]

    it('is matched by operation, key, context and time', async () => {
      const event = record(at - 14 * MINUTE, context(version))
      expect(await compared(ours, [event])).toMatchObject([{ kind: 'matched', by: 'context' }, {}])
    })

    it.each([
      ['another file', record(at, context(newId()))],
      ['another vault', record(at, context(version, newId()))],
      ['another operation', record(at, { ...context(version), eventName: 'ReEncrypt' })],
      ['another time', record(at - 16 * MINUTE, context(version))],
      ['no context', record(at, { requestParameters: { keyId: ARN } })],
    ])('is not matched with an event of %s', async (_, event) => {
      const lines = await compared(ours, [noise(FROM), event, noise(TO)])
      expect(told(lines)).toEqual([`foreign ${event.eventID}`, 'missing '])
    })

    it('each event takes one call: of two events like one call, one is from elsewhere', async () => {
      const events = [record(at + MINUTE, context(version)), record(at, context(version))]
      const lines = await compared(ours, events)
      expect(told(lines)).toEqual([`foreign ${events[0]?.eventID}`, 'matched '])
    })
  })

  it('what the trail covers can be said by a person: a trail that ends early then hides nothing', async () => {
    const ours = [note(FROM + 60 * MINUTE, [decrypt('r1')])]
    expect(told(await compared(ours, [noise(FROM)]))).toEqual(['awaited r1'])
    expect(told(await compared(ours, [noise(FROM)], { untilMs: TO }))).toEqual(['missing r1'])
    expect(told(await compared(ours, []))).toEqual(['outside r1'])
    expect(told(await compared(ours, [], { sinceMs: FROM, untilMs: TO }))).toEqual(['missing r1'])
  })

  it('looks at no key but the vault’s, and says what is no record of CloudTrail', async () => {
    const values = [
      record(FROM, { resources: [{ ARN: OTHER_ARN }], requestParameters: null }),
      5,
      { eventID: 'x' },
    ]
    expect(told(await compared([], values))).toEqual(['malformed', 'malformed'])
    expect(told(await compared([], [record(FROM)], { arns: new Map([[KEY, OTHER_ARN]]) }))).toEqual([])
  })
})
