import type { SortingState } from '@tanstack/react-table'

/** `auc` ascending, `-auc` descending: how a sort order is written in the URL. */
export function parseSorting(text: string | undefined): SortingState {
  if (!text) return []
  return text.startsWith('-') ? [{ id: text.slice(1), desc: true }] : [{ id: text, desc: false }]
}

export function formatSorting(sorting: SortingState): string | undefined {
  const [first] = sorting
  return first ? `${first.desc ? '-' : ''}${first.id}` : undefined
}
