import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page } from '../../kernel/unit-of-work.ts'
import type { OrderTerm } from '../search/ast.ts'
import type { Cursors } from '../search/cursors.ts'
import { parseFilter } from '../search/parse-filter.ts'
import { completeOrder, parseOrder } from '../search/parse-order.ts'
import type { DatasetRef } from '../search/ports.ts'
import { experimentNumbers, searchPage } from '../search/service.ts'
import type { LoggedModel } from '../tracking/model.ts'
import type { LoggedModels } from '../tracking/service.ts'
import type { LoggedModelStores } from './service.ts'

type Query = Parameters<LoggedModels['search']>[0]

interface Searched {
  readonly store: LoggedModelStores
  readonly cursors: Cursors
  now(): Micros
}

/** Throws FILTER_INVALID, ORDER_INVALID, and BAD_REQUEST for a limit or cursor that cannot be. */
export async function searchLoggedModels(
  { store, cursors, now }: Searched,
  query: Query,
): Promise<Page<LoggedModel>> {
  const experiments = experimentNumbers(query.experiments)
  const condition = parseFilter(query.filter, { target: 'loggedModels', grammar: 'mlflow', now: now() })
  const { order, orderDatasets } = readOrder(query.orderBy ?? [])
  const datasets = query.datasets ?? []
  const page = await searchPage({
    cursors,
    question: [
      'logged-models',
      [...experiments],
      query.filter ?? '',
      datasets.map(({ name, digest }) => [name ?? null, digest ?? null]),
      order.map(({ field, descending }) => [JSON.stringify(field), descending]),
      orderDatasets.map(each => [each?.name ?? null, each?.digest ?? null]),
    ],
    query,
    find: (after, limit) =>
      store.trackingSearch.loggedModels({
        experiments,
        condition,
        order,
        orderDatasets,
        datasets,
        after,
        limit,
      }),
  })
  const models = await store.loggedModels.find(page.items.map(({ id }) => id))
  return { ...page, items: models.map(({ ref: _, ...model }) => model) }
}

/** The order, and beside each of its terms the dataset its metric is of. */
function readOrder(items: NonNullable<Query['orderBy']>): {
  readonly order: readonly OrderTerm[]
  readonly orderDatasets: readonly (DatasetRef | undefined)[]
} {
  const given = items.map(item => readItem(item))
  const named = given.map(({ term, dataset }) => JSON.stringify([term.field, dataset]))
  const twice = named.findIndex((name, at) => named.indexOf(name) < at)
  if (twice >= 0)
    throw new FettleError('ORDER_INVALID', `\`order_by\` contains duplicate fields: '${items[twice]?.field}'`)
  const order = completeOrder(
    'loggedModels',
    given.map(({ term }) => term),
  )
  return { order, orderDatasets: order.map((_, at) => given[at]?.dataset) }
}

function readItem(item: NonNullable<Query['orderBy']>[number]): {
  readonly term: OrderTerm
  readonly dataset: DatasetRef | undefined
} {
  const descending = !item.ascending
  if (!item.field.includes('.')) return { term: attributeTerm(item), dataset: undefined }
  const [, key = ''] = /^metrics\.(?:`([^`]+)`|"([^"]+)"|(.+))$/s.exec(item.field)?.filter(Boolean) ?? []
  if (key === '')
    throw new FettleError(
      'ORDER_INVALID',
      `Invalid order_by clause '${item.field}': Invalid order by field name: ${item.field}. Only metrics are supported.`,
    )
  const { datasetName: name = '', datasetDigest: digest = '' } = item
  const dataset = { ...(name === '' ? {} : { name }), ...(digest === '' ? {} : { digest }) }
  const term: OrderTerm = { field: { kind: 'metric', key, of: 'latest' }, descending }
  return { term, dataset: Object.keys(dataset).length === 0 ? undefined : dataset }
}

function attributeTerm({ field, ascending }: NonNullable<Query['orderBy']>[number]): OrderTerm {
  const [term] = parseOrder([`${field} ${ascending ? 'ASC' : 'DESC'}`], {
    target: 'loggedModels',
    grammar: 'mlflow',
  })
  if (term === undefined) throw new FettleError('ORDER_INVALID', `Invalid order_by clause '${field}'`)
  return term
}
