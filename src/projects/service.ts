import {
  baseOf,
  type Change,
  checkProject,
  type Problem,
  type Project,
  type ProjectPlan,
  planProject,
} from '../definitions/index.ts'
import type { AuditStore, Principal } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import type { RunPlan } from '../pipelines/index.ts'
import { applied } from './closures.ts'
import { type CompileFacts, compilePipeline, outlinePipelines } from './compile-pipelines.ts'
import type { BuildRecord, CurrentDefinition, DefinitionStore } from './ports.ts'

export interface ProjectsDependencies {
  readonly uow: UnitOfWork<{ readonly definitions: DefinitionStore; readonly audit: AuditStore }>
  readonly clock: Clock
  /** Everything about code, environment and data that a compiled pipeline pins. */
  facts(directory: string): Promise<Omit<CompileFacts, 'reuse' | 'params' | 'asOf'>>
  /** Instant that training data and online features are as of, when a run does not say. */
  defaultAsOf(): string
}

export interface ApplyRequest {
  readonly project: Project
  readonly directory: string
  readonly base: string
  readonly allowDelete: boolean
  readonly principal: Principal
}

export type ProjectsService = ReturnType<typeof createProjectsService>

/** Plan and apply, and what the applied definitions give: catalog, lineage, pipelines. */
export function createProjectsService({ uow, clock, facts, defaultAsOf }: ProjectsDependencies) {
  const store = uow.read.definitions
  const current = async () => applied(await store.listCurrent())

  return {
    name: async (): Promise<string | null> => (await store.findProject())?.name ?? null,
    directory: async (): Promise<string | null> => (await store.findProject())?.directory ?? null,
    current,

    /** What applying would change; throws DEFINITIONS_INVALID with every problem found. */
    async plan(project: Project, _directory: string): Promise<ProjectPlan> {
      refuseProblems(checkProject(project))
      return planProject(project, await store.listCurrent())
    },

    /** Applies all of a plan or nothing. Throws STALE_BASE, DELETION_REFUSED, DEFINITIONS_INVALID. */
    async apply(request: ApplyRequest) {
      refuseProblems(checkProject(request.project))
      return uow.transaction(async stores => {
        const standing = await stores.definitions.listCurrent()
        const plan = planProject(request.project, standing)
        if (plan.base !== request.base)
          throw new FettleError('STALE_BASE', 'something was applied since this plan was made')
        refuseDeletions(plan, request.allowDelete)
        const at = clock.nowMicros()
        for (const change of plan.changes) await applyChange(stores.definitions, { change, request, at })
        await stores.definitions.setProject({ name: request.project.name, directory: request.directory })
        const moved = plan.changes.filter(change => change.action !== 'none')
        if (moved.length > 0) {
          await stores.audit.append({
            at,
            principal: request.principal.name,
            action: 'definitions.applied',
            object: `project:${request.project.name}`,
            details: { changes: moved.map(({ ref, action, version }) => `${action} ${ref} v${version}`) },
          })
        }
        const base = baseOf(await stores.definitions.listCurrent())
        return {
          applied: moved.length,
          unchanged: plan.changes.length - moved.length,
          base,
          changes: plan.changes,
        }
      })
    },

    listPipelines: async () => {
      const project = await current()
      return Promise.all(
        outlinePipelines(project).map(async outline => {
          const shape = await compilePipeline(project, outline.name, {
            ...shapeOnly,
            asOf: '',
            reuse: 'lineage',
            params: {},
          })
          return {
            ...outline,
            steps: shape.steps.map(step => ({ id: step.id, title: step.title, needs: needsOf(step) })),
          }
        }),
      )
    },

    /** The plan of a run, with data, code and environment pinned. Throws PIPELINE_UNKNOWN. */
    async compilePipeline(
      name: string,
      options: { readonly params: Readonly<Record<string, Json>>; readonly reuse: RunPlan['reuse'] },
    ): Promise<RunPlan> {
      const { asOf, ...params } = options.params
      const pinned = await facts((await store.findProject())?.directory ?? '.')
      return compilePipeline(await current(), name, {
        ...pinned,
        asOf: typeof asOf === 'string' ? asOf : defaultAsOf(),
        reuse: options.reuse,
        params,
      })
    },

    recordMaterialization: ({
      view,
      version,
      report,
      pipelineRun,
      at,
    }: {
      view: string
      version: number
      report: Json
      pipelineRun: string | null
      at: Micros
    }) => record({ ref: `featureView:${view}`, version, id: `${at}`, report, pipelineRun, at }),

    recordTrainingSetBuild: async ({
      name,
      id,
      manifest,
      pipelineRun,
      at,
    }: {
      name: string
      id: string
      manifest: Json
      pipelineRun: string | null
      at: Micros
    }) => {
      const version = (await current()).byRef.get(`trainingSet:${name}`)?.version ?? 1
      await record({ ref: `trainingSet:${name}`, version, id, report: manifest, pipelineRun, at })
    },
  }

  async function record(build: BuildRecord): Promise<void> {
    await uow.transaction(stores => stores.definitions.insertBuild(build))
  }
}

const shapeOnly: Omit<CompileFacts, 'reuse' | 'params' | 'asOf'> = {
  code: '',
  environment: '',
  sourceVersions: async () => ({}),
  scriptHash: async () => '',
}

function needsOf(step: RunPlan['steps'][number]): readonly string[] {
  return [...new Set([...Object.values(step.inputs).map(input => input.from), ...step.after])]
}

function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const first = problems[0]
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  throw new FettleError(
    'DEFINITIONS_INVALID',
    `${problems.length} problem${problems.length > 1 ? 's' : ''}: ${first?.message ?? ''}${more}`,
    { details: { problems } },
  )
}

function refuseDeletions(plan: ProjectPlan, allowed: boolean): void {
  const deletions = plan.changes.filter(change => change.action === 'delete')
  if (deletions.length === 0) return
  const used = deletions.filter(change => change.affects.length > 0)
  if (used.length > 0) {
    throw new FettleError(
      'HAS_LIVE_DEPENDANTS',
      `${used.map(each => each.ref).join(', ')} cannot go: still used by ${used.flatMap(each => each.affects).join(', ')}`,
    )
  }
  if (!allowed) {
    throw new FettleError(
      'DELETION_REFUSED',
      `the project no longer has ${deletions.map(each => each.ref).join(', ')}`,
      { details: { refs: deletions.map(each => each.ref) } },
    )
  }
}

async function applyChange(
  store: DefinitionStore,
  { change, request, at }: { change: Change; request: ApplyRequest; at: Micros },
): Promise<void> {
  if (change.action === 'delete') return store.archive(change.ref, at)
  const definition = request.project.definitions.find(
    each => each.kind === change.kind && each.name === change.name,
  )
  if (!definition || change.action === 'none') return
  const record: CurrentDefinition = {
    ref: change.ref,
    kind: change.kind,
    name: change.name,
    version: change.version,
    definition,
    semanticHash: change.semanticHash,
    descriptiveHash: change.descriptiveHash,
    appliedAt: at,
    by: request.principal.name,
    location: change.location,
  }
  if (change.action !== 'describe') await store.insertVersion(record)
  await store.setCurrent(record)
}
