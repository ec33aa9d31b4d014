import type { RouteResponse } from '../../api/routes.ts'
import type { ThresholdSetData } from '../../definitions/index.ts'
import type { JudgedRelease } from '../../deployments/index.ts'
import { contractsToText } from '../../evaluation/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { deploymentToWire } from '../map/deployments.ts'
import { toWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import {
  contractsToWire,
  pageToWire,
  purposeToWire,
  releaseSummaryToWire,
  releaseToWire,
} from '../map/releases.ts'
import { instant } from '../map/tracking.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type Rooms = Pick<Services, 'deployments' | 'projects' | 'pipelines'>

type ReleaseHandlers = Pick<
  Handlers,
  | 'releases'
  | 'release'
  | 'createRelease'
  | 'verifyRelease'
  | 'prepareRelease'
  | 'prepareThresholds'
  | 'rollBack'
  | 'makeCandidate'
  | 'concludeRelease'
  | 'verifyVerdictPage'
  | 'contracts'
  | 'purpose'
  | 'recordPurposeValue'
>

export function releaseHandlers({ deployments, projects, pipelines }: Rooms): ReleaseHandlers {
  return {
    releases: async ({ params }) => ({
      items: (await deployments.releases(params.name)).map(releaseSummaryToWire),
    }),
    release: async ({ params }) =>
      releaseToWire(await deployments.release(params.name, numberOf(params.number))),
    createRelease: async ({ params: { name }, body: { version, reason = '' }, principal }) => {
      const { release } = await deployments.createRelease({ name, version, reason, principal })
      return releaseToWire(await deployments.release(name, release.number))
    },
    verifyRelease: async ({ params: { name }, body: { idempotencyKey, ...wanted }, principal }) => {
      const params = withoutUndefined(wanted)
      const plan = await projects.compilePipeline(`${name}-release`, { params, reuse: 'lineage' })
      const run = await pipelines.startRun(plan, {
        principal,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      })
      return { run: run.id }
    },
    prepareRelease: async ({ params: { name }, body, principal }) =>
      toWireJson((await deployments.prepareRelease({ ...body, name, principal })) as never),
    prepareThresholds: async ({ params: { name }, principal }) =>
      toWireJson((await deployments.prepareThresholds({ name, principal })) as never),
    rollBack: async ({ params: { name }, body, principal }) => {
      const detail = await deployments.rollBack({ ...body, name, principal })
      return deploymentToWire(detail, await projects.exampleRequests(name))
    },
    makeCandidate: async ({ params: { name }, body: { thresholdSet, champion, ...body }, principal }) => {
      const set = (thresholdSet ?? undefined) as ThresholdSetData | undefined
      const by = await whoStarted(pipelines, principal)
      const { release } = await deployments.createRelease({ ...body, name, principal: by, thresholdSet: set })
      const beside = champion === null ? null : await deployments.release(name, champion)
      return {
        release: toWireJson(release as never),
        champion: toWireJson((beside?.release ?? null) as never),
        championPlan: beside?.servingPlan,
      }
    },
    concludeRelease: async ({ params, body: { pipelineRun: run, ...found }, principal }) => {
      const number = numberOf(params.number) ?? 0
      const stored = await deployments.concludeRelease({
        run,
        name: params.name,
        number,
        ...found,
        principal: await whoStarted(pipelines, principal),
      })
      return { hash: stored.hash, page: pageToWire(stored) }
    },
    verifyVerdictPage: async ({ body }) => {
      const faults = await deployments.verifyPage(body)
      return { ok: faults.length === 0, faults: [...faults] }
    },
    contracts: async ({ params }) => contractsToWire(await deployments.contracts(params.name)),
    purpose: async ({ params }) => purposeToWire(await deployments.purpose(params.name)),
    recordPurposeValue: async ({ params: { name }, body: { value, at }, principal }) =>
      purposeToWire(
        await deployments.recordPurposeValue({
          name,
          value,
          at: at === undefined ? undefined : instant(at, 'body.at'),
          principal,
        }),
      ),
  }
}

/** `latest` is the newest. Throws RELEASE_UNKNOWN for what is no number. */
export function numberOf(text: string): number | undefined {
  if (text === 'latest') return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new FettleError('RELEASE_UNKNOWN', `"${text.slice(0, 80)}" is no number of a release`)
}

type JudgedHandlers = Pick<
  Handlers,
  | 'releaseEvaluation'
  | 'releaseComparison'
  | 'releaseContracts'
  | 'releaseThresholds'
  | 'releaseFairness'
  | 'releaseImportance'
>

/** The parts of what the rows said of a release, each a report of its own. */
export function judgedHandlers({ deployments }: Pick<Services, 'deployments'>): JudgedHandlers {
  const part =
    <Name extends keyof JudgedHandlers>(name: keyof JudgedRelease) =>
    async ({ params }: { readonly params: { readonly name: string; readonly number: string } }) => {
      const judged = await deployments.judged(params.name, numberOf(params.number))
      return { report: judged?.[name] ?? null } as unknown as RouteResponse<Name>
    }
  return {
    releaseEvaluation: part<'releaseEvaluation'>('evaluation'),
    releaseComparison: part<'releaseComparison'>('comparison'),
    releaseContracts: async request => {
      const { report } = await part<'releaseContracts'>('contracts')(request)
      return { report, text: report && contractsToText(report) }
    },
    releaseThresholds: part<'releaseThresholds'>('thresholds'),
    releaseFairness: part<'releaseFairness'>('fairness'),
    releaseImportance: part<'releaseImportance'>('importance'),
  }
}

/** A step acts for whoever started its run: a release is made by a person or a schedule, not by a step. */
async function whoStarted(pipelines: Rooms['pipelines'], principal: Principal): Promise<Principal> {
  const run = /^step:([^/]+)\//.exec(principal.name)?.[1]
  return run === undefined ? principal : { name: (await pipelines.getRun(run)).principal }
}
