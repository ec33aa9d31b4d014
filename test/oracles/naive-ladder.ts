import type { LadderEvent } from '../../src/governance/suggestions/ladder.ts'

/** What the rules of releases.md §7 say of a list of events, by reading the whole list again for every question. */
export interface NaiveStanding {
  readonly level: number
  readonly era: number
  readonly decisions: readonly boolean[]
  readonly windows: readonly boolean[]
  readonly judged: number
  readonly offer: number | null
}

const names = ['observe', 'suggest', 'veto', 'auto']
const looks = [29, 59, 120, 240, 480]

interface Item {
  readonly cycle: string
  readonly good: boolean
}

export function naiveStanding(events: readonly LadderEvent[]): NaiveStanding {
  let level = 0
  let since = 0
  let era = 0
  let declinedAt = 0
  for (const [at, event] of events.entries()) {
    const asked = event.type === 'raised' || event.type === 'declined'
    const offered = asked ? offer(events.slice(0, at), { level, since, era, declinedAt }) : null
    const restart = (to: number) => {
      level = to
      since = at + 1
      era += 1
      declinedAt = 0
    }
    if (event.type === 'alarm' && level > 0) restart(1)
    if (event.type === 'rule-error' || event.type === 'rule-changed') restart(0)
    if (event.type === 'lowered' && names.indexOf(event.to) < level) restart(names.indexOf(event.to))
    if (event.type === 'switched' && level === 0) level = 1
    if (event.type === 'declined' && offered !== null)
      declinedAt = lastLook(items(events.slice(0, at), { level, since, era }))?.length ?? 0
    if (event.type === 'raised' && offered !== null) {
      level = offered
      declinedAt = 0
    }
  }
  const standing = { level, since, era, declinedAt }
  const evidence = (sort: string) => itemsOf(events, standing, sort)
  return {
    ...{ level, era },
    decisions: evidence('decision').map(({ good }) => good),
    windows: evidence('window').map(({ good }) => good),
    judged: evidence('outcome').length,
    offer: offer(events, standing),
  }
}

interface Place {
  readonly level: number
  readonly since: number
  readonly era: number
}

/** Evidence since the last demotion that was given at a level that takes it, the first of each segment and cycle. */
function itemsOf(events: readonly LadderEvent[], { since, era }: Place, sort: string): readonly Item[] {
  const found = new Map<string, Item>()
  for (const [at, event] of events.entries()) {
    if (at < since || event.type !== 'evidence' || event.sort !== sort || event.era !== era) continue
    const level = levelBefore(events, at)
    const taken =
      sort === 'decision' ? level === 1 : sort === 'window' ? level === 2 : level === 1 || level === 2
    const key = `${event.segment}|${event.cycle}`
    if (taken && !found.has(key)) found.set(key, { cycle: event.cycle, good: event.good })
  }
  return [...found.values()]
}

const known = new WeakMap<object, number>()

/** Level when the event came; kept per event object, for the list before it never changes. */
function levelBefore(events: readonly LadderEvent[], at: number): number {
  const event = events[at] as object
  const level = known.get(event) ?? naiveStanding(events.slice(0, at)).level
  known.set(event, level)
  return level
}

function items(events: readonly LadderEvent[], place: Place): readonly Item[] {
  return itemsOf(events, place, place.level === 2 ? 'window' : 'decision')
}

/** The items at the last moment when the bound was looked at. */
function lastLook(found: readonly Item[]): readonly Item[] | undefined {
  const count = looks.filter(each => each <= found.length).at(-1)
  return count === undefined ? undefined : found.slice(0, count)
}

function offer(
  events: readonly LadderEvent[],
  place: Place & { readonly declinedAt: number },
): number | null {
  if (place.level !== 1 && place.level !== 2) return null
  const found = items(events, place)
  const look = lastLook(found)
  if (look === undefined || look.length <= place.declinedAt) return null
  const accepted = look.filter(({ good }) => good).length
  const limit = place.level === 1 ? 0.9 : 0.95
  if (!boundReaches(accepted, look.length, limit)) return null
  const cycles = new Set(found.map(({ cycle }) => cycle)).size
  if (cycles < (place.level === 1 ? 3 : 6)) return null
  if (place.level === 1 && itemsOf(events, place, 'outcome').length < 29) return null
  return place.level + 1
}

/** The lower bound is at least p exactly if so many or more successes have at p a probability of at most 0.05. */
function boundReaches(x: number, n: number, p: number): boolean {
  let tail = 0
  for (let k = x; k <= n; k++) {
    let term = p ** k * (1 - p) ** (n - k)
    for (let j = 1; j <= n - k; j++) term *= (k + j) / j
    tail += term
  }
  return tail <= 0.05
}
