import type { ClaimData, ContractData } from '../../src/definitions/index.ts'
import { binomialP, clopperPearson, holm, pairedBounds, pairedP } from '../../src/kernel/statistics/index.ts'

/** One decision as a person would write it down. */
export interface Decision {
  readonly customer: string
  readonly place: string | null
  readonly label: 0 | 1 | null
  readonly champion: 0 | 1
  readonly challenger: 0 | 1
}

export interface NaiveCell {
  readonly cell: string
  readonly pass: number | null
  readonly fail: number | null
  readonly holm: number | null
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  readonly lower: number | null
  readonly upper: number | null
}

type Rate = 'action_rate' | 'fpr' | 'recall' | 'precision'

/** Contracts on paired shares of rows, by walking over the rows once for every number: what the fast way must equal. */
export function naiveVerdicts(
  decisions: readonly Decision[],
  contracts: readonly ContractData[],
): { readonly cells: readonly NaiveCell[]; readonly release: string } {
  const drafts = contracts.flatMap(contract =>
    cellsFor(contract, decisions).map(({ name, rows, listed }) => ({
      name: `${contract.name} ${name}`,
      protects: contract.status === 'protected' && listed,
      alpha: contract.alpha ?? 0.05,
      ...evidence(contract.claim, rows, contract.alpha ?? 0.05),
    })),
  )
  const family = drafts.filter(draft => draft.protects && draft.measured)
  const adjusted = holm(family.map(draft => draft.fail ?? 1))
  const cells = drafts.map((draft): NaiveCell => {
    const at = family.indexOf(draft)
    const against = at < 0 ? draft.fail : (adjusted[at] ?? null)
    const verdict = !draft.measured
      ? 'inconclusive'
      : (draft.pass ?? 1) <= draft.alpha
        ? 'pass'
        : (against ?? 1) <= draft.alpha && draft.enough
          ? 'fail'
          : 'inconclusive'
    return { cell: draft.name, ...draft, holm: at < 0 ? null : against, verdict }
  })
  const deciding = cells.filter((_, index) => drafts[index]?.protects).map(cell => cell.verdict)
  const release = deciding.includes('fail')
    ? 'fail'
    : deciding.includes('inconclusive')
      ? 'inconclusive'
      : 'pass'
  return { cells, release }
}

function cellsFor({ slices }: ContractData, decisions: readonly Decision[]) {
  return slices.flatMap(slice => {
    if (slice === 'all') return [{ name: 'all', rows: decisions, listed: true }]
    const places = [...new Set(decisions.map(each => each.place))].filter(place => place !== null)
    return [
      ...['a', 'b', 'c'].map(place => ({
        name: `place=${place}`,
        rows: decisions.filter(each => each.place === place),
        listed: true,
      })),
      ...(places.length < 1 && decisions.length === 0 ? [] : missingOf(decisions)),
    ]
  })
}

function missingOf(decisions: readonly Decision[]) {
  const rows = decisions.filter(each => each.place === null)
  return rows.length === 0 ? [] : [{ name: 'place=(missing)', rows, listed: false }]
}

interface Evidence {
  readonly pass: number | null
  readonly fail: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly measured: boolean
  readonly enough: boolean
}

const nothing: Evidence = { pass: null, fail: null, lower: null, upper: null, measured: false, enough: true }

function evidence(claim: ClaimData, cell: readonly Decision[], alpha: number): Evidence {
  if (claim.form === 'neverTrade' || claim.form === 'fair') throw new Error('not here')
  const metric = claim.metric as Rate
  const rows = cell.filter(each => countsFor(metric, each))
  if (rows.length === 0) return nothing
  if ('limit' in claim) {
    const event = (each: Decision) => (metric === 'precision' ? (each.label ?? 0) : each.challenger)
    const deff = effect(rows, event)
    const rate = { x: rows.reduce((sum, each) => sum + event(each), 0) / deff, n: rows.length / deff }
    const bounds = clopperPearson(rate.x, rate.n, alpha) as { lower: number; upper: number }
    return {
      ...binomialP(rate, { limit: claim.limit, side: claim.form }),
      ...bounds,
      measured: true,
      enough: true,
    }
  }
  const deff = effect(rows, each => each.challenger - each.champion)
  const b = rows.filter(each => each.challenger === 1 && each.champion === 0).length
  const c = rows.filter(each => each.challenger === 0 && each.champion === 1).length
  const [worse, better] = metric === 'recall' ? [c, b] : [b, c]
  const counts = { n: rows.length / deff, b: worse / deff, c: better / deff }
  const margin =
    claim.form === 'better' ? -claim.by : marginOf(claim.margin, { cell, metric, n: rows.length })
  const bounds = pairedBounds(counts, alpha) as { lower: number; upper: number }
  const above = pairedP(counts, margin)
  const shared = { ...bounds, measured: counts.n >= 30, enough: enoughEvents(claim, worse - better) }
  if (claim.form !== 'within') return { ...above, ...shared }
  const below = pairedP(counts, -margin)
  return {
    ...shared,
    pass: Math.max(above.pass, below.fail),
    fail: Math.min(1, 2 * Math.min(above.fail, below.pass)),
  }
}

function countsFor(metric: Rate, { label, challenger }: Decision): boolean {
  if (metric === 'fpr') return label === 0
  if (metric === 'recall') return label === 1
  return metric === 'action_rate' || (label !== null && challenger === 1)
}

function marginOf(
  margin: Extract<ClaimData, { readonly form: 'noWorse' | 'within' }>['margin'],
  { cell, metric, n }: { readonly cell: readonly Decision[]; readonly metric: Rate; readonly n: number },
): number {
  if (typeof margin === 'number') return margin
  const rows = cell.filter(each => countsFor(metric, each))
  const rate = rows.filter(each => each.champion === 1).length / rows.length
  return Math.max(
    margin.relative * rate,
    'rate' in margin.floor ? margin.floor.rate : margin.floor.events / n,
  )
}

function enoughEvents(claim: ClaimData, more: number): boolean {
  if (!('margin' in claim) || typeof claim.margin === 'number' || !('events' in claim.margin.floor))
    return true
  return (claim.form === 'within' ? Math.abs(more) : more) >= claim.margin.floor.events
}

/** V_cl / V_iid by the letter of releases.md §4.1. */
function effect(rows: readonly Decision[], value: (each: Decision) => number): number {
  const n = rows.length
  const customers = [...new Set(rows.map(each => each.customer))]
  const groups = customers.length
  if (groups === n) return 1
  if (groups === 1) return n
  const d = rows.reduce((sum, each) => sum + value(each), 0) / n
  const squares = rows.reduce((sum, each) => sum + value(each) ** 2, 0) / n
  const iid = (squares - d * d) / n
  if (iid === 0) return 1
  const between = customers.reduce((sum, customer) => {
    const own = rows.filter(each => each.customer === customer)
    return sum + (own.reduce((total, each) => total + value(each), 0) - own.length * d) ** 2
  }, 0)
  return Math.max(1, ((groups / (groups - 1)) * between) / n ** 2 / iid)
}
