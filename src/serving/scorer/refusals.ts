import { FettleError } from '../../kernel/errors/index.ts'

export function expired(): FettleError {
  return new FettleError('DEADLINE', 'the deadline passed before the rows could be scored')
}

export function left(): FettleError {
  return new FettleError('DEADLINE', 'the caller has gone')
}

export function overloaded(rows: number): FettleError {
  return new FettleError(
    'OVERLOADED',
    `${rows} rows are waiting for the model, which is more than it can score in time`,
  )
}
