import { type RawBuilder, sql } from 'kysely'
import { simpleLower } from '../../../../experiments/index.ts'
import type { DatabaseKind } from '../../columns.ts'

type Expression = RawBuilder<unknown>

/**
 * LIKE as both databases understand it alike: by code point, and without regard to case by Unicode's simple lower case.
 * SQLite's LIKE and lower() know ASCII only, and Postgres' ILIKE goes by the database's locale: the one is asked by GLOB,
 * the other by a regular expression, with all spellings of a letter as a class.
 */
export function likeSql(
  kind: DatabaseKind,
  text: Expression,
  { pattern, ignoreCase }: { readonly pattern: string; readonly ignoreCase: boolean },
): RawBuilder<boolean> {
  if (kind === 'sqlite') return sql<boolean>`${text} glob ${globOf(pattern, ignoreCase)}`
  if (!ignoreCase) return sql<boolean>`${text} like ${pattern} escape ''`
  return sql<boolean>`${text} ~ ${expressionOf(pattern)}`
}

function globOf(pattern: string, ignoreCase: boolean): string {
  return [...pattern]
    .map(character => {
      if (character === '%') return '*'
      if (character === '_') return '?'
      const spellings = ignoreCase ? spellingsOf(character) : character
      return spellings === character && !'*?['.includes(character) ? character : `[${spellings}]`
    })
    .join('')
    .replace(/\*{2,}/g, '*')
}

function expressionOf(pattern: string): string {
  const inner = [...pattern].map(character => {
    if (character === '%') return '.*'
    if (character === '_') return '.'
    const spellings = spellingsOf(character)
    if (spellings !== character) return `[${spellings}]`
    return /[\p{L}\p{N}]/u.test(character) ? character : escaped(character)
  })
  return `^${inner.join('').replace(/(?:\.\*){2,}/g, '.*')}$`
}

/** What is no letter is written by its number, so that none of it means anything in an expression. */
function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`
}

let spellings: ReadonlyMap<string, string> | undefined

/** Every character with the same lower case, itself among them. */
function spellingsOf(character: string): string {
  spellings ??= collectSpellings()
  return spellings.get(simpleLower(character)) ?? character
}

const lastCased = 0x1ffff

function collectSpellings(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let point = 0; point <= lastCased; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const lower = simpleLower(character)
    if (lower !== character) found.set(lower, (found.get(lower) ?? lower) + character)
  }
  return found
}
