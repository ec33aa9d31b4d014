import type { ContractData, SliceData, SliceOf } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { lookSizes, planSet } from '../../kernel/statistics/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { PlannedCell } from '../reports/contracts.ts'
import { wholeSlice } from '../slices/resolve.ts'
import { denominatorOf } from './cell-rows.ts'
import { type CellTest, isRelative, testsOf } from './cell-tests.ts'
import { isUnlisted } from './drafts.ts'
import type { CellHistory, PairedRate } from './history.ts'
import { resolveClaim } from './margins.ts'
import { offersFor } from './offers.ts'
import { atLeastCounted, leastRows, type PlanBasis, rowsFor } from './planned-rows.ts'
import { errorsOf } from './request.ts'

export interface ContractPlanRequest {
  readonly contracts: readonly ContractData[]
  readonly slices: readonly SliceData[]
  /** Of the champion, by cell; null before there is one: then nothing is refused. */
  readonly history: readonly CellHistory[] | null
  readonly maxChallengers?: number
  /** Canary contracts compare two arms: rows of the champion for each of the challenger. Absent: planned as pairs. */
  readonly oldPerNew?: number
  /** Releases that each contract on trial has observed, by its name. */
  readonly observed?: Readonly<Record<string, number>>
}

/** One test of a contract on one cell, planned. */
export interface TestPlan {
  readonly contract: ContractData
  readonly test: CellTest
  readonly basis: PlanBasis
  readonly looks: number
  /** Rows at the last look; null where no number of rows is known to decide it. */
  readonly needed: number | null
  /** Rows that the window yields; null without history. */
  readonly expected: number | null
  /** Rows a day; null where the history does not say. */
  readonly perDay: number | null
  readonly rests: PlannedCell['basis']
  /** What is assumed already breaks the claim. */
  readonly broken: boolean
  readonly decidable: boolean | null
}

/**
 * Rows that every contract needs on every cell at the declared power, the rows to be expected, and whether it can ever be
 * decided, with what would make it so (releases.md §5). The chance to miss a good release is shared by the protected cells of
 * a stage.
 */
export function planContracts(request: ContractPlanRequest): readonly PlannedCell[] {
  const cells = request.contracts.map(contract => ({ contract, cells: cellsOf(contract, request) }))
  const protectedCells = (stage: ContractData['stage']): number =>
    cells.reduce((sum, { contract, cells: own }) => {
      const protects = own.filter(cell => statusOf(contract, { cell, request }) === 'protected').length
      return contract.stage === stage ? sum + protects * testsOf(contract.claim).length : sum
    }, 0)
  return cells.flatMap(({ contract, cells: own }) => {
    const shared = { request, contract, protectedCells: protectedCells(contract.stage) }
    return own.map(cell => planCell(cell, shared))
  })
}

function planCell(cell: NamedCell, shared: Omit<CellPlace, 'cell'>): PlannedCell {
  const { contract, request } = shared
  const plans = testsOf(contract.claim).map(test => planTest(test, { ...shared, cell: cell.history }))
  const worst = plans.reduce((a, b) => (tightness(b) > tightness(a) ? b : a))
  const whole = request.history?.find(each => each.name === wholeSlice)
  const above =
    cell.name === wholeSlice || !whole ? undefined : planTest(worst.test, { ...shared, cell: whole })
  return {
    contract: contract.name,
    slice: cell.name,
    status: statusOf(contract, { cell, request }),
    needed: worst.needed,
    expected: worst.expected,
    perDay: worst.perDay,
    basis: worst.rests,
    decidable: worst.decidable,
    offers: offersFor(worst, above),
  }
}

function statusOf(
  { name: contract, status, dryRun = 0 }: ContractData,
  { cell, request }: { readonly cell: NamedCell; readonly request: ContractPlanRequest },
): PlannedCell['status'] {
  if (status === 'watched' || isUnlisted(cell.name)) return 'watched'
  return dryRun > (request.observed?.[contract] ?? 0) ? 'dry-run' : 'protected'
}

/** Refuses protected cells that can never be decided, with what would make them so: SLICE_TOO_SMALL. */
export function refuseUndecidable(planned: readonly PlannedCell[]): void {
  const never = planned.filter(cell => cell.status === 'protected' && cell.decidable === false)
  const [first] = never
  if (first === undefined) return
  const others = never.length > 1 ? `, and so for ${never.length - 1} more` : ''
  throw new FettleError(
    'SLICE_TOO_SMALL',
    `Contract "${first.contract}" needs ${first.needed} rows at ${first.slice}, and ${first.expected} are to be expected${others}`,
    { hint: `One of: ${first.offers.join('; ')}.`, details: { cells: never } },
  )
}

/** How far a plan is from being decided; the largest is what a cell waits for. */
function tightness({ needed, expected, decidable }: TestPlan): number {
  return (decidable === false ? 1e6 : 0) + (needed ?? 0) / Math.max(1, expected ?? 1)
}

interface CellPlace {
  readonly request: ContractPlanRequest
  readonly contract: ContractData
  readonly protectedCells: number
  readonly cell: CellHistory | undefined
}

function planTest(test: CellTest, { request, contract, protectedCells, cell }: CellPlace): TestPlan {
  const { looks, ...errors } = errorsOf(contract)
  const { alpha, beta } = planSet({
    ...errors,
    looks,
    protectedCells,
    ...(request.maxChallengers === undefined ? {} : { maxChallengers: request.maxChallengers }),
  })
  const over = test.metric === 'precision' ? 'acted' : denominatorOf(test.metric)
  const count = cell?.counts[over] ?? null
  const perDay = count === null || !cell?.days ? null : count / cell.days
  const expected = expectedRows(contract, { count, perDay })
  const rate = cell?.rates[test.metric as PairedRate] ?? contract.assume?.rate ?? null
  const bound = resolveClaim(test, {
    n: expected ?? 0,
    frozen: undefined,
    championValue: () => rate ?? { undefined: 'no-history' },
  }).bound
  const basis: PlanBasis = {
    alpha,
    beta,
    bound: rate === null && isRelative(test) ? Number.NaN : bound,
    disagreement: disagreementOf(test, { contract, cell, rate }),
    rate,
    harm: contract.assume?.harm,
    deff: cell?.deff ?? 1,
    ...(request.oldPerNew !== undefined && contract.stage === 'canary'
      ? { oldPerNew: request.oldPerNew }
      : {}),
  }
  const known = rowsFor(test, basis)
  const rows = known ?? (expected === null ? null : leastRows(test, basis))
  const needed =
    typeof rows === 'number' ? (lookSizes(atLeastCounted(rows, test, basis), looks).at(-1) ?? rows) : null
  const enough = needed === null || expected === null ? null : expected >= needed
  return {
    contract,
    test,
    basis,
    looks,
    needed,
    expected,
    perDay,
    rests: needed === null ? null : known === null ? 'least' : restsOn(test, contract, cell),
    broken: known !== null && typeof known === 'object',
    // More than the least may be needed.
    decidable: known === null && enough === true ? null : enough,
  }
}

function restsOn(
  test: CellTest,
  { assume = {} }: ContractData,
  cell: CellHistory | undefined,
): PlannedCell['basis'] {
  const [seen, declared] =
    test.kind === 'absolute'
      ? [cell?.rates[test.metric as PairedRate], assume.rate]
      : [cell?.disagreement[test.metric as PairedRate], assume.disagreement]
  if (seen !== undefined) return 'seen'
  return declared === undefined ? 'independent' : 'declared'
}

/** Held-out rows are all judged, and no more come of themselves; live traffic goes on through its window. */
function expectedRows(
  { stage, window = '28d' }: ContractData,
  { count, perDay }: { readonly count: number | null; readonly perDay: number | null },
): number | null {
  if (stage === 'offline' || perDay === null) return count
  return Math.floor((perDay * Number(parseDuration(window))) / 86_400e6)
}

/** The largest of the last pairs, else the declared, else that of two independent models of the same rate. */
function disagreementOf(
  test: CellTest,
  {
    contract,
    cell,
    rate,
  }: {
    readonly contract: ContractData
    readonly cell: CellHistory | undefined
    readonly rate: number | null
  },
): number | null {
  if (test.metric !== 'action_rate' && test.metric !== 'fpr' && test.metric !== 'recall') return null
  const known = cell?.disagreement[test.metric] ?? contract.assume?.disagreement
  return known ?? (rate === null ? null : 2 * rate * (1 - rate))
}

interface NamedCell {
  readonly name: string
  readonly history: CellHistory | undefined
}

/** The cells of a contract: those the history knows, and those the declaration names beside. */
function cellsOf(
  { slices: names }: ContractData,
  { slices, history }: ContractPlanRequest,
): readonly NamedCell[] {
  return names.flatMap((name): readonly NamedCell[] => {
    const known = history?.filter(each => each.slice === name || each.name === name) ?? []
    const declared = slices.find(each => each.name === name)
    const listed = declared ? listedCells(name, declared.of) : [name]
    // A slice of unlisted values, or a cross, has the cells that were seen.
    const unseen = known.length > 0 && listed.includes(name) ? [] : listed
    return [
      ...known.map(each => ({ name: each.name, history: each })),
      ...unseen
        .filter(cell => !known.some(each => each.name === cell))
        .map(cell => ({ name: cell, history: undefined })),
    ]
  })
}

function listedCells(name: string, of: SliceOf): readonly string[] {
  return of.kind === 'column' && of.values ? of.values.map(value => `${name}=${value}`) : [name]
}
