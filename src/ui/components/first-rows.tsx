import type { ReactNode } from 'react'
import { useState } from 'react'
import { formatCount } from '../format.ts'

/** The first of many items, and a button that shows them all; null where these are all. */
export function useFirst<Item>(
  items: readonly Item[],
  count: number,
): readonly [shown: readonly Item[], more: ReactNode] {
  const [all, setAll] = useState(false)
  if (items.length <= count) return [items, null]
  const more = (
    <p className="more">
      <button type="button" className="button" onClick={() => setAll(!all)}>
        {all ? `Show the first ${count}` : `Show all ${formatCount(items.length)}`}
      </button>
    </p>
  )
  return [all ? items : items.slice(0, count), more]
}
