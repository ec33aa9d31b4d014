import type { ContractData } from '../../definitions/index.ts'
import { type Cell, planSet } from '../../kernel/statistics/index.ts'
import type { ResolvedSlice } from '../rows.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import { codedColumn, missingValue, otherValue } from '../slices/partition.ts'
import { cellsNamed, resolveSlices } from '../slices/resolve.ts'
import { labelState } from './cell-rows.ts'
import { type CellTest, harmSign, testsOf } from './cell-tests.ts'
import { type ResolvedClaim, resolveClaim } from './margins.ts'
import { observe, valueOn } from './observe.ts'
import { observeArms } from './observe-arms.ts'
import type { JudgedCellRows, Observed } from './observed.ts'
import { plannedRows } from './planned-rows.ts'
import { type ContractsRequest, errorsOf } from './request.ts'

/** One test on one cell, measured and not yet judged. */
export interface Draft {
  readonly contract: ContractData
  readonly test: CellTest
  readonly cell: JudgedCellRows
  readonly status: 'protected' | 'watched' | 'dry-run'
  readonly observed: Observed
  readonly resolved: ResolvedClaim
  /** α of this look and β of this cell. */
  readonly alpha: number
  readonly beta: number
  /** Rows of the first look; null where none is planned. */
  readonly firstLook: number | null
  /** Rows that are missing before it; null where it may be looked at. */
  readonly early: number | null
}

/** What is to be measured: a test of a contract on a cell. */
type Planned = Pick<Draft, 'contract' | 'test' | 'cell' | 'status'>

/** Measures every test of the stage's contracts on every cell that it names. */
export function draftCells(request: ContractsRequest): readonly Draft[] {
  const planned = plan(request)
  const protectedCells = planned.filter(each => each.status === 'protected').length
  const once = new Map<string, unknown>()
  const remember = <Value>(key: string, make: () => Value): Value => {
    if (!once.has(key)) once.set(key, make())
    return once.get(key) as Value
  }
  return planned.map(each => {
    const { alpha, beta } = planSet({
      ...errorsOf(each.contract),
      protectedCells,
      ...(request.maxChallengers === undefined ? {} : { maxChallengers: request.maxChallengers }),
    })
    const entities = remember(`entities|${each.contract.cluster ?? ''}`, () =>
      entitiesOf(request, each.contract),
    )
    const planned = request.planned?.[marginKey(each)]
    const place = { ...each, request, entities, alpha, planned, remember }
    const observed = (request.arms ? observeArms : observe)(each.test, place)
    const resolved = resolveClaim(each.test, {
      n: observed.n,
      frozen: request.margins?.[marginKey(each)],
      championValue: metric =>
        request.champion
          ? valueOn(request, request.champion, { metric, members: championRows(request, each.cell) })
          : { undefined: 'no-champion' },
    })
    const early = planned !== undefined && observed.n < planned ? planned - observed.n : null
    return evenEnough({ ...each, observed, resolved, alpha, beta, early, firstLook: planned ?? null })
  })
}

function championRows({ arms }: ContractsRequest, { slice }: JudgedCellRows): Int32Array {
  return arms ? slice.rows.filter(row => arms[row] === 0) : slice.rows
}

/** Rows that explore for others decide only where as many count as were planned (releases.md §12). */
function evenEnough(draft: Draft): Draft {
  const { observed } = draft
  const planned = observed.weighed === null ? null : plannedRows(draft)
  if (planned === null || (observed.weighed ?? 0) >= planned) return draft
  return { ...draft, observed: { ...observed, measurement: { kind: 'unmeasured', reason: 'too-uneven' } } }
}

/** `contract|cell`, by which a margin is fixed for a rollout. */
export function marginKey({ contract, cell }: Pick<Draft, 'contract' | 'cell'>): string {
  return `${contract.name}|${cell.slice.name}`
}

/** As the kernel judges it. */
export function kernelCell({ test, observed, resolved, status, early }: Draft): Cell {
  const harm = test.kind === 'difference' && harmSign(test.metric) < 0
  return {
    claim: resolved.claim,
    measurement: observed.measurement,
    // What may not be decided yet is in no family.
    status: early === null ? status : 'watched',
    better: harm ? 'higher' : 'lower',
  }
}

function plan(request: ContractsRequest): readonly Planned[] {
  const { rows, contracts, slices, stage, judge } = request
  const cells = request.cells ?? resolveSlices(rows, slices)
  const judges = new Uint8Array(rows.rows)
  for (const row of judge) judges[row] = 1
  const judged = new Map<ResolvedSlice, JudgedCellRows>()
  const rowsOf = (slice: ResolvedSlice): JudgedCellRows => {
    const known = judged.get(slice)
    if (known) return known
    const members = slice.rows.filter(row => judges[row] === 1)
    const found = { slice, members, labels: labelState(rows, members) }
    judged.set(slice, found)
    return found
  }
  return contracts
    .filter(contract => contract.stage === stage)
    .flatMap(contract =>
      [...new Set(contract.slices.flatMap(name => cellsNamed(cells, name)))].flatMap(slice =>
        testsOf(contract.claim).map(test => ({
          contract,
          test,
          cell: rowsOf(slice),
          status: statusOf(contract, { test, slice, request }),
        })),
      ),
    )
}

/**
 * Rows without a value, and values that were not listed, were not named as worth protecting; without a champion a
 * comparison cannot protect; a new contract may watch some releases first.
 */
function statusOf(
  contract: ContractData,
  {
    test,
    slice,
    request,
  }: { readonly test: CellTest; readonly slice: ResolvedSlice; readonly request: ContractsRequest },
): Draft['status'] {
  if (contract.status === 'watched') return 'watched'
  if ((contract.dryRun ?? 0) > (request.observed?.[contract.name] ?? 0)) return 'dry-run'
  return isUnlisted(slice.name) || (test.kind === 'difference' && request.champion === null)
    ? 'watched'
    : 'protected'
}

/** Cells of rows without a value, or of values that were not listed. */
export function isUnlisted(cell: string): boolean {
  return cell.split(' × ').some(part => part.endsWith(`=${missingValue}`) || part.endsWith(`=${otherValue}`))
}

function entitiesOf({ rows }: ContractsRequest, { cluster }: ContractData): CodedColumn | undefined {
  return cluster === undefined ? rows.entities : codedColumn(rows, cluster)
}
