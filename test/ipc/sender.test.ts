import { expect, it } from 'vitest'
import { isOwnMainFrame } from '../../src/main/ipc/index.ts'

const known = (id: number): boolean => id === 1

/** A frame that calls, in a window whose main frame it is unless another is given. */
function calling(url: string, options: { readonly id?: number; readonly isMain?: boolean } = {}): boolean {
  const { id = 1, isMain = true } = options
  const mainFrame = { url: 'app://strongroom/index.html', parent: null }
  const senderFrame = isMain ? { url, parent: null } : { url, parent: mainFrame }
  return isOwnMainFrame({ sender: { id, mainFrame: isMain ? senderFrame : mainFrame }, senderFrame }, known)
}

it('a call is taken from the main frame of a window of ours, on our own page', () => {
  expect(calling('app://strongroom/index.html')).toBe(true)
})

it('a call is not taken from a frame inside the window, be it of our own origin', () => {
  expect(calling('app://strongroom/index.html', { isMain: false })).toBe(false)
  expect(calling('app://preview/preview.html', { isMain: false })).toBe(false)
})

it('a call is not taken from another page, nor from an origin that looks like ours', () => {
  for (const url of [
    'https://evil.example/',
    'app://preview/preview.html',
    'app://sheet/00',
    'app://strongroom.evil/',
    'app://strongroom',
    'file:///app://strongroom/',
    'about:blank',
  ])
    expect([url, calling(url)]).toEqual([url, false])
})

it('a call is not taken from a window that is not ours, nor from a frame that has gone', () => {
  expect(calling('app://strongroom/index.html', { id: 2 })).toBe(false)
  expect(isOwnMainFrame({ sender: { id: 1, mainFrame: null }, senderFrame: null }, known)).toBe(false)
})

it('a call is not taken from a frame that was the main one and was replaced', () => {
  const gone = { url: 'app://strongroom/index.html', parent: null }
  expect(isOwnMainFrame({ sender: { id: 1, mainFrame: { ...gone } }, senderFrame: gone }, known)).toBe(false)
})
