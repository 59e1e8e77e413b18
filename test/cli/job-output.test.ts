import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { VaultError } from '../../src/main/base/index.ts'
import { JobOutput } from '../../src/main/cli/job-output.ts'
import { countText, Output, sizeText } from '../../src/main/cli/output.ts'

/** A stream that keeps what it is given. */
class Sink {
  text = ''
  readonly isTTY = false
  write(text: string): void {
    this.text += text
  }
}

describe('a job that takes long', () => {
  it('says each second to a program how far it is', async () => {
    const streams = { out: new Sink(), err: new Sink() }
    using shown = new JobOutput(new Output(streams, true), false)
    const handle = { bytesDone: 0, pause() {}, resume() {} }
    shown.start(handle)
    shown.event({ kind: 'found', files: 3, bytes: 900, complete: false })
    shown.event({ kind: 'done', path: '/a', target: '/a.sealed', bytes: 100 })
    handle.bytesDone = 250
    await sleep(1_300)
    const lines = streams.out.text.split('\n').filter((line) => line.includes('"progress"'))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: 'progress', files: 1, bytes: 250, foundFiles: 3, foundBytes: 900 },
    ])
    expect(streams.err.text).toBe('')
  })

  it('says nothing more once it has ended', async () => {
    const streams = { out: new Sink(), err: new Sink() }
    const report = { files: 0, bytes: 0, folders: 0, skipped: 0, failed: [], stopped: true, seconds: 1 }
    new JobOutput(new Output(streams, true), false).end(report, 'Sealed')
    const { text } = streams.out
    await sleep(1_300)
    expect([text, streams.out.text]).toEqual([`{"type":"result",${JSON.stringify(report).slice(1)}\n`, text])
  })
})

describe('words for a person', () => {
  it('name a file’s failure once, and never obey what is in its name', () => {
    const streams = { out: new Sink(), err: new Sink() }
    using shown = new JobOutput(new Output(streams, false), false)
    const failed = (path: string, message: string) =>
      shown.event({ kind: 'failed', path, error: new VaultError('NOT_FOUND', message) })
    failed('/a\u001b[2J', 'Can’t read /a\u001b[2J: it does not exist.')
    failed('/b', 'It is gone.')
    const next = 'Check the path and its spelling.'
    expect(streams.err.text).toBe(
      `failed Can’t read /a\\u{1b}[2J: it does not exist. [NOT_FOUND]\n  ${next}\n` +
        `failed /b: It is gone. [NOT_FOUND]\n  ${next}\n`,
    )
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KB'],
    [1_949, '1.9 KB'],
    [99_999, '100.0 KB'],
    [100_000, '100 KB'],
    [262_144, '262 KB'],
    [2_500_000, '2.5 MB'],
    [1_099_511_627_776, '1.1 TB'],
    [9e18, '9000 PB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text)
  })

  it.each([
    [0, '0 files'],
    [1, '1 file'],
    [2, '2 files'],
    [12_345, '12,345 files'],
  ])('%i are %s', (count, text) => {
    expect(countText(count, 'file')).toBe(text)
  })
})
