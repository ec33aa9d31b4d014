import type { ContractMetric } from '../../definitions/index.ts'
import type { ModelOutputs } from '../rows.ts'
import { denominatorOf, emptyReasons, flawOf, labelState, rowsOver } from './cell-rows.ts'
import { type CellTest, harmSign } from './cell-tests.ts'
import { countRate } from './count-outcomes.ts'
import { actionsOf, countedRows, metricOver, observe, resampled, seedOf, valueOn } from './observe.ts'
import { isRequestMetric } from './observe-requests.ts'
import { type Observed, type Place, unmeasured } from './observed.ts'
import { plainValue, resampleHarm } from './resampling/resample.ts'
import { type Units, unitsOf } from './units.ts'

const shares: ReadonlySet<string> = new Set(['action_rate', 'fpr', 'recall', 'precision'])

/**
 * Measures one test on one cell of two arms that answered different rows (releases.md §4.5): claims about the challenger on
 * its own rows; differences of shares by counts of both arms, each with its design effect; any other difference by drawing
 * whole entities of both.
 */
export function observeArms(test: CellTest, place: Place): Observed {
  const { request, cell } = place
  if (test.kind !== 'fair' && isRequestMetric(test.metric)) return observe(test, place)
  const { challenger, champion } = request
  const own = inArm(place, cell.members, 1)
  if (test.kind !== 'difference') {
    const observed = observe(test, { ...own, request: { ...request, champion: null } })
    if (test.kind === 'fair' || champion === null) return observed
    const members = inArm(place, cell.members, 0).cell.members
    return { ...observed, champion: valueOn(request, champion, { metric: test.metric, members }) }
  }
  if (champion === null) return unmeasured('no-champion')
  const other = inArm(place, cell.members, 0)
  const flaw = [own, other]
    .map(({ cell: { members, labels } }, arm) =>
      flawOf(test.metric, {
        ...{ rows: request.rows, members, labels },
        outputs: [arm === 0 ? challenger : champion],
        maturity: place.contract.maturity ?? 0.9,
      }),
    )
    .find(Boolean)
  if (flaw !== undefined) return unmeasured(flaw)
  const both = { own, other, champion }
  return request.rows.weights === undefined && shares.has(test.metric)
    ? observeShares(test.metric, both)
    : observeDrawn(test.metric, both)
}

/** The rows of a cell that one arm answered. */
function inArm(place: Place, members: Int32Array, arm: 0 | 1): Place {
  const answered = members.filter(row => place.request.arms?.[row] === arm)
  return {
    ...place,
    cell: { ...place.cell, members: answered, labels: labelState(place.request.rows, answered) },
  }
}

interface BothArms {
  readonly own: Place
  readonly other: Place
  readonly champion: ModelOutputs
}

/** The champion's rows of the same time: a look is at the challenger's first so many. */
function until(rows: Int32Array, last: number | undefined, isCut: boolean): Int32Array {
  return isCut && last !== undefined ? rows.filter(row => row <= last) : rows
}

function observeShares(metric: ContractMetric, { own, other, champion }: BothArms): Observed {
  const { request, entities } = own
  const { rows, challenger } = request
  const over = metric === 'precision' ? 'acted' : denominatorOf(metric)
  const countOf = (counted: Int32Array, outputs: ModelOutputs) =>
    countRate(counted, metric === 'precision' ? rows.labels : actionsOf(outputs), entities)
  const counted = countedRows(own, { over, actions: actionsOf(challenger) })
  const others = rowsOver(rows, other.cell.members, { over, actions: actionsOf(champion) })
  const first = countOf(counted, challenger)
  const second = countOf(until(others, counted.at(-1), own.planned !== undefined), champion)
  if (first.n === 0 || second.n === 0) return unmeasured(emptyReasons[over], { n: first.n })
  return {
    measurement: { kind: 'unpaired', challenger: first, champion: second },
    champion: second.x / second.n,
    challenger: first.x / first.n,
    n: first.n,
    disagreement: null,
    deff: first.deff,
    weighed: null,
    remark: null,
  }
}

function observeDrawn(metric: ContractMetric, { own, other, champion }: BothArms): Observed {
  const { request, entities, alpha } = own
  const over = denominatorOf(metric)
  const counted = countedRows(own, { over })
  const others = until(
    rowsOver(request.rows, other.cell.members, { over }),
    counted.at(-1),
    own.planned !== undefined,
  )
  if (counted.length === 0 || others.length === 0) return unmeasured(emptyReasons[over])
  const rows = new Int32Array(counted.length + others.length)
  rows.set(counted)
  rows.set(others, counted.length)
  rows.sort()
  const units = unitsOf(rows, entities)
  const metricOf = (outputs: ModelOutputs, arm: 0 | 1) =>
    metricOver({ request, outputs, metric, ...ofArm(rows, units, row => request.arms?.[row] === arm) })
  const models = { challenger: metricOf(request.challenger, 1), champion: metricOf(champion, 0) }
  const result = resampleHarm(
    { ...models, sign: harmSign(metric) },
    { seed: seedOf(own), clusters: units.count, alpha },
  )
  return resampled(result, {
    champion: plainValue(models.champion, units.count),
    challenger: plainValue(models.challenger, units.count),
    n: counted.length,
    deff: counted.length / Math.max(1, unitsOf(counted, entities).count),
    weighed: null,
    disagreement: null,
  })
}

/** Rows of an arm with the numbers their entities have among those of both. */
function ofArm(
  rows: Int32Array,
  units: Units,
  isOwn: (row: number) => boolean,
): { readonly rows: Int32Array; readonly units: Units } {
  const places = Int32Array.from(rows.keys()).filter(at => isOwn(rows[at] as number))
  return {
    rows: places.map(at => rows[at] as number),
    units: { ...units, of: places.map(at => units.of[at] as number) },
  }
}
