import type { DeploymentsService, RolloutEvent, Rollouts } from '../../deployments/index.ts'
import type { Appliers, Principal, Suggestion } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { PipelineService } from '../../pipelines/index.ts'
import type { ProjectsService } from '../../projects/index.ts'
import { type ThresholdApplierParts, thresholdApplier } from './thresholds.ts'

export interface ApplierParts extends Omit<ThresholdApplierParts, 'deployments'> {
  readonly deployments: Pick<DeploymentsService, 'deploy' | 'releases' | 'rollBack'>
  /** Moves a rollout as a person decided. */
  readonly moveRollout?: Rollouts['move']
  compile: ProjectsService['compilePipeline']
  startRun: PipelineService['startRun']
}

/** What does each kind of suggestion once it is decided: each does nothing where it is done. */
export function createAppliers(parts: ApplierParts): Appliers {
  return {
    threshold: thresholdApplier(parts),
    promotion: (suggestion, value) => promote(parts, suggestion, value),
    rollback: (suggestion, value) => goBack(parts, suggestion, value),
    retrain: suggestion => retrain(parts, suggestion),
    check: async ({ subject }) => {
      throw new FettleError(
        'ILLEGAL_TRANSITION',
        `definitions are code: paste the check into the checks of ${subject}, and apply`,
      )
    },
  }
}

type Deployments = Pick<ApplierParts, 'deployments' | 'moveRollout'>

/** Serves exactly the release that was judged: `{ digest }`; of a rollout, the event that comes next: `{ rollout, event }`. */
async function promote(
  { deployments, moveRollout }: Deployments,
  suggestion: Suggestion,
  value: Json,
): Promise<Json> {
  const name = nameOf(suggestion, 'deployment')
  const id = fieldOf(value, 'rollout')
  if (typeof id === 'string' && moveRollout) {
    const event = String(fieldOf(value, 'event')) as RolloutEvent
    const reason = `${suggestion.title}, as decided`
    const { state, weight } = await moveRollout({
      name,
      id,
      event,
      reason,
      principal: whoDecided(suggestion),
    })
    return { rollout: id, state, weight }
  }
  const wanted = fieldOf(value, 'digest')
  const record = (await deployments.releases(name)).find(({ release }) => release.digest === wanted)
  if (record === undefined)
    throw new FettleError('RELEASE_UNKNOWN', `deployment "${name}" has no release ${String(wanted)}`)
  const { number } = record.release
  const reason = `${suggestion.title}, as decided`
  await deployments.deploy({
    name,
    release: number,
    gate: 'require',
    reason,
    principal: whoDecided(suggestion),
  })
  return { release: number }
}

/** Serves a former release again, whole: `{ to: number }`. */
async function goBack({ deployments }: Deployments, suggestion: Suggestion, value: Json): Promise<Json> {
  const name = nameOf(suggestion, 'deployment')
  const to = Number(fieldOf(value, 'to'))
  if (!(Number.isInteger(to) && to > 0))
    throw new FettleError('BAD_REQUEST', 'value: { "to": the number of a release } is wanted')
  const reason = `${suggestion.title}, as decided`
  await deployments.rollBack({ name, to, reason, principal: whoDecided(suggestion) })
  return { release: to }
}

async function retrain(
  { compile, startRun }: Pick<ApplierParts, 'compile' | 'startRun'>,
  suggestion: Suggestion,
): Promise<Json> {
  const plan = await compile(nameOf(suggestion, 'model'), { params: {}, reuse: 'lineage' })
  const run = await startRun(plan, {
    principal: whoDecided(suggestion),
    idempotencyKey: `suggestion:${suggestion.id}`,
  }).catch(error => startedBefore(error))
  return { run: run.id }
}

/** A plan is of its hour: after a crash the key is known and the plan is another. */
function startedBefore(error: unknown): { readonly id: string } {
  const run =
    error instanceof FettleError && error.code === 'IDEMPOTENCY_CONFLICT' ? error.details : undefined
  const id = (run as { readonly run?: unknown } | undefined)?.run
  if (typeof id !== 'string') throw error
  return { id }
}

function nameOf({ subject, kind }: Suggestion, of: 'deployment' | 'model'): string {
  const prefix = `${of}:`
  if (subject.startsWith(prefix)) return subject.slice(prefix.length)
  throw new FettleError('BAD_REQUEST', `a ${kind} is of a ${of}, not of ${subject}`)
}

function fieldOf(value: Json, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined
}

const whoDecided = ({ decision }: Suggestion): Principal => ({ name: decision?.by ?? 'system' })
