import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  assertPlanned,
  readServingPlan,
  type Scorer,
  type ScorerFactory,
  type ScorerRequest,
} from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { openLinear } from './linear.ts'
import { openOip } from './oip/index.ts'
import { loadOnnxRuntime, openOnnx } from './onnx.ts'
import { openTrees } from './trees.ts'

export { openLinear } from './linear.ts'
export { openOnnx } from './onnx.ts'
export { openTrees } from './trees.ts'

/** Scorers without native code, which never block for longer than they compute: they may run in a front. */
const pure: ReadonlyMap<string, ScorerFactory['open']> = new Map([
  ['trees', openTrees],
  ['linear', openLinear],
  ['oip', openOip],
])
const byKind: ReadonlyMap<string, ScorerFactory['open']> = new Map([...pure, ['onnx', openOnnx]])

/** Kinds that can score a model folder here; the first is the one it is opened by without a plan. */
export async function eligibleScorers({
  folder,
  format,
}: Pick<ScorerRequest, 'folder' | 'format'>): Promise<readonly Scorer['kind'][]> {
  if (format !== 'onnx') return [format]
  const native = (await loadOnnxRuntime()) !== undefined
  const trees = existsSync(join(folder, 'trees.json'))
  return [...(native ? (['onnx'] as const) : []), ...(trees || !native ? (['trees'] as const) : [])]
}

/**
 * The scorer that is asked for by its kind; else the one of the folder's serving plan, which must be of the same build; else
 * formats linear and oip by their own, and format onnx by ONNX Runtime where it is installed, or from trees.json.
 */
export async function openScorer(request: ScorerRequest): Promise<Scorer> {
  if (request.kind !== undefined) return openKind(request.kind, request)
  const plan = await readServingPlan(request.folder)
  if (plan === undefined) return openKind((await eligibleScorers(request))[0] ?? request.format, request)
  const scorer = await openKind(plan.kind, request)
  try {
    assertPlanned(scorer, plan)
    return scorer
  } catch (error) {
    await scorer.close()
    throw error
  }
}

function openKind(kind: string, request: ScorerRequest, kinds = byKind): Promise<Scorer> {
  const open = kinds.get(kind)
  if (open) return open(request)
  throw new FettleError('SCORER_MISSING', `There is no scorer "${kind}" here`)
}

export const scorerFactory: ScorerFactory = { open: openScorer }

/** Opens what may run in a front, by its kind. */
export const frontScorers: ScorerFactory = {
  open: async request => openKind(request.kind ?? request.format, request, pure),
}
