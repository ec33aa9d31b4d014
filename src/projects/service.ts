import {
  baseOf,
  type Change,
  checkProject,
  type DefinitionRef,
  type LastLoad,
  type PlanFacts,
  type Problem,
  type Project,
  type ProjectPlan,
  planProject,
  refOf,
  type SourceData,
  type SourceSize,
} from '../definitions/index.ts'
import type { AuditStore, Principal } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import { type ErrorCode, FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import { parseSchedule, type RunPlan, type Schedule } from '../pipelines/index.ts'
import { liveDependants } from './catalog/dependants.ts'
import type { LiveFacts } from './catalog/model.ts'
import { applied } from './closures.ts'
import { type CompileFacts, compilePipeline, outlinePipelines } from './compile-pipelines.ts'
import {
  type PlanContracts,
  type PlannedChange,
  planDeployments,
  refuseUndecidableContracts,
} from './contract-plans.ts'
import type { BuildRecord, CurrentDefinition, DefinitionStore } from './ports.ts'
import { checksRef, skewRef } from './report-refs.ts'

export interface ProjectsDependencies {
  readonly uow: UnitOfWork<{ readonly definitions: DefinitionStore; readonly audit: AuditStore }>
  readonly clock: Clock
  /** Everything about code, environment and data that a compiled pipeline pins. */
  facts(directory: string): Promise<Omit<CompileFacts, 'reuse' | 'params' | 'asOf'>>
  /** Instant that training data and online features are as of, when a run does not say. */
  defaultAsOf(): string
  /** Sources that the project's offline engine cannot read, and why; none when left out. */
  gaps?(sources: readonly SourceData[]): readonly SourceGap[]
  /** Sizes of the files of sources that are read from files. */
  sourceSizes?(sources: readonly SourceData[], directory: string): Promise<ReadonlyMap<string, SourceSize>>
  /** Rows that the contracts of a deployment need; without it nothing is planned. */
  readonly planContracts?: PlanContracts
  /** Releases that answer and models that are trained, which keep what they rest on from being deleted. */
  live?(): Promise<LiveFacts>
}

/** One thing the configured engine lacks for a source. */
interface SourceGap {
  readonly code: ErrorCode
  readonly source: string
  readonly message: string
  readonly hint: string
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
export function createProjectsService(dependencies: ProjectsDependencies) {
  const { uow, clock, facts, defaultAsOf, gaps, sourceSizes } = dependencies
  const store = uow.read.definitions
  const current = async () => applied(await store.listCurrent())

  return {
    name: async (): Promise<string | null> => (await store.findProject())?.name ?? null,
    directory: async (): Promise<string | null> => (await store.findProject())?.directory ?? null,
    current,

    /** What applying would change; throws DEFINITIONS_INVALID with every problem found. */
    async plan(
      project: Project,
      directory: string,
    ): Promise<ProjectPlan & { readonly changes: readonly PlannedChange[] }> {
      refuseProblems([...checkProject(project), ...gapsOf(project, gaps)])
      const standing = await store.listCurrent()
      const plan = planProject(project, standing, await planFacts(project, directory))
      const dependants = await dependantsOf(plan, { project, standing })
      const contracts = await planDeployments(project, dependencies.planContracts)
      const changes = plan.changes.map(each => ({
        ...each,
        contracts: contracts.get(each.ref) ?? null,
        warnings: [...each.warnings, ...(dependants.get(each.ref) ?? []).map(refusal)],
      }))
      return { ...plan, changes }
    },

    /** Applies all of a plan or nothing. Throws STALE_BASE, DELETION_REFUSED, DEFINITIONS_INVALID, SLICE_TOO_SMALL. */
    async apply(request: ApplyRequest) {
      refuseProblems([...checkProject(request.project), ...gapsOf(request.project, gaps)])
      const before = await store.listCurrent()
      const dependants = await dependantsOf(planProject(request.project, before), {
        project: request.project,
        standing: before,
      })
      const contracts = await planDeployments(request.project, dependencies.planContracts)
      refuseUndecidableContracts(contracts, { project: request.project, standing: before })
      return uow.transaction(async stores => {
        const plan = planProject(request.project, await stores.definitions.listCurrent())
        if (plan.base !== request.base)
          throw new FettleError('STALE_BASE', 'something was applied since this plan was made')
        refuseDeletions(plan, { allowed: request.allowDelete, dependants })
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
            nextAt:
              outline.schedule === null
                ? null
                : parseSchedule(outline.schedule, outline.name).next(clock.nowMicros()),
            steps: shape.steps.map(step => ({ id: step.id, title: step.title, needs: needsOf(step) })),
          }
        }),
      )
    },

    /** What runs by itself, and when. */
    schedules: async (): Promise<readonly Schedule[]> =>
      outlinePipelines(await current()).flatMap(({ name, schedule }) =>
        schedule === null ? [] : [{ name, pipeline: name, text: schedule }],
      ),

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

    recordCheckReport: ({
      table,
      report,
      pipelineRun,
      at,
    }: {
      table: string
      report: Json
      pipelineRun: string | null
      at: Micros
    }) =>
      record({
        ref: checksRef(table),
        version: 1,
        id: `${at} ${pipelineRun ?? ''}`,
        report,
        pipelineRun,
        at,
      }),

    listCheckReports: (table: string, limit: number) => store.listBuilds(checksRef(table), limit),

    recordSkewReport: ({
      deployment,
      report,
      pipelineRun,
      at,
    }: {
      deployment: string
      report: Json
      pipelineRun: string | null
      at: Micros
    }) =>
      record({
        ref: skewRef(deployment),
        version: 1,
        id: `${at} ${pipelineRun ?? ''}`,
        report,
        pipelineRun,
        at,
      }),

    latestSkewReport: async (deployment: string) => (await store.listBuilds(skewRef(deployment), 1))[0],

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
      const ref = `trainingSet:${name}` as const
      await uow.transaction(async ({ definitions }) => {
        if (await definitions.findBuild('trainingSet', id)) return
        const number = (await definitions.listBuilds(ref, everyBuild)).length + 1
        const report = { ...(manifest as Readonly<Record<string, Json>>), number }
        await definitions.insertBuild({ ref, version, id, report, pipelineRun, at })
      })
    },
  }

  /** What data and former loads say about a plan; undefined where nobody can tell. */
  async function planFacts(project: Project, directory: string): Promise<PlanFacts | undefined> {
    if (!sourceSizes) return undefined
    const sizes = await sourceSizes(
      project.definitions.filter(each => each.kind === 'source'),
      directory,
    )
    const loads = new Map<string, LastLoad>()
    for (const each of project.definitions) {
      if (each.kind !== 'featureView') continue
      const [build] = await store.listBuilds(refOf(each), 1)
      const load = build && loadOf(build.report)
      if (load) loads.set(each.name, load)
    }
    return { sizes, loads }
  }

  /** What live things depend on the definitions a plan deletes, by reference; a sentence each. */
  async function dependantsOf(
    plan: ProjectPlan,
    { project, standing }: { readonly project: Project; readonly standing: readonly CurrentDefinition[] },
  ): Promise<ReadonlyMap<DefinitionRef, readonly string[]>> {
    const deleted = plan.changes.filter(change => change.action === 'delete')
    if (deleted.length === 0) return new Map()
    const facts = (await dependencies.live?.()) ?? { releases: [], versions: [] }
    const builds = await store.listBuildsOf('trainingSet')
    const current = standing.map(each => each.definition)
    const given = { current, remaining: project.definitions, facts, builds }
    return new Map(deleted.map(({ ref }) => [ref, liveDependants(ref, given)]))
  }

  async function record(build: BuildRecord): Promise<void> {
    await uow.transaction(stores => stores.definitions.insertBuild(build))
  }
}

function gapsOf({ definitions, locations }: Project, gaps: ProjectsDependencies['gaps']): Problem[] {
  const found = gaps?.(definitions.filter(each => each.kind === 'source')) ?? []
  return found.map(({ source, ...gap }) => {
    const ref = `source:${source}` as const
    return { ...gap, ref, path: 'from', location: locations[ref] ?? null }
  })
}

/** The numbers of a materialization's report (a full one: others read only what was new). */
function loadOf(report: Json): LastLoad | undefined {
  const { mode, read, keys, bytes, milliseconds } = report as Readonly<Record<string, Json>>
  const numbers = [read, keys, bytes, milliseconds].map(each =>
    typeof each === 'number' ? each : Number.NaN,
  )
  const [rows = 0, stored = 0, size = 0, elapsed = 0] = numbers
  if (mode !== 'full' || numbers.some(Number.isNaN)) return undefined
  return { read: rows, keys: stored, bytes: size, seconds: elapsed / 1000 }
}

/** More than any definition has. */
const everyBuild = 1_000_000

const shapeOnly: Omit<CompileFacts, 'reuse' | 'params' | 'asOf'> = {
  outline: true,
  code: '',
  environment: '',
  sourceVersions: async () => ({}),
  onlineStore: '',
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

function refusal(sentence: string): string {
  return `cannot be deleted: ${sentence}`
}

function refuseDeletions(
  plan: ProjectPlan,
  {
    allowed,
    dependants,
  }: { readonly allowed: boolean; readonly dependants: ReadonlyMap<DefinitionRef, readonly string[]> },
): void {
  const deletions = plan.changes.filter(change => change.action === 'delete')
  if (deletions.length === 0) return
  const used = [...dependants].filter(([, sentences]) => sentences.length > 0)
  if (used.length > 0) {
    const problems = used.flatMap(([ref, sentences]) => sentences.map(message => ({ ref, message })))
    throw new FettleError(
      'HAS_LIVE_DEPENDANTS',
      `${used.map(([ref]) => ref).join(', ')} cannot go: ${used[0]?.[1][0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}`,
      { details: { problems } },
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
