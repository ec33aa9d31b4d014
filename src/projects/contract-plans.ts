import { type Change, type DefinitionRef, type Project, refOf } from '../definitions/index.ts'
import { type ContractPlan, contractSetHash, type PlannedDeployment } from '../deployments/index.ts'
import { refuseUndecidable } from '../evaluation/index.ts'
import type { CurrentDefinition } from './ports.ts'

/** Plans the contracts of one deployment. */
export type PlanContracts = (planned: PlannedDeployment) => Promise<ContractPlan>

/** A change, with what the contracts of a deployment need. */
export interface PlannedChange extends Change {
  /** Null for what declares no contracts. */
  readonly contracts: ContractPlan | null
}

type Plans = ReadonlyMap<DefinitionRef, ContractPlan>

/** Plans of all deployments that declare contracts, by reference. */
export async function planDeployments(project: Project, plan: PlanContracts | undefined): Promise<Plans> {
  if (plan === undefined) return new Map()
  const planned = plannedDeployments(project)
  const plans = planned.map(async each => [refOf(each.deployment), await plan(each)] as const)
  return new Map(await Promise.all(plans))
}

function plannedDeployments({ definitions }: Project): readonly PlannedDeployment[] {
  return definitions.flatMap(deployment => {
    if (deployment.kind !== 'deployment' || (deployment.contracts ?? []).length === 0) return []
    const model = definitions.find(each => each.kind === 'model' && each.name === deployment.model)
    if (model?.kind !== 'model') return []
    const set = definitions.find(each => each.kind === 'trainingSet' && each.name === model.trainingSet)
    return set?.kind === 'trainingSet' ? [{ deployment, model, trainingSet: set }] : []
  })
}

/**
 * Throws SLICE_TOO_SMALL for a protected cell that can never be decided, where the contracts or slices of its deployment are
 * declared anew: what stands already is judged, and only warned of.
 */
export function refuseUndecidableContracts(
  plans: Plans,
  { project, standing }: { readonly project: Project; readonly standing: readonly CurrentDefinition[] },
): void {
  for (const definition of project.definitions) {
    const plan = plans.get(refOf(definition))
    if (definition.kind !== 'deployment' || plan === undefined) continue
    const before = standing.find(({ ref }) => ref === refOf(definition))?.definition
    const declaredAnew =
      before?.kind !== 'deployment' || contractSetHash(before) !== contractSetHash(definition)
    if (declaredAnew) refuseUndecidable(plan.cells)
  }
}
