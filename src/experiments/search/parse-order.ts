import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import type { Field, OrderTerm } from './ast.ts'
import { type IdentifierRules, identifierPattern, resolveIdentifier } from './identifiers.ts'
import { createScanner } from './scanner.ts'
import { type SearchTarget, targets } from './targets.ts'

const maxTerms = 20
const maxLength = 1_000

export interface OrderGrammar {
  readonly target: SearchTarget
  readonly grammar: 'mlflow' | 'fettle'
}

/**
 * Items `identifier [ASC|DESC]`, completed by what makes the order of the target total. Throws ORDER_INVALID, which names
 * the item.
 */
export function parseOrder(
  items: readonly string[] | undefined,
  grammar: OrderGrammar,
): readonly OrderTerm[] {
  const terms = (items ?? []).map(item => parseItem(item, { ...grammar, use: 'order' }))
  const names = terms.map(({ field }) => JSON.stringify(field))
  const twice = names.findIndex((name, at) => names.indexOf(name) < at)
  if (twice >= 0)
    throw new FettleError('ORDER_INVALID', `\`order_by\` contains duplicate fields: '${items?.[twice]}'`)
  if (terms.length > maxTerms)
    throw new FettleError(
      'ORDER_INVALID',
      `Invalid order_by clause '${items?.[maxTerms]}': at most ${maxTerms} are taken`,
    )
  return completeOrder(grammar.target, terms)
}

function parseItem(item: string, rules: IdentifierRules): OrderTerm {
  const invalid = (reason: string) =>
    new FettleError('ORDER_INVALID', `Invalid order_by clause '${item.slice(0, 200)}': ${reason}`)
  if (item.length > maxLength || textFault(item) !== undefined) throw invalid('it is too long or no text')
  const scanner = createScanner(item)
  const written = scanner.take(identifierPattern)
  if (written === undefined || /^[0-9.]/.test(written)) throw invalid('a field is wanted first')
  const direction = scanner.take(/(?:asc|desc)(?![\p{L}\p{N}_.])/iuy)?.toLowerCase()
  if (!scanner.atEnd()) throw invalid('a field, then ASC or DESC, is wanted')
  if (!targets[rules.target].orderByKeyed && rules.target !== 'experiments' && written.includes('.'))
    throw invalid(`Invalid order by key '${written}' specified: a plain field is wanted`)
  const field = resolveIdentifier(written, rules)
  if (typeof field === 'string') throw invalid(field)
  if (field.kind !== 'attribute' && !targets[rules.target].orderByKeyed)
    throw invalid(`${rules.target} cannot be ordered by a ${field.kind}`)
  return { field, descending: direction === 'desc' }
}

/** Appends the terms that decide between equals; the last is unique. */
export function completeOrder(target: SearchTarget, terms: readonly OrderTerm[]): readonly OrderTerm[] {
  const named = new Set(terms.map(({ field }) => (field.kind === 'attribute' ? field.name : '')))
  const after = terms.length === 0 ? [...unordered[target], ...ties[target]] : ties[target]
  return [...terms, ...after.filter(({ field }) => !named.has(field.name))]
}

interface AttributeTerm extends OrderTerm {
  readonly field: Extract<Field, { kind: 'attribute' }>
}

function by(name: string, target: SearchTarget, descending = false): AttributeTerm {
  return {
    field: { kind: 'attribute', name, type: targets[target].attributes[name]?.type ?? 'text' },
    descending,
  }
}

const unordered: Readonly<Record<SearchTarget, readonly AttributeTerm[]>> = {
  runs: [],
  experiments: [by('creation_time', 'experiments', true)],
  models: [],
  versions: [by('last_updated_timestamp', 'versions', true)],
  loggedModels: [],
}

const ties: Readonly<Record<SearchTarget, readonly AttributeTerm[]>> = {
  runs: [by('start_time', 'runs', true), by('run_id', 'runs')],
  experiments: [by('experiment_id', 'experiments')],
  models: [by('name', 'models')],
  versions: [by('name', 'versions'), by('version_number', 'versions', true)],
  loggedModels: [by('creation_timestamp', 'loggedModels', true), by('model_id', 'loggedModels')],
}
