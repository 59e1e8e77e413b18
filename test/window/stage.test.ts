import { describe, expect, it } from 'vitest'
import { readStage, refusedStart, sealedIn } from '../../src/main/shell/stage.ts'

describe('sealed files on the command line', () => {
  it('are paths, relative ones to the folder that the program was started in', () => {
    const argv = ['strongroom', '/a/Deed.pdf.sealed', 'b/Will.sealed', '--state-dir=/x.sealed', 'Deed.pdf']
    expect(sealedIn(argv, '/home/ada')).toEqual(['/a/Deed.pdf.sealed', '/home/ada/b/Will.sealed'])
  })

  it('are file URLs, too, as a file manager gives them for %U', () => {
    const argv = ['strongroom', 'file:///home/ada/My%20papers/%C3%9Cbung.SEALED', 'FILE:/tmp/a.sealed']
    expect(sealedIn(argv)).toEqual(['/home/ada/My papers/Übung.SEALED', '/tmp/a.sealed'])
  })

  it.each(['file://other-computer/a.sealed', 'file:///a%2Fb.sealed', 'file:///%E0%A4%A.sealed'])(
    'are nothing if a URL is of no file here: %s',
    (url) => {
      expect(sealedIn(['strongroom', url])).toEqual([])
    },
  )
})

describe('a start of the window', () => {
  const started = (args: readonly string[], version: string) => readStage(['strongroom', ...args], version)

  it('without Chromium’s sandbox opens no real vault, and says what to do', () => {
    expect(refusedStart(started([], '45.4.1'), false)).toContain('--no-sandbox')
    expect(refusedStart(started([], '45.4.1'), true)).toBeUndefined()
  })

  it('in the test host opens no real vault', () => {
    expect(refusedStart(started([], '45.4.1-host'), true)).toContain('test host')
  })

  it('with throw-away vaults needs neither', () => {
    const preview = started(['--preview'], '45.4.1-host')
    using _ = preview.scratch
    expect(refusedStart(preview, false)).toBeUndefined()
    expect(refusedStart(started(['--test', '--state-dir=/nowhere'], '45.4.1-host'), false)).toBeUndefined()
  })
})
