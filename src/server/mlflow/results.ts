import type { ResultLimit } from '../../api/mlflow/limits.ts'
import { invalid } from '../../api/mlflow/refusals.ts'
import type { Page } from '../../kernel/unit-of-work.ts'

interface Listing {
  readonly max_results?: number
  readonly page_token?: string
}

/** How much a listing asks for. Throws BAD_REQUEST when that is nothing, or more than one answer may hold. */
export function resultsOf(asked: number | undefined, limit: ResultLimit): number {
  if (asked === undefined) return limit.default
  if (asked < 1 || asked > limit.greatest)
    throw invalid(
      'max_results',
      asked,
      `max_results must be between 1 and ${limit.greatest}, a positive integer`,
    )
  return asked
}

export function pageOf(
  request: Listing,
  limit: ResultLimit,
): { readonly limit: number; readonly cursor?: string } {
  const { page_token: cursor = '' } = request
  return { limit: resultsOf(request.max_results, limit), ...(cursor === '' ? {} : { cursor }) }
}

interface Search extends Listing {
  readonly filter?: string
  readonly order_by?: readonly string[]
}

/** A search as the domains take it. */
export function searchOf(request: Search, limit: ResultLimit) {
  const { filter = '', order_by: orderBy = [] } = request
  return {
    ...pageOf(request, limit),
    ...(filter === '' ? {} : { filter }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
  }
}

/** A page under its name on the wire; an empty one is left out. */
export function pageToWire<Item>(name: string, page: Page<Item>, toWire: (item: Item) => object): object {
  return {
    ...(page.items.length === 0 ? {} : { [name]: page.items.map(toWire) }),
    ...(page.next === undefined ? {} : { next_page_token: page.next }),
  }
}
