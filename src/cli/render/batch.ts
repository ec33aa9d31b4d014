import type { BatchJobDetailView, BatchJobView } from '../../api/batch.ts'
import { table } from './text.ts'

export function renderBatchJobs(jobs: readonly BatchJobView[]): string {
  if (jobs.length === 0)
    return 'No batch jobs yet. Start one: fettle batch run DEPLOYMENT --rows FILE.parquet --out FOLDER\n'
  return table(
    ['job', 'deployment', 'release', 'state', 'rows', 'put aside', 'began'],
    jobs.map(job => [
      job.id,
      job.deployment,
      String(job.release),
      job.state === 'running' ? `${job.partitions.committed} of ${job.partitions.all} partitions` : job.state,
      String(job.rows),
      String(job.quarantined),
      moment(job.createdAt),
    ]),
  )
}

export function renderBatchJob({ job, terms }: BatchJobDetailView): string {
  const { report } = job
  const read =
    terms.time !== null ? `as known at each row's ${terms.time}` : (terms.asOf ?? 'none are looked up')
  const lines = [
    `${job.id}  ${job.state}`,
    `  ${job.deployment}, release ${job.release}, by ${job.by} at ${moment(job.createdAt)}`,
    `  ${job.outputs} of ${job.rows} rows scored, ${job.quarantined} put aside; ${job.partitions.committed} of ${job.partitions.all} partitions`,
    `  features: ${read}`,
    `  output: ${textOf(report, 'output') ?? targetWords(job.to)}`,
    ...(textOf(report, 'problem') === undefined ? [] : [`  problem: ${textOf(report, 'problem')}`]),
    ...figures(report),
    ...(job.state === 'failed' || job.state === 'cancelled' ? [`Go on: fettle batch resume ${job.id}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What a release would have done beside what was done: a ComparisonReport. */
export function renderBackfill(comparison: unknown): string {
  const { rows, challenger, all, scores } = membersOf(comparison)
  const { flips } = membersOf(all)
  const { both, neither, onlyChampion, onlyChallenger } = membersOf(flips)
  const { meanShift, ks } = membersOf(scores)
  const share = (value: unknown) => (typeof value === 'number' ? value.toFixed(4) : 'undefined')
  return [
    `${String(rows)} answers scored again by ${String(challenger)}`,
    ...(flips === null || flips === undefined
      ? ['  nothing acts']
      : [
          `  acted on by both ${String(both)}, by neither ${String(neither)}`,
          `  flips: ${String(onlyChampion)} no longer acted on, ${String(onlyChallenger)} newly`,
        ]),
    `  scores: mean shift ${share(meanShift)}, Kolmogorov distance ${share(ks)}`,
    'The whole comparison is the output of the run: fettle runs ID --json',
    '',
  ].join('\n')
}

function figures(report: BatchJobView['report']): readonly string[] {
  const rate = numberOf(report, 'rowsPerSecond')
  const cpu = numberOf(report, 'cpuSecondsPerMillionRows')
  const acted = numberOf(report, 'actionRate')
  const drift = numberOf(report, 'scoreDrift')
  return [
    ...(rate === undefined || cpu === undefined
      ? []
      : [`  ${rate} rows/s, ${cpu.toFixed(2)} CPU-s per million rows`]),
    ...(acted === undefined ? [] : [`  acted on ${(100 * acted).toFixed(2)} % of the rows`]),
    ...(drift === undefined ? [] : [`  scores against the job before: PSI ${drift.toFixed(4)}`]),
    ...contractsOf(report),
  ]
}

function contractsOf(report: BatchJobView['report']): readonly string[] {
  const contracts = membersOf(report)['contracts']
  if (!Array.isArray(contracts)) return []
  return contracts.map(each => {
    const { name, holds, finding } = membersOf(each)
    const word = holds === true ? 'holds' : holds === false ? 'DOES NOT HOLD' : 'undecided'
    return `  contract ${String(name)}: ${word} (${String(finding)})`
  })
}

function targetWords(to: BatchJobView['to']): string {
  if (to.kind === 'parquet') return to.path
  return to.kind === 'duckdb' ? `table ${to.table} of ${to.path}` : `Postgres table ${to.table}`
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function numberOf(report: BatchJobView['report'], name: string): number | undefined {
  const value = membersOf(report)[name]
  return typeof value === 'number' ? value : undefined
}

function textOf(report: BatchJobView['report'], name: string): string | undefined {
  const value = membersOf(report)[name]
  return typeof value === 'string' ? value : undefined
}

const moment = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`
