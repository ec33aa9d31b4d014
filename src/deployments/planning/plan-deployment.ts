import type { DeploymentData, ModelData, TrainingSetData } from '../../definitions/index.ts'
import { type CellHistory, type PlannedCell, planContracts } from '../../evaluation/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import { type DeploymentPast, deploymentPast } from './past.ts'

/** A deployment with what its rows come from, as it would be applied. */
export interface PlannedDeployment {
  readonly deployment: DeploymentData
  readonly model: ModelData
  readonly trainingSet: TrainingSetData
}

/** Rows that the contracts of a deployment need, and whether they can ever be decided (releases.md §5). */
export interface ContractPlan {
  /** What the rows to expect are counted from. */
  readonly from: 'judged-releases' | 'held-out-rows' | 'nothing'
  /** The same in words. */
  readonly basis: string
  readonly cells: readonly PlannedCell[]
}

type Dependencies = Pick<DeploymentsDependencies, 'uow' | 'objects' | 'heldOutCells'>

/** Plans the contracts from the judged releases, else from the rows that are held out of the newest build of the set. */
export async function planDeployment(deps: Dependencies, planned: PlannedDeployment): Promise<ContractPlan> {
  return planFrom(deps, { ...planned, past: await deploymentPast(deps, planned.deployment) })
}

export async function planFrom(
  deps: Dependencies,
  planned: PlannedDeployment & { readonly past: DeploymentPast },
): Promise<ContractPlan> {
  const { contracts = [], slices = [] } = planned.deployment
  if (contracts.length === 0) return { from: 'nothing', basis: 'no contract is declared', cells: [] }
  const { history, ...basis } = await expectedCells(deps, planned)
  const { observed } = planned.past
  return { ...basis, cells: planContracts({ contracts, slices, history, observed }) }
}

type Expected = Pick<ContractPlan, 'from' | 'basis'> & { readonly history: readonly CellHistory[] | null }

async function expectedCells(
  deps: Dependencies,
  { past, ...planned }: PlannedDeployment & { readonly past: DeploymentPast },
): Promise<Expected> {
  const { history, pairs } = past
  const judged =
    pairs[0] === undefined ? '' : `rows that judged release ${pairs[0].verdict.page.release.number}`
  if (history && covers(history, planned.deployment))
    return { from: 'judged-releases', basis: judged, history }
  const { name } = planned.trainingSet
  const held = await heldOut(deps, planned)
  if (history) {
    // Slices that are declared anew have been counted, and never been judged.
    const more = 'cells' in held ? held.cells : []
    const added = more.filter(cell => !history.some(each => each.name === cell.name))
    const basis = added.length === 0 ? judged : `${judged}, new slices from the newest build of "${name}"`
    return { from: 'judged-releases', basis, history: [...history, ...added] }
  }
  if ('cells' in held)
    return {
      ...{ from: 'held-out-rows', history: held.cells },
      basis: `held-out rows of the newest build of "${name}"`,
    }
  return {
    ...{ from: 'nothing', history: null },
    basis: `${held.why}: nothing is known yet, and rows are planned when the first release is judged`,
  }
}

/** Every declared slice, and every listed value, has been judged. */
function covers(history: readonly CellHistory[], { slices = [] }: DeploymentData): boolean {
  return slices.every(({ name, of }) => {
    const cells = history.filter(({ slice }) => slice === name).map(cell => cell.name)
    const listed = of.kind === 'column' ? (of.values ?? []) : []
    return cells.length > 0 && listed.every(value => cells.includes(`${name}=${value}`))
  })
}

type HeldOut = { readonly cells: readonly CellHistory[] } | { readonly why: string }

async function heldOut(deps: Dependencies, planned: PlannedDeployment): Promise<HeldOut> {
  const { name } = planned.trainingSet
  try {
    const cells = await deps.heldOutCells(planned)
    return cells === null ? { why: `"${name}" is not built yet` } : { cells }
  } catch (error) {
    // A plan goes on without what cannot be read; the release that needs it says so.
    if (!isFettleError(error)) throw error
    return { why: `the newest build of "${name}" cannot be counted (${error.message})` }
  }
}
