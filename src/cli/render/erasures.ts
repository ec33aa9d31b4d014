import type { ErasureView } from '../../api/erasures.ts'
import { plain, plural } from './text.ts'

interface Resolution {
  readonly entity: string
  readonly token: string
  readonly places: readonly { readonly store: string; readonly found: number }[]
  readonly erasure: string | null
}

/** What there is of a key. */
export function renderResolution({ entity, token, places, erasure }: Resolution): string {
  const lines = places.map(({ store, found }) => `  ${store.padEnd(14)} ${plural(found, 'item')}\n`)
  const before = erasure === null ? '' : `It was erased before: ${erasure}\n`
  return `${plain(entity)} hmac:${token.slice(0, 12)}…\n${lines.join('')}${before}`
}

/** An erasure with what its receipt says. */
export function renderErasure({ id, entity, state, problem, places, receipt }: ErasureView): string {
  const lines = [`${id} ${plain(entity)}: ${state}`]
  if (problem !== null) lines.push(`  not done yet, tried again by itself: ${plain(problem)}`)
  for (const { store, act, found, left } of places)
    lines.push(
      `  ${store.padEnd(14)} ${act}: ${found} found, ${left === null ? 'not read back yet' : `${left} left`}`,
    )
  for (const each of receipt?.datasets ?? [])
    lines.push(`  training set ${each.id} (${each.name}): ${plural(each.rows, 'row')} redacted`)
  for (const { version, trainingSet } of receipt?.models ?? [])
    lines.push(`  model ${version} was trained on ${trainingSet}; it is not changed`)
  for (const { source, where, statement } of receipt?.outside ?? [])
    lines.push(`  outside: source ${source}, ${plain(where)}`, `    ${plain(statement)}`)
  for (const { what, why } of receipt?.open ?? []) lines.push(`  open: ${what}: ${why}`)
  return `${lines.join('\n')}\n`
}

export function renderErasures(items: readonly ErasureView[]): string {
  if (items.length === 0) return 'Nothing was erased yet.\n'
  return items
    .map(
      ({ id, entity, state, requestedAt, reason }) =>
        `${id} ${requestedAt} ${plain(entity)} ${state} ${plain(reason)}\n`,
    )
    .join('')
}
