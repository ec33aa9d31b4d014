import type { DeploymentData } from '../definitions/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { StepPlan } from '../pipelines/index.ts'
import { actionStep } from './action-step.ts'
import type { Applied } from './closures.ts'
import type { CompileFacts, PipelineOutline } from './compile-pipelines.ts'

const releaseSuffix = '-release'

export function releaseOutline({ name }: DeploymentData): PipelineOutline {
  return {
    name: `${name}${releaseSuffix}`,
    title: `Judge and verify a release of ${name}`,
    model: null,
    schedule: null,
  }
}

/** The deployment whose releases a pipeline judges; undefined for other pipelines. */
export function releasedBy(project: Applied, pipeline: string): DeploymentData | undefined {
  if (!pipeline.endsWith(releaseSuffix)) return undefined
  const name = pipeline.slice(0, -releaseSuffix.length)
  return project.byRef.has(`deployment:${name}`) ? project.get('deployment', name) : undefined
}

/**
 * From a version to a signed verdict: what is meant is pinned, judged on rows where anything is declared about them, verified
 * in an isolated copy, concluded. Never reused: a verdict is of its day. Parameters: version, thresholds=keep|choose; or
 * thresholdSet (an object), rows (a training set) and onto (a release number): what serves, with those thresholds.
 */
export function releaseSteps(deployment: DeploymentData, facts: CompileFacts): readonly StepPlan[] {
  const { name } = deployment
  const steps = [
    actionStep({
      id: 'candidate',
      title: 'Choose version, champion and rows',
      action: 'release.prepare',
      code: facts.code,
      params: { deployment: name, ...candidateParams(facts.params) },
      outputs: { candidate: 'file' },
    }),
    ...(isJudged(deployment) ? [judgeStep(facts)] : []),
    actionStep({
      id: 'verify',
      title: 'Verify it in an isolated copy',
      action: 'release.verify',
      code: facts.code,
      params: { deployment: name },
      inputs: { ...candidateInput, ...(isJudged(deployment) ? judgedInput : {}) },
      outputs: { checks: 'json' },
      maxRuntime: '30m',
    }),
    actionStep({
      id: 'conclude',
      title: 'Sign the verdict',
      action: 'release.conclude',
      code: facts.code,
      params: { deployment: name },
      inputs: {
        checks: { from: 'verify', output: 'checks' },
        ...(isJudged(deployment) ? judgedInput : {}),
      },
      outputs: { page: 'json' },
    }),
  ]
  return steps.map(step => ({ ...step, reusable: false }))
}

const candidateInput = { candidate: { from: 'candidate', output: 'candidate' } }
const judgedInput = { judged: { from: 'judge', output: 'judged' } }

function judgeStep(facts: CompileFacts): StepPlan {
  return actionStep({
    id: 'judge',
    title: 'Judge it on held-out rows',
    action: 'release.judge',
    code: facts.code,
    params: {},
    inputs: candidateInput,
    outputs: { judged: 'file' },
  })
}

/** Whether a deployment says anything that rows can decide. */
function isJudged({ slices, contracts, fairness, action }: DeploymentData): boolean {
  return (
    (slices ?? []).length > 0 ||
    (contracts ?? []).length > 0 ||
    fairness !== undefined ||
    action?.rule !== undefined
  )
}

function candidateParams({ version, thresholds, thresholdSet, rows, onto }: CompileFacts['params']) {
  const number = version === undefined ? undefined : Number(version)
  if (number !== undefined && !(Number.isInteger(number) && number > 0))
    throw new FettleError('BAD_PARAMETER', `version=${String(version)} is not a version number`)
  if (thresholds !== undefined && thresholds !== 'keep' && thresholds !== 'choose')
    throw new FettleError('BAD_PARAMETER', `thresholds=${String(thresholds)} is neither keep nor choose`)
  return {
    ...(number === undefined ? {} : { version: number }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(thresholdSet === undefined ? {} : { given: givenThresholds(thresholdSet, rows, onto) }),
  }
}

function givenThresholds(set: unknown, rows: unknown, onto: unknown) {
  const number = Number(onto)
  if (typeof set !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(set))
    throw new FettleError('BAD_PARAMETER', `thresholdSet=${String(set)} is not the hash of an object`)
  if (typeof rows !== 'string' || !(Number.isInteger(number) && number > 0))
    throw new FettleError(
      'BAD_PARAMETER',
      'thresholdSet needs rows, a training set, and onto, a release number',
    )
  return { set, rows, onto: number }
}
