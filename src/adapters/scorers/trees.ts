import {
  logistic,
  rawTreeScores,
  readTrees,
  type Scorer,
  type ScorerRequest,
  toFloat32,
} from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { checkBatch, checkInputs, closeable } from './batch.ts'

/**
 * Typed-array evaluator of trees.json: float32 comparisons as exported, leaf values summed in tree order in doubles,
 * so it equals the trained model bit for bit and the ONNX file in routing.
 */
export async function openTrees(request: ScorerRequest): Promise<Scorer> {
  if (request.format !== 'onnx')
    throw new FettleError('MODEL_UNREADABLE', `A model of format ${request.format} has no trees.json`)
  const ensemble = await readTrees(request.folder)
  checkInputs(request, ensemble.features)
  return closeable({
    kind: 'trees',
    build: 'fettle-trees-1',
    score(vectors, rows) {
      checkBatch(vectors, rows, ensemble.features)
      return rawTreeScores(ensemble, toFloat32(vectors), rows).map(logistic)
    },
    close: () => Promise.resolve(),
  })
}
