import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { toFloat32 } from '../link.ts'
import type { Explainer, Explanation, Scorer } from '../ports.ts'
import type { Background } from './background.ts'
import { checkedSum, checkVectors } from './checked.ts'
import { type MixedRows, meanPerCoalition, mixRows } from './coalition-rows.ts'
import { exactShapley, mostExactPlayers, type ShapleyPlan, sampledShapley } from './shapley.ts'

export interface OpaqueOptions {
  readonly background: Background
  /** Inputs that move together, as names: each group is one player. Inputs of no group are players of their own. */
  readonly groups?: readonly (readonly string[])[]
  /** Pairs of orders per row where there are too many players to enumerate; at least 10, default 10. */
  readonly pairs?: number
}

const leastPairs = 10
/** Numbers in one batch of rows to score: 16 MiB. */
const batchValues = 2_097_152

/**
 * Explains a model by scoring it: Shapley values of v(S) = mean over the background z of the raw score of x on S and z
 * elsewhere, the raw score being the log-odds of the probability. Exact with at most 12 players; else by antithetic
 * permutations, seeded by the row itself, with standard errors. Closing
 * it closes the scorer. SIGNATURE_MISMATCH for a group of unknown inputs.
 */
export function opaqueExplainer(scorer: Scorer, options: OpaqueOptions): Explainer {
  const { background, groups = [], pairs = leastPairs } = options
  const players = playersOf(background.inputs, groups)
  const exact = players.length <= mostExactPlayers ? exactShapley(players.length) : undefined
  const values = toFloat32(background.values)
  const explain = async (vector: Float64Array): Promise<Explanation> => {
    checkVectors(vector, 1, background.inputs.length)
    const row = toFloat32(vector)
    const plan =
      exact ??
      sampledShapley(players.length, {
        label: `explain/${sha256Hex(Buffer.from(row.buffer))}`,
        pairs: Math.max(leastPairs, pairs),
      })
    const coalitions = await valuesOf(scorer, plan, { row, background: values, players })
    const { phi, standardErrors } = plan.share(coalitions)
    return checkedSum({
      baseline: coalitions[0] as number,
      contributions: phi,
      rawScore: coalitions[1] as number,
      standardErrors,
    })
  }
  return {
    variant: exact === undefined ? 'permutation' : 'exact',
    background: background.hash,
    ...(groups.length === 0 ? {} : { players }),
    explain,
    close: () => scorer.close(),
    async explainRows(vectors, rows) {
      const inputs = background.inputs.length
      checkVectors(vectors, rows, inputs)
      const all = new Float64Array(rows * players.length)
      for (let row = 0; row < rows; row++) {
        const { contributions } = await explain(vectors.slice(row * inputs, (row + 1) * inputs))
        all.set(contributions, row * players.length)
      }
      return all
    },
  }
}

/** Inputs by player: declared groups first, in their order, then every other input alone. */
function playersOf(
  inputs: readonly string[],
  groups: readonly (readonly string[])[],
): readonly (readonly number[])[] {
  const grouped = groups.map(group => group.map(name => inputs.indexOf(name)))
  const members = grouped.flat()
  if (members.includes(-1) || new Set(members).size < members.length)
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      'A group of features names one that is no input of the model, or one twice',
      { hint: `The inputs are ${inputs.join(', ')}.` },
    )
  const alone = inputs.map((_, input) => input).filter(input => !members.includes(input))
  return [...grouped, ...alone.map(input => [input])]
}

async function valuesOf(scorer: Scorer, plan: ShapleyPlan, mixed: MixedRows): Promise<Float64Array> {
  const values = new Float64Array(plan.count)
  const backgroundRows = mixed.background.length / mixed.row.length
  const together = Math.max(1, Math.floor(batchValues / mixed.background.length))
  for (let from = 0; from < plan.count; from += together) {
    const to = Math.min(plan.count, from + together)
    const coalitions = plan.coalitions.subarray(from * plan.players, to * plan.players)
    const rows = mixRows(coalitions, mixed)
    const scores = await scorer.score(rows, (to - from) * backgroundRows)
    values.set(meanPerCoalition(Float64Array.from(scores, logOdds), backgroundRows), from)
  }
  return values
}

/** A score of 0 or 1 has no log-odds; float32 scorers round to them. */
const leastProbability = 1e-15

function logOdds(probability: number): number {
  if (Number.isNaN(probability))
    throw new FettleError('NOT_A_NUMBER', 'The model gave a score that is no number')
  const p = Math.min(1 - leastProbability, Math.max(leastProbability, probability))
  return Math.log(p / (1 - p))
}
