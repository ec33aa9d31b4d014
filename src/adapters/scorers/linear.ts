import {
  logistic,
  rawLinearScore,
  readLinear,
  type Scorer,
  type ScorerRequest,
  toFloat32,
} from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { checkBatch, checkInputs, closeable } from './batch.ts'

/** Scores linear.json in doubles, inputs rounded to float32. */
export async function openLinear(request: ScorerRequest): Promise<Scorer> {
  if (request.format !== 'linear')
    throw new FettleError('MODEL_UNREADABLE', `A model of format ${request.format} has no linear.json`)
  const model = await readLinear(request.folder)
  const inputs = model.weights.length
  checkInputs(request, inputs)
  return closeable({
    kind: 'linear',
    build: 'fettle-linear-1',
    score(vectors, rows) {
      checkBatch(vectors, rows, inputs)
      const values = toFloat32(vectors)
      return Float64Array.from({ length: rows }, (_, row) =>
        logistic(rawLinearScore(model, values, row * inputs)),
      )
    },
    close: () => Promise.resolve(),
  })
}
