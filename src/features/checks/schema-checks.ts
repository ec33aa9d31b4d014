import type { CheckData } from '../../definitions/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { listParameter, numberParameter } from './columns.ts'
import type { CheckOutcome } from './model.ts'

/** Judges a check of target M by the columns alone. */
export function judgeSchema(check: CheckData, columns: readonly Field[]): CheckOutcome {
  const present = columns.map(each => each.name)
  const wanted = listParameter(check, 'columns').map(String)
  const { column, index, exact } = check.params
  switch (check.check) {
    case 'columns_match_set': {
      const missing = wanted.filter(name => !present.includes(name))
      const extra = present.filter(name => !wanted.includes(name))
      const fails = missing.length > 0 || (exact === true && extra.length > 0)
      return { ...state(!fails), missing, extra }
    }
    case 'columns_match_order':
      return state(wanted.length === present.length && wanted.every((name, at) => name === present[at]))
    case 'column_exists': {
      const at = present.indexOf(String(column))
      return state(at >= 0 && (index === undefined || at === index))
    }
    case 'column_count': {
      const [min = 0, max = Infinity] = [numberParameter(check, 'min'), numberParameter(check, 'max')]
      return { ...state(present.length >= min && present.length <= max), observed: present.length }
    }
    default: {
      const type = columns.find(each => each.name === check.columns[0])?.type
      if (type === undefined) return { state: 'error', code: 'NO_SUCH_COLUMN' }
      const observed = logicalType(type)
      return { ...state(listParameter(check, 'types').includes(observed)), observed }
    }
  }
}

function state(holds: boolean): CheckOutcome {
  return { state: holds ? 'pass' : 'fail' }
}

/** A type's kind, whatever its width. */
function logicalType(type: string): string {
  const [word = ''] = type.split(/[(<]/)
  const words: Readonly<Record<string, string>> = {
    int64: 'int',
    float64: 'float',
    float32: 'float',
    map: 'struct',
  }
  return words[word] ?? word
}
