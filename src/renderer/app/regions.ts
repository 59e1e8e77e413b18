/**
 * The parts of the window that F6 goes through, in reading order. A part is marked `data-region`; the focus
 * goes to what it marks `data-region-start`, else to the first thing in it that takes the focus.
 */
const FOCUSABLE = 'button:not([disabled]), input:not([disabled]), [tabindex="0"], a[href], summary'

export function nextRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')]
  const at = regions.findIndex((region) => region.contains(document.activeElement))
  for (let step = 1; step <= regions.length; step++) {
    const region = regions[(at + step + regions.length) % regions.length]
    const start =
      region?.querySelector<HTMLElement>('[data-region-start]') ??
      region?.querySelector<HTMLElement>(FOCUSABLE)
    if (start) {
      start.focus()
      return
    }
  }
}

export const SEARCH_ID = 'search-names'

export function focusSearch(): void {
  const search = document.getElementById(SEARCH_ID)
  if (search instanceof HTMLInputElement) {
    search.focus()
    search.select()
  }
}

const WAIT_MS = 1000

/** Puts the focus on the main list of the screen, as soon as it is drawn. */
export function focusMain(untilMs = performance.now() + WAIT_MS): void {
  const list = document.querySelector<HTMLElement>('[data-region="main"] [role="grid"]')
  if (list !== null) list.focus()
  else if (performance.now() < untilMs) requestAnimationFrame(() => focusMain(untilMs))
}
