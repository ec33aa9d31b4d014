import type { Page } from '../../kernel/unit-of-work.ts'

/** A page of domain items as a page on the wire. */
export function pageToWire<Item, Wire>(
  page: Page<Item>,
  toWire: (item: Item) => Wire,
): { items: Wire[]; next?: string } {
  const items = page.items.map(toWire)
  return page.next === undefined ? { items } : { items, next: page.next }
}
