import type { Definition } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { CurrentDefinition } from '../ports.ts'
import { membersOf } from './members.ts'

/** A text that a word may be found in. `weight`: what a hit there is worth; a whole match counts double. */
interface Place {
  readonly where: string
  readonly text: string
  readonly weight: number
}

export interface Found {
  readonly record: CurrentDefinition
  /** Sum over the words of the best place each is found in; 0 without words. */
  readonly score: number
  /** Places the words were found in, the best first. */
  readonly matched: readonly string[]
}

/** Definitions in which every word is found, the best first; without words all of them, by kind and name. */
export function rank(records: readonly CurrentDefinition[], query: string): readonly Found[] {
  const words = [...new Set(query.toLowerCase().split(/\s+/))].filter(word => word !== '')
  const found = records.flatMap((record): Found[] => {
    const places = placesOf(record)
    const hits = words.map(word => bestOf(word, places))
    if (hits.some(hit => hit === undefined)) return []
    const sorted = hits.flatMap(hit => hit ?? []).sort((a, b) => b.score - a.score)
    return [
      {
        record,
        score: sorted.reduce((sum, hit) => sum + hit.score, 0),
        matched: [...new Set(sorted.map(hit => hit.where))],
      },
    ]
  })
  return found.sort((a, b) => b.score - a.score || (a.record.ref < b.record.ref ? -1 : 1))
}

/** One page of ranked definitions; the cursor is a score and a reference, so that it outlives what is applied meanwhile. */
export function pageOf(found: readonly Found[], { cursor, limit = 50 }: PageRequest): Page<Found> {
  const rest = cursor === undefined ? found : found.filter(isAfter(cursor))
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return { items, ...(rest.length > limit && last ? { next: `${last.score}:${last.record.ref}` } : {}) }
}

function isAfter(cursor: string): (found: Found) => boolean {
  const [, score, ref = ''] = /^(\d+):(.+)$/.exec(cursor) ?? []
  if (score === undefined)
    throw new FettleError('BAD_PARAMETER', `cursor: ${cursor} is not one that a page ended with`)
  return found => found.score < Number(score) || (found.score === Number(score) && found.record.ref > ref)
}

function bestOf(word: string, places: readonly Place[]): { where: string; score: number } | undefined {
  let best: { where: string; score: number } | undefined
  for (const { where, text, weight } of places) {
    const score = weight * closeness(word, text.toLowerCase())
    if (score > (best?.score ?? 0)) best = { where, score }
  }
  return best
}

/** 4: the same; 3: begins with it; 2: a part of it begins with it; 1: it is in there; 0: it is not. */
function closeness(word: string, text: string): number {
  if (text === word) return 4
  if (text.startsWith(word)) return 3
  if (text.split(/[^\p{L}\p{N}]+/u).some(part => part.startsWith(word))) return 2
  return text.includes(word) ? 1 : 0
}

function placesOf({ definition, name }: CurrentDefinition): readonly Place[] {
  const { description, owner, tags = [] } = definition
  return [
    { where: 'name', text: name, weight: 20 },
    ...tags.map(tag => ({ where: `tag ${tag}`, text: tag, weight: 12 })),
    ...(owner === undefined ? [] : [{ where: `owner ${owner}`, text: owner, weight: 10 }]),
    ...membersOf(definition).flatMap(({ noun, name: member, description: text }) => [
      { where: `${noun} ${member}`, text: member, weight: 8 },
      ...(text === undefined ? [] : [{ where: `description of ${member}`, text, weight: 3 }]),
    ]),
    ...(description === undefined ? [] : [{ where: 'description', text: description, weight: 4 }]),
    { where: 'kind', text: kindText(definition), weight: 1 },
  ]
}

/** `feature view`, as people write it. */
function kindText({ kind }: Definition): string {
  return kind.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
