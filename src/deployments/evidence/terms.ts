import type { ContractData, DeploymentData, RolloutData, SliceData } from '../../definitions/index.ts'
import { type CellHistory, sliceColumns, type Task } from '../../evaluation/index.ts'

/** What a rollout's evidence is read by: fixed when the rollout starts. */
export interface EvidenceTerms
  extends Pick<
    DeploymentData,
    'contracts' | 'slices' | 'entity' | 'costs' | 'fairness' | 'purpose' | 'feedback'
  > {
  readonly task: Task
  readonly rollout: Pick<RolloutData, 'shadow' | 'shadowShare'>
  /** Request fields that name a row to a reader: the entity keys. */
  readonly names: readonly string[]
  /** What judged releases say of the cells: expected disagreement, rates, design effects. Null where nothing is known. */
  readonly history: readonly CellHistory[] | null
  /** Margins as numbers, by `contract|cell`. */
  readonly margins?: Readonly<Record<string, number>>
  readonly maxChallengers?: number
  /** Releases that each dry-run contract has observed, by its name. */
  readonly observed?: Readonly<Record<string, number>>
}

const month = 'month'

/** Columns of a row that are kept: what slices, contracts and groups are cut by. */
export function keptColumns({ slices = [], contracts = [], fairness }: EvidenceTerms): readonly string[] {
  const named = [
    ...slices.flatMap(slice => sliceColumns(slice.of)),
    ...contracts.flatMap(({ claim, cluster }) => [
      ...(claim.form === 'fair' ? [claim.column] : []),
      ...(cluster === undefined ? [] : [cluster]),
    ]),
    ...(fairness?.columns ?? []),
  ]
  return [...new Set(named)].filter(name => name !== month)
}

/** Whether anything compares a column with a number: it holds numbers, though no row has one yet. */
export function isCompared(slices: readonly SliceData[], column: string): boolean {
  const compared = (of: SliceData['of']): boolean => {
    if (of.kind === 'cross') return compared(of.first) || compared(of.second)
    return (
      of.kind === 'predicate' &&
      of.where.some(each => each.column === column && typeof [each.value].flat()[0] === 'number')
    )
  }
  return slices.some(slice => compared(slice.of))
}

/** Contracts of a stage, and the largest matured share that they ask for. */
export function stageContracts(
  { contracts = [] }: EvidenceTerms,
  stage: ContractData['stage'],
): { readonly contracts: readonly ContractData[]; readonly maturity: number } {
  const own = contracts.filter(contract => contract.stage === stage)
  return { contracts: own, maturity: Math.max(0, ...own.map(({ maturity = 0.9 }) => maturity)) || 0.9 }
}
