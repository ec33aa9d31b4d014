import type { BatchJobDetailView, BatchJobView } from '../../api/batch.ts'
import type { ContractData } from '../../definitions/index.ts'
import {
  countDistance,
  isDefined,
  type Quantity,
  ratio,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import type { Release } from '../../registry/index.ts'

export type WireDetail = BatchJobDetailView
type WireJson = NonNullable<BatchJobView['report']>

/** Where other jobs are found. */
export interface JobsBefore {
  batchJobs(query: { deployment: string }): Promise<{ readonly items: readonly BatchJobView[] }>
  batchJob(id: string): Promise<WireDetail>
}

interface ReportFacts {
  readonly client: JobsBefore
  readonly release: Pick<Release, 'action' | 'contracts'>
  /** Where the outputs are. */
  readonly where: string
  /** Since the step began to score. */
  readonly millis: number
}

/** What a complete job came to: how many rows, what they cost, and what is watched on its outputs. */
export async function batchReport(
  detail: WireDetail,
  { client, release, where, millis }: ReportFacts,
): Promise<{ readonly json: WireJson; readonly lines: readonly string[] }> {
  const { job, partitions } = detail
  const cpuSeconds = partitions.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0) / 1e6
  const actionRate = release.action === null ? undefinedBecause('no-action') : actionRateOf(detail)
  const before = await jobBefore(client, job)
  const scores = scoresOf(detail)
  const drift = before
    ? countDistance('psi/frozen', { reference: scoresOf(before), current: scores })
    : undefinedBecause('no-job-before')
  const watched = watchedContracts(release.contracts?.contracts ?? [], {
    current: actionRate,
    reference: before && release.action !== null ? actionRateOf(before) : undefinedBecause('no-job-before'),
  })
  const report = {
    output: where,
    rows: job.rows,
    outputs: job.outputs,
    quarantined: job.quarantined,
    rowsPerSecond: Math.round((job.rows / Math.max(1, millis)) * 1000),
    cpuSeconds,
    cpuSecondsPerMillionRows: ratio(cpuSeconds * 1e6, job.rows, 'no-rows'),
    actionRate,
    scores,
    comparedWith: before?.job.id ?? null,
    scoreDrift: drift,
    contracts: watched,
  }
  return { json: JSON.parse(JSON.stringify(report)) as WireJson, lines: linesOf(report) }
}

/** The newest complete job of the deployment but this one. */
async function jobBefore(client: JobsBefore, job: BatchJobView): Promise<WireDetail | undefined> {
  const { items } = await client.batchJobs({ deployment: job.deployment })
  const found = items.find(each => each.state === 'complete' && each.kind === job.kind && each.id !== job.id)
  return found && client.batchJob(found.id)
}

function actionRateOf({ job, partitions }: WireDetail): Quantity {
  return ratio(
    partitions.reduce((sum, { acted }) => sum + acted, 0),
    job.outputs,
    'no-rows',
  )
}

function scoresOf({ partitions }: WireDetail): readonly number[] {
  const bins = partitions[0]?.scores.length ?? 0
  return Array.from({ length: bins }, (_, bin) =>
    partitions.reduce((sum, { scores }) => sum + (scores[bin] ?? 0), 0),
  )
}

export interface WatchedContract {
  readonly name: string
  readonly holds: boolean | { readonly undefined: string }
  readonly finding: string
}

/**
 * Contracts that outputs without labels can say something of: bounds on the action rate, and how far it may move. They are
 * watched: no job is held back by them. A move is against the former job.
 */
export function watchedContracts(
  contracts: readonly ContractData[],
  { current, reference }: { readonly current: Quantity; readonly reference: Quantity },
): readonly WatchedContract[] {
  return contracts.flatMap(({ name, claim }): WatchedContract[] => {
    if (!('metric' in claim) || claim.metric !== 'action_rate') return []
    if (!isDefined(current)) return [{ name, holds: current, finding: 'nothing acts' }]
    const rate = percent(current)
    if (claim.form === 'atMost')
      return [{ name, holds: current <= claim.limit, finding: `${rate}, at most ${percent(claim.limit)}` }]
    if (claim.form === 'atLeast')
      return [{ name, holds: current >= claim.limit, finding: `${rate}, at least ${percent(claim.limit)}` }]
    if (claim.form !== 'within' || typeof claim.margin !== 'number') return []
    if (!isDefined(reference))
      return [{ name, holds: reference, finding: `${rate}, and nothing to compare with` }]
    const moved = Math.abs(current - reference)
    return [
      {
        name,
        holds: moved <= claim.margin,
        finding: `${rate} after ${percent(reference)}, within ${percent(claim.margin)}`,
      },
    ]
  })
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`

function linesOf(report: {
  readonly outputs: number
  readonly quarantined: number
  readonly output: string
  readonly rowsPerSecond: number
  readonly cpuSecondsPerMillionRows: Quantity
  readonly contracts: readonly WatchedContract[]
}): readonly string[] {
  const { cpuSecondsPerMillionRows: cpu } = report
  return [
    `${report.outputs} rows in ${report.output}, ${report.quarantined} put aside`,
    `${report.rowsPerSecond} rows/s, ${isDefined(cpu) ? cpu.toFixed(2) : '–'} CPU-s per million rows`,
    ...report.contracts.map(
      ({ name, holds, finding }) =>
        `contract ${name} ${holds === true ? 'holds' : holds === false ? 'does not hold' : 'is undecided'}: ${finding}`,
    ),
  ]
}
