import { FettleError } from '../kernel/errors/index.ts'

export type RunOrder =
  | { readonly by: 'started' }
  | { readonly by: 'metric'; readonly key: string; readonly direction: 'asc' | 'desc' }

/**
 * The order of `started` (newest first; also when left out) or `metric.<key> desc|asc`. In both directions runs whose
 * metric is NaN follow those with a number, and runs without it come last; ties are newest first. Throws ORDER_INVALID.
 */
export function parseRunOrder(text: string = 'started'): RunOrder {
  if (text === 'started') return { by: 'started' }
  const match = /^metric\.(.+?)(?: (asc|desc))?$/.exec(text)
  if (match === null) throw new FettleError('ORDER_INVALID', `"${text}" is not an order of runs`)
  const [, key = '', direction = 'asc'] = match
  return { by: 'metric', key, direction: direction === 'desc' ? 'desc' : 'asc' }
}
