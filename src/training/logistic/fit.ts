import { FettleError } from '../../kernel/errors/index.ts'
import { solveCholesky } from './cholesky.ts'
import { type Design, fillBlock, type Scaling, scalingOf } from './design.ts'

export interface LogisticOptions {
  /** Weight of ½‖w‖² on standardised inputs, against the sum of the losses; the intercept is free. Default 1. */
  readonly l2: number
  readonly maxIterations: number
  readonly names: readonly string[]
  /** After every pass over the data: largest gradient entry per row, and mean loss. */
  onIteration?(state: {
    readonly iteration: number
    readonly loss: number
    readonly gradient: number
  }): void | Promise<void>
  readonly signal?: AbortSignal
}

export interface LogisticFit {
  /** On raw inputs. */
  readonly weights: readonly number[]
  readonly intercept: number
  readonly means: readonly number[]
  readonly iterations: number
  /** False when maxIterations came first. */
  readonly converged: boolean
  /** Mean loss in nats, without the penalty. */
  readonly loss: number
}

const blockRows = 1024
/** Newton stops when no entry of the mean gradient is larger. */
const gradientTolerance = 1e-9

/**
 * L2-regularised logistic regression by Newton's method (iteratively reweighted least squares) with step halving:
 * minimises Σ log(1 + e^(−ỹ·z)) + ½·l2·‖w‖² over standardised inputs; missing values count as the mean.
 * Deterministic: one thread, fixed order of sums. LABEL_ONE_CLASS when there is nothing to separate.
 */
export async function fitLogistic(design: Design, options: LogisticOptions): Promise<LogisticFit> {
  options.signal?.throwIfAborted()
  const rows = design.labels.length
  const positives = design.labels.reduce((sum, label) => sum + label, 0)
  if (positives === 0 || positives === rows) {
    throw new FettleError(
      'LABEL_ONE_CLASS',
      `All ${rows} rows to train on have the label ${positives === 0 ? 0 : 1}`,
    )
  }
  const scaling = scalingOf(design, options.names)
  const problem = { design, scaling, l2: options.l2 }
  let weights = new Float64Array(design.columns.length + 1)
  weights[design.columns.length] = Math.log(positives / (rows - positives))
  let state = derivatives(problem, weights)
  let iteration = 0
  for (
    ;
    iteration < options.maxIterations && largest(state.gradient) / rows > gradientTolerance;
    iteration++
  ) {
    options.signal?.throwIfAborted()
    await options.onIteration?.({
      iteration,
      loss: state.loss / rows,
      gradient: largest(state.gradient) / rows,
    })
    const next = newtonStep(problem, weights, state)
    if (!next) break
    weights = next.weights
    state = next.state
  }
  return {
    ...unscale(weights, scaling),
    iterations: iteration,
    converged: iteration < options.maxIterations,
    loss: state.loss / rows,
  }
}

interface Problem {
  readonly design: Design
  readonly scaling: Scaling
  readonly l2: number
}

interface Derivatives {
  /** Sum of losses. */
  readonly loss: number
  /** With the penalty. */
  readonly objective: number
  readonly gradient: Float64Array
  readonly hessian: Float64Array
}

function derivatives(problem: Problem, weights: Float64Array): Derivatives {
  const { design, scaling, l2 } = problem
  const width = weights.length
  const gradient = new Float64Array(width)
  const hessian = new Float64Array(width * width)
  const block = new Float64Array(blockRows * width)
  let loss = 0
  for (let from = 0; from < design.labels.length; from += blockRows) {
    const rows = Math.min(blockRows, design.labels.length - from)
    fillBlock(block, design, scaling, { from, rows })
    loss += addBlock({ block, rows, labels: design.labels.subarray(from, from + rows) }, weights, {
      gradient,
      hessian,
    })
  }
  let penalty = 0
  for (let i = 0; i < width - 1; i++) {
    const weight = weights[i] as number
    penalty += (l2 / 2) * weight * weight
    gradient[i] = (gradient[i] as number) + l2 * weight
    // A column that never varies has no curvature of its own; a 1 keeps the system solvable and its weight at 0.
    hessian[i * width + i] = (hessian[i * width + i] as number) + (scaling.deviations[i] === 0 ? 1 : l2)
  }
  return { loss, objective: loss + penalty, gradient, hessian }
}

function addBlock(
  data: { block: Float64Array; rows: number; labels: Uint8Array },
  weights: Float64Array,
  sums: { gradient: Float64Array; hessian: Float64Array },
): number {
  const { block, rows, labels } = data
  const { gradient, hessian } = sums
  const width = weights.length
  let loss = 0
  for (let row = 0, start = 0; row < rows; row++, start += width) {
    let z = 0
    for (let i = 0; i < width; i++) z += (block[start + i] as number) * (weights[i] as number)
    const label = labels[row] as number
    const signed = label === 1 ? -z : z
    loss += signed > 30 ? signed : Math.log1p(Math.exp(signed))
    const probability = 1 / (1 + Math.exp(-z))
    const residual = probability - label
    const curvature = probability * (1 - probability)
    for (let i = 0; i < width; i++) {
      const x = block[start + i] as number
      gradient[i] = (gradient[i] as number) + residual * x
      const scaled = curvature * x
      const line = i * width
      for (let j = 0; j <= i; j++)
        hessian[line + j] = (hessian[line + j] as number) + scaled * (block[start + j] as number)
    }
  }
  return loss
}

/** The full Newton step, halved until the objective falls; undefined when no step makes progress. */
function newtonStep(
  problem: Problem,
  weights: Float64Array,
  state: Derivatives,
): { weights: Float64Array<ArrayBuffer>; state: Derivatives } | undefined {
  const step = solveCholesky(state.hessian, state.gradient)
  if (!step) return undefined
  for (let scale = 1; scale > 1e-6; scale /= 2) {
    const next = weights.map((weight, i) => weight - scale * (step[i] as number))
    const after = derivatives(problem, next)
    if (after.objective <= state.objective + 1e-12 * Math.abs(state.objective))
      return { weights: Float64Array.from(next), state: after }
  }
  return undefined
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

/** Folds the standardisation into the weights, so that the model reads raw inputs. */
function unscale(
  weights: Float64Array,
  { means, deviations }: Scaling,
): Pick<LogisticFit, 'weights' | 'intercept' | 'means'> {
  const raw = Array.from(means, (_, i) =>
    deviations[i] === 0 ? 0 : (weights[i] as number) / (deviations[i] as number),
  )
  const shift = raw.reduce((sum, weight, i) => sum + weight * (means[i] as number), 0)
  return { weights: raw, intercept: (weights[means.length] as number) - shift, means: Array.from(means) }
}
