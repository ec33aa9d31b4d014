import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { Access } from './access.ts'

/** An error as its caller may see it: names of inputs that were not sent are for who may read the model. */
export function withheld(error: unknown, access: Access | undefined, caller: string | null): unknown {
  if (access === undefined || !isFettleError(error) || error.code !== 'MISSING_INPUT') return error
  if (access.may(caller, 'read-model')) return error
  const { row } = error.details
  return new FettleError(
    'MISSING_INPUT',
    `${row === undefined ? 'the request' : `row ${String(row)}`} lacks an input`,
    {
      hint: 'Whoever may read the model can see which inputs it wants.',
      details: row === undefined ? {} : { row },
      cause: error,
    },
  )
}
