import type { BatchJobDetailView, BatchJobView } from '../../api/batch.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { type BatchJob, type BatchJobDetail, type BatchTerms, partitionsOf } from '../../serving/index.ts'
import { fromWireJson, toWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type BatchHandlers = Pick<
  Handlers,
  | 'batchJobs'
  | 'batchJob'
  | 'submitBatch'
  | 'commitBatchPartition'
  | 'concludeBatch'
  | 'cancelBatch'
  | 'resumeBatch'
>

export function batchHandlers({ batch }: Pick<Services, 'batch'>): BatchHandlers {
  const view = async (id: string): Promise<BatchJobView> => jobToWire(await batch.get(id))
  return {
    batchJobs: async ({ query }) => {
      const found = await batch.list(withoutUndefined(query))
      const items = await Promise.all(found.items.map(({ id }) => view(id)))
      return { items, ...(found.next === undefined ? {} : { next: found.next }) }
    },
    batchJob: async ({ params }) => detailToWire(await batch.get(params.id)),
    submitBatch: async ({ body, principal }) =>
      detailToWire(await batch.submit({ ...body, terms: body.terms as BatchTerms }, principal)),
    commitBatchPartition: async ({ params, body }) => ({
      committed: await batch.commit({ ...body, job: params.id }),
    }),
    concludeBatch: async ({ params, body, principal }) => {
      await batch.conclude(params.id, { ...body, report: fromWireJson(body.report) }, principal)
      return view(params.id)
    },
    cancelBatch: async ({ params, principal }) => {
      await batch.cancel(params.id, principal)
      return view(params.id)
    },
    resumeBatch: async ({ params, principal }) => {
      await batch.resume(params.id, principal)
      return view(params.id)
    },
  }
}

function detailToWire(detail: BatchJobDetail): BatchJobDetailView {
  const { keep, ...terms } = detail.job.terms
  return {
    job: jobToWire(detail),
    terms: { ...terms, keep: [...keep] },
    partitions: detail.partitions.map(({ job, scores, committedAt, ...partition }) => ({
      ...partition,
      scores: [...scores],
      committedAt: formatTimestamp(committedAt),
    })),
  }
}

function jobToWire({ job, partitions }: BatchJobDetail): BatchJobView {
  const { terms, releaseNumber, createdAt, endedAt, report, ...rest } = job satisfies BatchJob
  const sum = (of: 'outputs' | 'quarantined') => partitions.reduce((total, each) => total + each[of], 0)
  return {
    ...rest,
    ...{ deployment: terms.deployment, kind: terms.kind, to: terms.to, release: releaseNumber },
    createdAt: formatTimestamp(createdAt),
    endedAt: endedAt === null ? null : formatTimestamp(endedAt),
    outputs: sum('outputs'),
    quarantined: sum('quarantined'),
    partitions: { committed: partitions.length, all: partitionsOf(job.rows, terms.partitionRows).length },
    report: report === null ? null : toWireJson(report),
  }
}
