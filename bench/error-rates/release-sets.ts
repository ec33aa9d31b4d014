import {
  type Cell,
  judgeCells,
  lookSizes,
  type PlannedN,
  planAbsolute,
  planPaired,
  planSet,
  type Random,
  randomFrom,
  type SetPlan,
  type Verdict,
} from '../../src/kernel/statistics/index.ts'
import type { Finding } from './claim.ts'
import { binomial, pairs } from './draws.ts'

/** One protected cell as declared: what it claims, what is true, and the rows its plan asks for. */
interface DeclaredCell {
  readonly form: 'noWorse' | 'within' | 'atMost'
  /** Margin, or limit. */
  readonly margin: number
  /** Disagreement of the pairs, or the assumed rate. */
  readonly share: number
  readonly n: number
}

const looks = 2

/** Contract sets like those a deployment declares: mostly non-inferiority, some equivalence and absolute rates. */
function declareSet(cells: number): { readonly plan: SetPlan; readonly declared: readonly DeclaredCell[] } {
  const plan = planSet({ protectedCells: cells, power: 0.8, alpha: 0.05, looks })
  const disagreements = [0.004, 0.01, 0.03, 0.08]
  const declared = Array.from({ length: cells }, (_, cell): DeclaredCell => {
    const disagreement = disagreements[cell % 4] ?? 0.01
    if (cell % 6 === 5) {
      const n = planAbsolute({ ...plan, limit: 0.01, assumed: 0.002 })
      return { form: 'atMost', margin: 0.01, share: 0.002, n: planned(n) }
    }
    const margin = 0.04 * Math.sqrt(disagreement)
    const equivalence = cell % 6 === 4
    const { n } = planPaired({ ...plan, disagreement, margin, equivalence })
    return { form: equivalence ? 'within' : 'noWorse', margin, share: disagreement, n: planned(n) }
  })
  return { plan, declared }
}

function planned(n: PlannedN): number {
  if (typeof n !== 'number') throw new Error(`the plan is refused: ${n.undefined}`)
  return n
}

/** Counts of a cell that grow from look to look. */
type Growth = (n: number) => Cell

function growth(random: Random, { form, margin, share }: DeclaredCell, harm: number): Growth {
  let [rows, b, c] = [0, 0, 0]
  return n => {
    const more = n - rows
    rows = n
    if (form === 'atMost') {
      b += binomial(random, more, harm > 0 ? harm : share)
      return { claim: { form, limit: margin }, status: 'protected', measurement: { kind: 'rate', x: b, n } }
    }
    const drawn = pairs(random, more, { disagreement: Math.max(share, harm), harm })
    b += drawn.b
    c += drawn.c
    return { claim: { form, margin }, status: 'protected', measurement: { kind: 'paired', n, b, c } }
  }
}

/** Verdicts of one simulated release at its looks: it stops at the first that decides. */
function simulate(
  random: Random,
  { plan, declared }: ReturnType<typeof declareSet>,
  harmed: { readonly cell: number; readonly times: number } | undefined,
): Verdict[] {
  const grown = declared.map((cell, index) =>
    growth(random, cell, index === harmed?.cell ? harmed.times * cell.margin : 0),
  )
  const verdicts: Verdict[] = []
  for (let look = 0; look < looks; look++) {
    const cells = declared.map((cell, index) =>
      (grown[index] as Growth)(lookSizes(cell.n, looks)[look] ?? cell.n),
    )
    const verdict = judgeCells(cells, plan).release
    verdicts.push(verdict)
    if (verdict !== 'inconclusive') break
  }
  return verdicts
}

interface Rates {
  readonly passFirst: number
  readonly failFirst: number
  readonly pass: number
  readonly fail: number
}

function rates(
  set: ReturnType<typeof declareSet>,
  releases: number,
  of: { seed: string; times?: number },
): Rates {
  const random = randomFrom(`bench/${of.seed}/${set.declared.length}`)
  const counts = { passFirst: 0, failFirst: 0, pass: 0, fail: 0 }
  for (let release = 0; release < releases; release++) {
    const harmed =
      of.times === undefined ? undefined : { cell: release % set.declared.length, times: of.times }
    const verdicts = simulate(random, set, harmed)
    counts.passFirst += Number(verdicts[0] === 'pass')
    counts.failFirst += Number(verdicts[0] === 'fail')
    counts.pass += Number(verdicts.at(-1) === 'pass')
    counts.fail += Number(verdicts.at(-1) === 'fail')
  }
  return {
    passFirst: counts.passFirst / releases,
    failFirst: counts.failFirst / releases,
    pass: counts.pass / releases,
    fail: counts.fail / releases,
  }
}

/**
 * Contract sets accepted by power planning (releases.md §17, first two rows): equal models, one cell with true harm at its
 * margin, one with twice that. Every cell gets exactly the rows its plan asks for, and twice as many at the second look.
 */
export function releaseSets(cells: number, releases: number): Finding[] {
  const set = declareSet(cells)
  const label = `${cells} protected ${cells === 1 ? 'cell' : 'cells'}`
  const equal = rates(set, releases, { seed: 'equal' })
  const atMargin = rates(set, releases, { seed: 'margin', times: 1 })
  const twice = rates(set, releases, { seed: 'twice', times: 2 })
  return [
    {
      claim: `equal models, ${label}: fails at any look`,
      target: { atMost: 0.05 },
      measured: equal.fail,
      runs: releases,
    },
    {
      claim: `equal models, ${label}: passes at the first look`,
      target: { atLeast: 0.8 },
      measured: equal.passFirst,
      runs: releases,
    },
    {
      claim: `one cell harmed by its margin, ${label}: passes`,
      target: { atMost: 0.06 },
      measured: atMargin.pass,
      runs: releases,
    },
    {
      claim: `one cell harmed by twice its margin, ${label}: fails`,
      target: { atLeast: 0.9 },
      measured: twice.fail,
      runs: releases,
    },
  ]
}
