import type { WindowFeatureData } from '../../../definitions/model.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { type Field, isValueType, parseType, type ValueType } from '../../../kernel/values/index.ts'

const numeric = new Set(['int64', 'float64', 'float32', 'decimal'])
const counted = new Set(['string', 'bool', 'int64'])

/** Result type of an operator over a column type (features.md §4); throws OPERATOR_TYPE and BAD_PARAMETER. */
export function operatorType(
  feature: Pick<WindowFeatureData, 'op' | 'column' | 'k' | 'p' | 'limit' | 'name'>,
  columns: readonly Field[],
): ValueType {
  checkParameters(feature)
  const { op } = feature
  if (op === 'since_last') return 'float64'
  if (op === 'count' && feature.column === undefined) return 'int64'
  const column = columns.find(each => each.name === feature.column)
  if (!column)
    throw new FettleError(
      'COLUMN_MISSING',
      `feature "${feature.name}" aggregates column "${feature.column}", which is not declared`,
    )
  const node = parseType(column.type)
  const kind = node.kind === 'scalar' ? node.name : node.kind
  const refuse = (allowed: string): never => {
    throw new FettleError(
      'OPERATOR_TYPE',
      `${op} does not take ${column.type} (feature "${feature.name}", column "${column.name}"); it takes ${allowed}`,
      {
        details: { operator: op, column: column.name, type: column.type, allowed },
      },
    )
  }
  switch (op) {
    case 'count':
    case 'count_distinct':
    case 'approx_count_distinct':
      return 'int64'
    case 'sum':
      if (node.kind === 'decimal')
        return node.precision > 28 ? refuse('decimals of at most 28 digits') : `decimal(38,${node.scale})`
      return kind === 'int64' ? 'int64' : numeric.has(kind) ? 'float64' : refuse('numbers')
    case 'first_k':
    case 'last_k':
    case 'top_k':
    case 'bottom_k':
      return `list<${column.type}>`
    case 'histogram':
      return counted.has(kind) ? 'map<string,int64>' : refuse('string, bool and int64')
    case 'any':
    case 'all':
      return kind === 'bool' ? 'bool' : refuse('bool')
    case 'min':
    case 'max':
    case 'first':
    case 'last':
    case 'mode':
      return isValueType(column.type) ? column.type : refuse('a value type')
    default:
      return numeric.has(kind) ? 'float64' : refuse('numbers')
  }
}

function checkParameters({
  name,
  op,
  k,
  p,
  limit,
}: Pick<WindowFeatureData, 'name' | 'op' | 'k' | 'p' | 'limit'>): void {
  const wantsK = op.endsWith('_k')
  if (wantsK && !(k !== undefined && Number.isInteger(k) && k >= 1))
    throw new FettleError(
      'BAD_PARAMETER',
      `${op} of feature "${name}" needs a whole k of at least 1, got ${k}`,
    )
  const wantsP = op === 'quantile' || op === 'approx_quantile'
  if (wantsP && !(p !== undefined && p >= 0 && p <= 1))
    throw new FettleError('BAD_PARAMETER', `${op} of feature "${name}" needs p between 0 and 1, got ${p}`)
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
    throw new FettleError(
      'BAD_PARAMETER',
      `histogram of feature "${name}" needs a limit of at least 1, got ${limit}`,
    )
}
