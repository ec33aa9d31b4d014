import type { KeyboardEvent } from 'react'

/** `j`, `k` and the arrows go from row to row, in tables whose rows have a link. */
export function moveBetweenRows(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement)
    return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.row-link')]
  const current = links.indexOf(document.activeElement as HTMLElement)
  const next = links[Math.min(Math.max(current + step, 0), links.length - 1)]
  if (!next) return
  event.preventDefault()
  next.focus()
}
