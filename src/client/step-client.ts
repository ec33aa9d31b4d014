import type { CheckReportFact } from '../api/checks.ts'
import type { MaterializationFact, TrainingSetBuildFact } from '../api/facts.ts'
import type { RouteBody, RouteResponse } from '../api/routes.ts'
import type { SkewFact } from '../api/skew.ts'
import type { ProposalView } from '../api/suggestions.ts'
import type {
  ArtifactEntry,
  ExperimentRun,
  LogBatch,
  ModelVersion,
  RegisterVersion,
} from '../api/tracking.ts'
import type { TrainingSet } from '../api/training-sets.ts'
import type { TrainingSetManifest } from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { createApiClient } from './api-client.ts'
import { createHttp } from './http.ts'

export interface StepClientOptions {
  readonly url: string
  readonly token: string
  readonly run: string
  readonly step: string
  readonly fetch?: typeof fetch
}

interface StepMetric {
  readonly key: string
  /** NaN and infinities are values. */
  readonly value: number
  readonly step?: number
}

/** What a pipeline step tells the control plane. It acts as `step:<run>/<step>`. */
export interface StepClient {
  startRun(run: {
    readonly experiment: string
    readonly name: string
    readonly trainingSet?: string
    readonly tags?: Readonly<Record<string, string>>
  }): Promise<ExperimentRun>
  /** All or nothing up to 500 points, else in parts; a repeated equal batch changes nothing. */
  log(
    run: string,
    batch: {
      readonly params?: Readonly<Record<string, string>>
      readonly tags?: Readonly<Record<string, string>>
      readonly metrics?: readonly StepMetric[]
    },
  ): Promise<void>
  /** Files that are in the object store already. */
  addArtifacts(run: string, entries: readonly ArtifactEntry[]): Promise<void>
  finish(run: string, state: 'finished' | 'failed' | 'killed'): Promise<void>
  registerVersion(model: string, version: Omit<RegisterVersion, 'pipelineRun'>): Promise<ModelVersion>
  setAlias(change: {
    readonly model: string
    readonly alias: string
    readonly version: number
    readonly reason: string
  }): Promise<void>
  recordMaterialization(fact: Omit<MaterializationFact, 'pipelineRun'>): Promise<void>
  /** Manifest of the stored training set with this id; undefined if none was built. */
  findTrainingSet(id: string): Promise<TrainingSetManifest | undefined>
  recordTrainingSetBuild(fact: Omit<TrainingSetBuildFact, 'pipelineRun'>): Promise<void>
  recordSkewReport(fact: Omit<SkewFact, 'pipelineRun'>): Promise<void>
  recordCheckReport(fact: Omit<CheckReportFact, 'pipelineRun'>): Promise<void>
  /** Former reports of a table, newest first. */
  checkReports(table: string): Promise<readonly CheckReportFact[]>
  /** What the comparing step of a rebuild found; the signed report comes back. */
  recordReproduction(compared: Json): Promise<Json>
  /** What a release run is about: a JudgeRequest. */
  prepareRelease(deployment: string, wanted: RouteBody<'prepareRelease'>): Promise<Json>
  /** What a run that suggests thresholds is about: a ThresholdsOrder. */
  prepareThresholds(deployment: string): Promise<Json>
  propose(proposals: readonly ProposalView[]): Promise<void>
  reportRuleError(about: Omit<RouteBody<'reportAutonomy'>, 'what'>): Promise<void>
  judgeSuggestion(id: string, outcome: RouteBody<'judgeSuggestion'>): Promise<void>
  /** The release of a version, with the thresholds that were chosen; and what it was compared with. */
  makeCandidate(
    deployment: string,
    candidate: RouteBody<'makeCandidate'>,
  ): Promise<RouteResponse<'makeCandidate'>>
  /** What a version rests on, and whether it can be had. */
  reproducibility(model: string, version: number): Promise<RouteResponse<'reproducibility'>>
  /** What the checks of the gate found; the signed page comes back. */
  concludeRelease(
    deployment: string,
    number: number,
    found: Omit<RouteBody<'concludeRelease'>, 'pipelineRun'>,
  ): Promise<RouteResponse<'concludeRelease'>>
  /** The document of a release; of the one that serves without a number. Throws RELEASE_UNKNOWN. */
  release(deployment: string, number?: number): Promise<Json>
  /** What scores a release; undefined where nothing is pinned. */
  servingPlan(deployment: string, number: number): Promise<RouteResponse<'release'>['servingPlan']>
  submitBatch(batch: RouteBody<'submitBatch'>): Promise<RouteResponse<'submitBatch'>>
  commitBatchPartition(
    job: string,
    partition: RouteBody<'commitBatchPartition'>,
  ): Promise<RouteResponse<'commitBatchPartition'>>
  concludeBatch(job: string, outcome: RouteBody<'concludeBatch'>): Promise<RouteResponse<'concludeBatch'>>
  batchJob(id: string): Promise<RouteResponse<'batchJob'>>
  batchJobs(query: { readonly deployment: string }): Promise<RouteResponse<'batchJobs'>>
  object(hash: string): Promise<Uint8Array>
}

export function createStepClient({
  url,
  token,
  run: pipelineRun,
  step,
  fetch,
}: StepClientOptions): StepClient {
  const http = createHttp({
    token,
    principal: `step:${pipelineRun}/${step}`,
    ...(fetch === undefined ? {} : { fetch }),
  })
  const api = createApiClient(http, url)
  async function serving(name: string, number: number | undefined): Promise<string> {
    const { release } = number === undefined ? await api.deployment({ name }) : { release: number }
    if (release === null)
      throw new FettleError('RELEASE_UNKNOWN', `no release of "${name}" serves`, {
        hint: `fettle deploy ${name}, or name a release.`,
      })
    return String(release)
  }
  return {
    startRun: ({ tags, ...run }) =>
      api.createExperimentRun({
        body: { ...run, pipelineRun, ...(tags === undefined ? {} : { tags: { ...tags } }) },
      }),
    async log(id, batch) {
      for (const part of inParts(batch)) await api.logBatch({ id, body: batchToWire(part) })
    },
    addArtifacts: async (id, entries) =>
      void (await api.addArtifacts({ id, body: { entries: [...entries] } })),
    finish: async (id, state) => void (await api.finishExperimentRun({ id, body: { state } })),
    registerVersion: (name, version) => api.registerVersion({ name, body: { ...version, pipelineRun } }),
    setAlias: async ({ model, alias, version, reason }) =>
      void (await api.setAlias({ name: model, alias, body: { version, reason } })),
    recordMaterialization: async fact =>
      void (await api.recordMaterialization({ body: { ...fact, pipelineRun } })),
    async findTrainingSet(id) {
      try {
        return manifestOf(await api.trainingSet({ id }))
      } catch (error) {
        if (error instanceof FettleError && error.code === 'TRAINING_SET_UNKNOWN') return undefined
        throw error
      }
    },
    recordTrainingSetBuild: async fact =>
      void (await api.recordTrainingSetBuild({ body: { ...fact, pipelineRun } })),
    recordSkewReport: async fact => void (await api.recordSkewReport({ body: { ...fact, pipelineRun } })),
    recordCheckReport: async fact => void (await api.recordCheckReport({ body: { ...fact, pipelineRun } })),
    checkReports: async table => (await api.checkReports({ table, limit: 100 })).items,
    recordReproduction: async compared =>
      (await api.recordReproduction({
        body: { ...(compared as unknown as RouteBody<'recordReproduction'>), pipelineRun },
      })) as unknown as Json,
    prepareRelease: async (name, body) => (await api.prepareRelease({ name, body })) as Json,
    prepareThresholds: async name => (await api.prepareThresholds({ name })) as Json,
    propose: async proposals => void (await api.proposeSuggestions({ body: { proposals: [...proposals] } })),
    reportRuleError: async about =>
      void (await api.reportAutonomy({ body: { ...about, what: 'rule-error' } })),
    judgeSuggestion: async (id, body) => void (await api.judgeSuggestion({ id, body })),
    makeCandidate: (name, body) => api.makeCandidate({ name, body }),
    reproducibility: (name, version) => api.reproducibility({ name, version: String(version) }),
    concludeRelease: (name, number, found) =>
      api.concludeRelease({ name, number: String(number), body: { ...found, pipelineRun } }),
    release: async (name, number) =>
      (await api.release({ name, number: await serving(name, number) })).document,
    servingPlan: async (name, number) => (await api.release({ name, number: String(number) })).servingPlan,
    submitBatch: body => api.submitBatch({ body }),
    commitBatchPartition: (id, body) => api.commitBatchPartition({ id, body }),
    concludeBatch: (id, body) => api.concludeBatch({ id, body }),
    batchJob: id => api.batchJob({ id }),
    batchJobs: query => api.batchJobs(query),
    object: hash => api.object({ hash }),
  }
}

function manifestOf(set: TrainingSet): TrainingSetManifest {
  const { number, definitionVersion, author, pipelineRun, stored, ...manifest } = set
  return { schema: 1, ...manifest } as TrainingSetManifest
}

/** Points of one request, with room for its params and tags. */
const pointsPerRequest = 500

/** What one request takes; the first holds the params and tags. */
function inParts(batch: Parameters<StepClient['log']>[1]): readonly Parameters<StepClient['log']>[1][] {
  const { metrics = [] } = batch
  if (metrics.length <= pointsPerRequest) return [batch]
  const parts = [{ ...batch, metrics: metrics.slice(0, pointsPerRequest) }]
  for (let from = pointsPerRequest; from < metrics.length; from += pointsPerRequest)
    parts.push({ metrics: metrics.slice(from, from + pointsPerRequest) })
  return parts
}

function batchToWire({ params, tags, metrics }: Parameters<StepClient['log']>[1]): LogBatch {
  return {
    ...(params === undefined ? {} : { params: { ...params } }),
    ...(tags === undefined ? {} : { tags: { ...tags } }),
    ...(metrics === undefined
      ? {}
      : { metrics: metrics.map(metric => ({ ...metric, value: wireNumber(metric.value) })) }),
  }
}

function wireNumber(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}
