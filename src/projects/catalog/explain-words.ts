import type {
  ExplainedLookup,
  ExplainedSourceRow,
  ExplainedWindow,
  RowExplanation,
} from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'

/** An explanation in plain sentences, one paragraph for each lookup or window feature. */
export function explanationSentences({ lookups, time }: RowExplanation): readonly string[] {
  return lookups.map(each => (each.kind === 'lookup' ? lookupWords(each, time) : windowWords(each, time)))
}

function lookupWords(lookup: ExplainedLookup, time: string): string {
  const { name, view, keys, winner, refused, lookbackFrom, losers } = lookup
  const subject = `"${name}" looks up ${view} for ${keyWords(keys)} at ${time}.`
  return [
    subject,
    winnerWords(winner, refused, lookbackFrom),
    ...valueWords(lookup),
    ...loserWords(losers),
  ].join(' ')
}

function winnerWords(
  winner: ExplainedSourceRow | null,
  refused: ExplainedLookup['refused'],
  lookbackFrom: string | null,
): string {
  switch (refused) {
    case 'null key':
      return 'A part of the key is null, so no row can match.'
    case 'no row':
      return 'No row of this key had happened and was known by then.'
    case 'tombstone':
      return `The newest row known by then (${rowWords(winner)}) says that the key was deleted.`
    case 'outside look-back':
      return `The newest row known by then (${rowWords(winner)}) is older than the look-back, which begins ${lookbackFrom ?? ''}.`
    case null:
      return `The row that counts is the newest known by then: ${rowWords(winner)}.`
  }
}

function valueWords({ features }: ExplainedLookup): readonly string[] {
  if (features.length === 0) return []
  return [`It gives ${features.map(each => `${each.name} = ${valueWord(each.value)}`).join(', ')}.`]
}

const reasons: Readonly<Record<ExplainedLookup['losers'][number]['reason'], string>> = {
  'later event': 'had not happened yet',
  'known only later': 'was not known yet',
  'never known': 'has no known time, so it was never known',
  'smaller in a tie': 'happened at the same time and comes before the winner in the order',
  'older event': 'is older than the winner',
}

function loserWords(losers: ExplainedLookup['losers']): readonly string[] {
  const later = losers.filter(each => each.reason !== 'older event')
  if (losers.length === 0) return ['There is no other row of this key.']
  const told = later.map(each => `The row ${rowWords(each)} ${reasons[each.reason]}.`)
  return told.length > 0 ? told : ['Every other row of this key is older.']
}

function windowWords(window: ExplainedWindow, time: string): string {
  const { name, view, keys, operator, column, from, to, counted, nulls } = window
  const of = column === null ? '' : ` of ${column}`
  const edges = from === null ? `before ${to}` : `from ${from} to before ${to}`
  const nullWords = nulls === 0 ? '' : `, ${nulls} of them without a value`
  return [
    `"${name}" is ${operator.replaceAll('_', ' ')}${of} over rows of ${view} for ${keyWords(keys)} ${edges}, as known at ${time}.`,
    counted === 0 ? 'No row counted.' : `${counted} ${counted === 1 ? 'row' : 'rows'} counted${nullWords}.`,
    ...endWords(window),
    ...excludedWords(window),
    `Rows of ${to} and later had not happened before it.`,
  ].join(' ')
}

function endWords({ first, last }: ExplainedWindow): readonly string[] {
  const [oldest, newest] = [first[0], last[0]]
  if (!oldest || !newest) return []
  return [`The first is ${rowWords(oldest)}, the last ${rowWords(newest)}.`]
}

function excludedWords({ excluded, knownLater }: ExplainedWindow): readonly string[] {
  const count = (rows: number, why: string): readonly string[] =>
    rows === 0 ? [] : [`${rows} ${rows === 1 ? 'row' : 'rows'} inside the window did not count: ${why}.`]
  const [example] = knownLater
  return [
    ...count(excluded['known only later'], 'not known yet'),
    ...(example ? [`The first of these is ${rowWords(example)}.`] : []),
    ...count(excluded['replaced by a newer version'], 'replaced by a newer version'),
    ...count(excluded.tombstone, 'deleted'),
    ...count(excluded.condition, 'the condition does not hold'),
  ]
}

function rowWords(row: ExplainedSourceRow | null): string {
  if (!row) return 'none'
  const { eventTime, knownTime, sequence } = row
  const parts = [
    ...(eventTime === null ? [] : [`of ${eventTime}`]),
    ...(knownTime === null || knownTime === eventTime ? [] : [`known ${knownTime}`]),
    ...(sequence === null ? [] : [`sequence ${sequence}`]),
  ]
  return parts.length === 0 ? 'the one without a time' : parts.join(', ')
}

function keyWords(keys: Readonly<Record<string, Json>>): string {
  const words = Object.entries(keys).map(([name, value]) => `${name} ${valueWord(value)}`)
  return words.length === 0 ? 'everything (it has no key)' : words.join(', ')
}

function valueWord(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
