import type { ContractData } from '../../definitions/index.ts'
import { type ContractCell, declaredWords, type PlannedCell } from '../../evaluation/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { contractSetHash } from '../build-release.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgedRelease } from '../gate/model.ts'
import type { StoredVerdict } from '../ports.ts'
import { judgedAs } from '../releases/views.ts'
import { deploymentPast } from './past.ts'
import { type ContractPlan, planFrom } from './plan-deployment.ts'

/** What the newest judged release came to in one cell. */
export interface LastCell extends Pick<ContractCell, 'verdict' | 'reason' | 'matured' | 'needed' | 'advice'> {
  readonly release: number
  /** The rows still needed, in days of rows as those that judged came; null where that is not known. */
  readonly neededDays: number | null
}

export interface DeclaredCell extends Omit<PlannedCell, 'contract'> {
  readonly last: LastCell | null
}

export interface DeclaredContract extends Pick<ContractData, 'name' | 'slices' | 'status' | 'stage'> {
  /** In words. */
  readonly claim: string
  /** Null for a contract that was never on trial. */
  readonly dryRun: { readonly releases: number; readonly observed: number } | null
  readonly cells: readonly DeclaredCell[]
}

/** The contracts of a deployment as they are declared now, each with its plan and what it last came to. */
export interface DeclaredContracts extends Pick<ContractPlan, 'from' | 'basis'> {
  readonly deployment: string
  /** Hash of the declared contract set; null when nothing is declared. */
  readonly contractSet: string | null
  /** The newest verdict over judged rows. */
  readonly last: {
    readonly release: number
    readonly at: Micros
    readonly summary: string
  } | null
  readonly contracts: readonly DeclaredContract[]
}

/** Throws UNKNOWN_DEPLOYMENT. */
export async function declaredContracts(
  deps: DeploymentsDependencies,
  name: string,
): Promise<DeclaredContracts> {
  const { deployment, model, trainingSet } = await deps.releaseDefinitions(name)
  const past = await deploymentPast(deps, deployment)
  const plan = await planFrom(deps, { deployment, model, trainingSet, past })
  const verdict = past.pairs[0]?.verdict
  const judged = verdict ? await judgedAs(deps.objects, verdict) : null
  const summary = judged?.contracts?.summary
  return {
    deployment: name,
    contractSet: contractSetHash(deployment),
    from: plan.from,
    basis: plan.basis,
    last:
      verdict && summary !== undefined
        ? { release: verdict.page.release.number, at: verdict.at, summary }
        : null,
    contracts: (deployment.contracts ?? []).map(contract => ({
      name: contract.name,
      claim: declaredWords(contract.claim),
      slices: contract.slices,
      status: contract.status,
      stage: contract.stage,
      dryRun:
        contract.dryRun === undefined
          ? null
          : { releases: contract.dryRun, observed: past.observed[contract.name] ?? 0 },
      cells: plan.cells
        .filter(cell => cell.contract === contract.name)
        .map(({ contract: _, ...cell }) => ({
          ...cell,
          last: verdict && judged ? lastCell(cell, { contract, verdict, judged }) : null,
        })),
    })),
  }
}

interface Judgement {
  readonly contract: ContractData
  readonly verdict: StoredVerdict
  readonly judged: JudgedRelease
}

/** Cells are sorted, the worst first: of a trade the part that is worse speaks. */
function lastCell(
  { slice, perDay }: Pick<PlannedCell, 'slice' | 'perDay'>,
  { contract, verdict: { page }, judged }: Judgement,
): LastCell | null {
  const found = judged.contracts?.cells.find(each => each.contract === contract.name && each.slice === slice)
  if (found === undefined) return null
  const { verdict, reason, matured, needed, advice } = found
  const history = (judged.history ?? []).find(each => each.name === slice)
  return {
    ...{ verdict, reason, matured, needed, advice },
    release: page.release.number,
    neededDays:
      needed === null || perDay === null || perDay <= 0
        ? null
        : Math.ceil((needed * (history?.deff ?? 1)) / perDay),
  }
}
