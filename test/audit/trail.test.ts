import { describe, expect, it } from 'vitest'
import { cutRecords, parseTrailRecord } from '../../src/main/audit/index.ts'
import { refusalOf } from '../support/refusal.ts'
import { collected, FROM, record } from './support.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const cut = async (...pieces: readonly Uint8Array[]) => await collected(cutRecords(pieces, 'trail.json'))

/** Texts that would mislead whoever counts brackets or quotes. */
const TRICKY = { a: '}]{"Records":[', b: '\\" \\\\', c: ['[', { d: '}' }], ü: '€😀', e: '\\' }

describe('a trail’s records', () => {
  const records = [record(FROM), TRICKY, {}]
  const shapes = {
    'a file of CloudTrail': JSON.stringify({ Records: records }),
    'the same with line breaks': JSON.stringify({ Records: records }, null, 2),
    'a reply of LookupEvents': JSON.stringify({ Events: records, NextToken: 'Records' }),
    'a list of records': JSON.stringify(records),
    'several files in one': `${JSON.stringify({ Records: records.slice(0, 1) })}\n${JSON.stringify({ Records: records.slice(1) })}`,
    'a file with a byte order mark': `\uFEFF${JSON.stringify({ Records: records })}`,
  }

  it.each(Object.entries(shapes))('are read from %s, wherever the pieces end', async (_, text) => {
    const whole = bytes(text)
    expect(await cut(whole)).toEqual(records)
    for (let at = 0; at < whole.length; at++) {
      expect(await cut(whole.slice(0, at), whole.slice(at))).toEqual(records)
    }
    expect(await cut(...Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(records)
  })

  it('are read from no other list than that of records', async () => {
    expect(await cut(bytes(JSON.stringify({ Other: [{ a: 1 }], Records: [{ b: 2 }] })))).toEqual([{ b: 2 }])
  })

  it('are refused where the file ends in the middle, at every byte', async () => {
    const whole = bytes(shapes['a file of CloudTrail'])
    for (let at = 0; at < whole.length; at += 7) {
      expect((await refusalOf(cut(whole.slice(0, at)))).code).toBe('USAGE')
    }
  })

  it.each([
    ['no JSON', 'hello'],
    ['no trail', '{"logFiles":[{"a":1}]}'],
    ['a list closed as an object', '{"Records":[{"a":1}}}'],
    ['a record that is no JSON', '{"Records":[{a:1}]}'],
    ['nested 100 deep', `{"Records":[${'{"a":'.repeat(100)}1${'}'.repeat(100)}]}`],
    ['a record of 3 MiB', `{"Records":[{"a":"${'x'.repeat(3 * 1024 * 1024)}"}]}`],
    ['nothing', ''],
  ])('are refused from what holds %s', async (_, text) => {
    expect((await refusalOf(cut(bytes(text)))).code).toBe('USAGE')
  })

  it('LookupEvents’ records are those of CloudTrail, within others', () => {
    const inner = record(FROM)
    const outer = { EventId: inner.eventID, EventName: 'Decrypt', CloudTrailEvent: JSON.stringify(inner) }
    expect(parseTrailRecord(outer)).toEqual(parseTrailRecord(inner))
    expect(parseTrailRecord({ ...outer, CloudTrailEvent: '{' })).toBe('malformed')
  })
})
