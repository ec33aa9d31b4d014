import type { Json } from '../../src/kernel/canonical.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { PipelineRun, RunEvent } from '../../src/pipelines/index.ts'
import type { Services } from '../../src/server/services.ts'
import { fakeBatch } from './fake-batch.ts'
import { fakeCatalog } from './fake-catalog.ts'
import { fakeDecisionLog } from './fake-decisions.ts'
import { fakeErasures } from './fake-erasures.ts'
import { fakeFeedback } from './fake-feedback.ts'
import { fakeReleases } from './fake-releases.ts'
import { fakeReproductions } from './fake-reproductions.ts'
import { fakeRollouts } from './fake-rollouts.ts'
import { fakeSuggestions } from './fake-suggestions.ts'
import { fakeAlerts, fakeSync } from './fake-sync.ts'
import {
  fakeImports,
  fakePurge,
  fakeRecords,
  fakeTracking,
  fakeViews,
  fakeWebhooks,
} from './fake-tracking.ts'
import { fakeTrainingSets } from './fake-training-sets.ts'
import { fakeTrust } from './fake-trust.ts'
import {
  change,
  decision,
  deployment,
  hash,
  modelVersion,
  now,
  pipelineRun,
  plan,
  stepRecord,
} from './sample-records.ts'

/** A comparison of no rows. */
export const skewOfNothing = {
  verdict: 'inconclusive' as const,
  requests: 0,
  minRequests: 1000,
  from: null,
  to: null,
  features: [],
  warnings: [],
}

export interface FakeServices extends Services {
  /** Calls that change something, in order: name and arguments. */
  readonly calls: readonly (readonly [string, unknown])[]
  setRuns(runs: readonly PipelineRun[]): void
  emit(event: Omit<RunEvent, 'seq' | 'at'>): void
}

/** Services in memory with one of everything, and unknown names refused as the rooms refuse them. */
export function fakeServices(): FakeServices {
  const calls: [string, unknown][] = []
  const called = (name: string, args: unknown) => void calls.push([name, args])
  const state = {
    runs: [
      pipelineRun('succeeded', [
        stepRecord('build', 'reused', { reusedFrom: 'prn_0' }),
        stepRecord('train', 'succeeded'),
      ]),
    ] as readonly PipelineRun[],
  }
  const events: RunEvent[] = []
  const rings = new Set<() => void>()
  const known = <Value>(name: string, wanted: string, value: Value): Value => {
    if (name !== wanted) throw new FettleError('MODEL_UNKNOWN', `there is no model ${name}`)
    return value
  }
  const getRun = async (id: string): Promise<PipelineRun> => {
    const run = state.runs.find(each => each.id === id)
    if (run === undefined) throw new FettleError('RUN_UNKNOWN', `there is no run ${id}`)
    return run
  }
  const getDeployment = async (name: string) => {
    if (name !== 'late') throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${name}`)
    return deployment
  }
  return {
    calls,
    setRuns(runs) {
      state.runs = runs
    },
    emit(event) {
      events.push({ ...event, seq: events.length + 1, at: now })
      for (const ring of rings) ring()
    },
    pipelines: {
      startRun: async (started, options) => {
        called('startRun', { started, options })
        return pipelineRun('queued', [stepRecord('build', 'ready'), stepRecord('train', 'waiting')])
      },
      getRun: async id => ({ ...(await getRun(id)), principal: 'ada' }),
      listRuns: async ({ pipeline, limit = 50 }) => ({
        items: state.runs
          .filter(run => pipeline === undefined || run.plan.pipeline === pipeline)
          .slice(0, limit),
      }),
      cancel: async (id, principal) => {
        called('cancel', { id, principal })
        return { ...(await getRun(id)), state: 'cancelled' }
      },
      resume: async (id, principal) => {
        called('resume', { id, principal })
        return getRun(id)
      },
      readLog: async ({ run, step, offset }) => {
        await getRun(run)
        if (step !== 'train') throw new FettleError('STEP_UNKNOWN', `there is no step ${step}`)
        const lines =
          offset > 0
            ? []
            : [
                { offset: 0, at: now, stream: 'stdout' as const, text: 'epoch 1' },
                { offset: 8, at: null, stream: 'system' as const, text: '\u001b[31mred\u001b[0m' },
              ]
        return { lines, next: 20, ended: true }
      },
      events: async (after, limit) => events.filter(event => event.seq > after).slice(0, limit),
      latestEvent: async () => events.length,
      subscribe: ring => {
        rings.add(ring)
        return () => void rings.delete(ring)
      },
    },
    registry: {
      listModels: async () => ({ items: [{ name: 'late', description: 'late?', createdAt: now }] }),
      getModel: async name => known(name, 'late', { name: 'late', description: 'late?', createdAt: now }),
      listVersions: async () => [modelVersion, { ...modelVersion, version: 2 }],
      aliases: async () => ({ champion: 2 }),
      aliasHistory: async () => [
        { model: 'late', alias: 'champion', version: 2, at: now, by: 'local', reason: 'better' },
      ],
      registerVersion: async (version, principal) => {
        called('registerVersion', { version, principal })
        return { ...version, version: 3, createdAt: now, digest: hash }
      },
      setAlias: async (moved, principal) => {
        known(moved.model, 'late', null)
        called('setAlias', { moved, principal })
      },
    },
    audit: {
      list: async () => ({
        items: [
          {
            seq: 1,
            at: now,
            principal: 'local',
            action: 'model-version.created',
            object: 'model:late',
            details: { version: 1 },
          },
        ],
      }),
    },
    objects: {
      getBytes: async wanted => {
        if (wanted !== hash) throw new FettleError('OBJECT_UNKNOWN', `there is no object ${wanted}`)
        return new Uint8Array([1, 2, 255])
      },
    },
    batch: fakeBatch(called),
    erasures: fakeErasures(called),
    reproductions: fakeReproductions(called),
    projects: {
      name: async () => 'flights',
      plan: async project => ({ id: 'pln_1', base: hash, project: project.name, changes: [change] }),
      apply: async request => {
        called('apply', request)
        if (request.base !== hash) throw new FettleError('STALE_BASE', 'something was applied since')
        return { applied: 1, unchanged: 0, base: hash, changes: [change] }
      },
      listPipelines: async () => [
        {
          name: 'late',
          title: 'Train late',
          model: 'late',
          schedule: 'weekly',
          nextAt: 1_000_000n,
          steps: [{ id: 'build', title: 'Build', needs: [] }],
        },
      ],
      compilePipeline: async (name, options) => {
        called('compilePipeline', { name, options })
        if (name !== 'late' && name !== 'late-release')
          throw new FettleError('PIPELINE_UNKNOWN', `there is no pipeline ${name}`)
        return plan
      },
      exampleRequests: async () => ({ origin: 'JFK' }),
      recordMaterialization: async fact => called('recordMaterialization', fact),
      recordTrainingSetBuild: async fact => called('recordTrainingSetBuild', fact),
      recordCheckReport: async fact => called('recordCheckReport', fact),
      listCheckReports: async () => [],
      recordSkewReport: async fact => called('recordSkewReport', fact),
      latestSkewReport: async deployment =>
        deployment === 'late'
          ? {
              at: 0n,
              pipelineRun: null,
              report: { release: 1, report: JSON.parse(JSON.stringify(skewOfNothing)) },
            }
          : undefined,
    },
    rollouts: fakeRollouts(called),
    deployments: {
      ...fakeReleases(called),
      list: async () => [deployment],
      get: getDeployment,
      deploy: async request => {
        called('deploy', request)
        return getDeployment(request.name)
      },
      rollBack: async request => {
        called('rollBack', request)
        return getDeployment(request.name)
      },
      predict: async (name, body): Promise<Json> => {
        await getDeployment(name)
        called('predict', body)
        return {
          id: 'req_1',
          predictions: [{ prediction_id: 'b-0', score: 0.625, action: 'warn', served_by: 'model' }],
        }
      },
    },
    tracking: fakeTracking(called),
    records: fakeRecords(called),
    views: fakeViews(called),
    sync: fakeSync(called),
    alerts: fakeAlerts(called),
    webhooks: fakeWebhooks,
    ...fakeTrust(called),
    ...fakeFeedback(called),
    suggestions: fakeSuggestions(called),
    imports: fakeImports,
    purge: fakePurge,
    trainingSets: fakeTrainingSets(),
    catalog: fakeCatalog(),
    decisionLog: fakeDecisionLog(),
    decisions: {
      latest: async () => ({ items: [decision], next: 'older' }),
      explain: async id => {
        if (id !== 'b-0' && id !== 'd-0')
          throw new FettleError('DECISION_UNKNOWN', `there is no decision ${id}`)
        return decision
      },
    },
  }
}
