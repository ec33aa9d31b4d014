import type { Home } from '../../../api/catalog.ts'
import { shortRun } from '../../format.ts'

type Item = Home['happened'][number]

const id = /\b(?:prn|run|exp)_[0-9a-f]{32}\b/g

/** The feed for a reader: ids short, and a row of equal events as one line that says how many. */
export function gather(items: readonly Item[]): readonly Item[] {
  const rows: { item: Item; times: number }[] = []
  for (const item of items) {
    const last = rows.at(-1)
    if (last && last.item.title === item.title && last.item.href === item.href) last.times += 1
    else rows.push({ item, times: 1 })
  }
  return rows.map(({ item, times }) => ({
    ...item,
    title: `${shorten(item.title)}${times > 1 ? `, ${times} times` : ''}`,
    detail: item.detail === null || item.detail === undefined ? item.detail : principalText(item.detail),
  }))
}

/** Ids of runs as they are told apart: their ends. */
export const shorten = (text: string) => text.replace(id, shortRun)

/** `step:prn_…/register` → `step register of run prn_…`. */
export function principalText(text: string): string {
  return text.replace(
    /step:([^/\s]+)\/(\S+)/g,
    (_, run: string, step: string) => `step ${step} of run ${shortRun(run)}`,
  )
}
