import type { Scorer, ScorerFactory, ScorerRequest } from '../../evaluation/index.ts'
import { openLinear } from './linear.ts'
import { loadOnnxRuntime, openOnnx } from './onnx.ts'
import { openTrees } from './trees.ts'

export { openLinear } from './linear.ts'
export { openOnnx } from './onnx.ts'
export { openTrees } from './trees.ts'

/** Format linear by its own scorer; format onnx by ONNX Runtime where it is installed, else from trees.json. */
export async function openScorer(request: ScorerRequest): Promise<Scorer> {
  if (request.format === 'linear') return openLinear(request)
  return (await loadOnnxRuntime()) ? openOnnx(request) : openTrees(request)
}

export const scorerFactory: ScorerFactory = { open: openScorer }
