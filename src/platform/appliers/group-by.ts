/** Items by a key, in the order of their first ones. */
export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items)
    if (groups.get(keyOf(item))?.push(item) === undefined) groups.set(keyOf(item), [item])
  return groups
}
