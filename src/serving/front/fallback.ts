import type { FallbackLinkData, PredicateData } from '../../definitions/index.ts'
import { compilePredicate } from '../../features/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import type { ServableRelease, ServedBy } from '../model.ts'
import { refused } from './refused.ts'
import { toDouble } from './signature.ts'

type Row = Readonly<Record<string, Value>>

/** A link that answers from the row alone. */
interface PureLink {
  readonly servedBy: Exclude<ServedBy, 'model' | 'former'>
  /** By which a kill switch may name it. */
  readonly name: string
  /** NaN: it has no answer for this row, the next link is asked. */
  score(entity: Row, vector: Float64Array): number
}

/** The release that was champion before: its model is asked. */
interface FormerLink {
  readonly servedBy: 'former'
  readonly name: 'former'
}

type FallbackLink = PureLink | FormerLink

/** What answers when the model cannot, in order; the last link is the constant, and has an answer for every row. */
export type FallbackChain = readonly FallbackLink[]

/** Throws RELEASE_REFUSED when a link reads a column that the release does not have. */
export function compileFallback(release: ServableRelease): FallbackChain {
  const { fallback } = release
  const constant: PureLink = { servedBy: 'fallback', name: 'constant', score: () => fallback.score }
  return [...(fallback.before ?? []).map(link => compileLink(link, release)), constant]
}

/** From a link on, by its kind or name; from the first where there is none such. */
export function chainFrom(chain: FallbackChain, from: string | undefined): FallbackChain {
  const at = chain.findIndex(({ servedBy, name }) => servedBy === from || name === from)
  return at > 0 ? chain.slice(at) : chain
}

function compileLink(link: FallbackLinkData, release: ServableRelease): FallbackLink {
  switch (link.kind) {
    case 'former':
      return { servedBy: 'former', name: 'former' }
    case 'rule':
      return { servedBy: 'rule', name: link.name, score: compileRule(link, release) }
    case 'value':
      return { servedBy: 'value', name: 'value', score: compileValue(link, release) }
  }
}

function compileRule(
  { cases, otherwise }: Extract<FallbackLinkData, { kind: 'rule' }>,
  release: ServableRelease,
): PureLink['score'] {
  const compiled = cases.map(({ where, score }) => ({
    tests: where.map(predicate => compileTest(predicate, release)),
    score,
  }))
  return (entity, vector) =>
    compiled.find(({ tests }) => tests.every(holds => holds(entity, vector)))?.score ?? otherwise
}

function compileTest(
  predicate: PredicateData,
  release: ServableRelease,
): (entity: Row, vector: Float64Array) => boolean {
  const column = columnReader(predicate.column, release)
  try {
    const holds = compilePredicate(predicate, column.type)
    return (entity, vector) => holds(column.read(entity, vector))
  } catch (error) {
    throw refused(release, `its fallback cannot be used (${messageOf(error)})`)
  }
}

function compileValue(
  { column, scale = 1, offset = 0 }: Extract<FallbackLinkData, { kind: 'value' }>,
  release: ServableRelease,
): PureLink['score'] {
  const { read } = columnReader(column, release)
  // Scores of the self-test are the model's own: when all are within [0, 1], so is what stands for them.
  const isProbability = release.selfTest.every(({ score }) => score >= 0 && score <= 1)
  return (entity, vector) => {
    const value = read(entity, vector)
    const score = toDouble(value) * scale + offset
    if (!Number.isFinite(score)) return Number.NaN
    return isProbability ? Math.min(1, Math.max(0, score)) : score
  }
}

interface ColumnReader {
  readonly type: ValueType
  read(entity: Row, vector: Float64Array): Value
}

/** A column of the request, or else of the vector. */
function columnReader(name: string, release: ServableRelease): ColumnReader {
  const { request, vector } = release.features
  const field = request.find(each => each.name === name)
  if (field) return { type: field.type, read: entity => entity[name] ?? null }
  const at = vector.findIndex(each => each.name === name)
  const type = release.signature.inputs[at]?.type
  if (!type)
    throw refused(release, `its fallback reads "${name}", which is neither sent nor a column of the vector`)
  const typed = ofDouble(type)
  return {
    type: typed.type,
    read(_entity, row) {
      const value = row[at] ?? Number.NaN
      return Number.isNaN(value) ? null : typed.value(value)
    },
  }
}

/** Vectors hold doubles: back to what the column is declared as. */
function ofDouble(type: ValueType): { readonly type: ValueType; value(double: number): Value } {
  switch (type) {
    case 'bool':
      return { type, value: double => double !== 0 }
    case 'int64':
    case 'timestamp':
      return { type, value: double => BigInt(Math.trunc(double)) }
    case 'date':
      return { type, value: double => double }
    default:
      return { type: 'float64', value: double => double }
  }
}
