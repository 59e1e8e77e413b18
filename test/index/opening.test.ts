import { describe, expect, it } from 'vitest'
import type { DeviceId } from '../../src/main/contract/ids.ts'
import { openingOf, type Place } from '../../src/main/index/index.ts'
import { newId } from '../journal/support.ts'

const place = (path: string, openedMs: number): Place => ({ path, device: newId<DeviceId>(), openedMs })
const [a, b, c] = [place('/a', 1), place('/b', 3), place('/c', 2)]

describe('a vault folder', () => {
  it.each<[string, readonly Place[], string, readonly string[], ReturnType<typeof openingOf>]>([
    ['where it was is known', [a, b], '/a', ['/a', '/b'], { kind: 'known', place: a }],
    ['where it was is known though the others are gone', [a, b], '/a', ['/a'], { kind: 'known', place: a }],
    ['of a vault that was never opened is a first use', [], '/a', [], { kind: 'first' }],
    ['at a new path, the old one gone, was moved', [a], '/new', [], { kind: 'moved', from: a }],
    ['at a new path, the old one there, was copied', [a], '/new', ['/a'], { kind: 'copied', from: a }],
    ['was moved from the one that is gone', [a, b], '/new', ['/b'], { kind: 'moved', from: a }],
    ['was moved from the newest that is gone', [a, b, c], '/new', ['/b'], { kind: 'moved', from: c }],
    [
      'was copied from the one opened last',
      [a, b, c],
      '/new',
      ['/a', '/b', '/c'],
      { kind: 'copied', from: b },
    ],
  ])('%s', (_what, known, path, there, opening) => {
    expect(openingOf(path, known, new Set(there))).toEqual(opening)
  })
})
