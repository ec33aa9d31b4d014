import {
  indexProject,
  type ModelData,
  type SplitData,
  type TrainingSetData,
  vectorColumns,
} from '../definitions/index.ts'
import type { DeploymentsDependencies, JudgedSet, StoredVerdict } from '../deployments/index.ts'
import type { TrainingSetRecord, TrainingSetRecords } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { PipelineRun, PipelineService } from '../pipelines/index.ts'
import type { ProjectsService } from '../projects/index.ts'
import type { ModelVersion } from '../registry/index.ts'

/** The held-out rows of a version: of the set it was trained beside, else of the newest build of its definition. */
export function judgedSets(records: TrainingSetRecords): DeploymentsDependencies['judgedSet'] {
  return async ({ model, trainingSet, sources, views, onDemand, entities }, version, rows) => {
    const found = await recordOf(records, { trainingSet, version, rows })
    if (found === undefined) return null
    const { record, from } = found
    const columns = vectorColumns(trainingSet, indexProject([...sources, ...views, ...onDemand, ...entities]))
    return {
      ...heldOutSet(record, { model, trainingSet }),
      rows: record.manifest.rows,
      from,
      trainedOn: model.trainOn,
      features: columns.map(({ name, type }) => ({ name, type })),
    }
  }
}

interface WantedRows {
  readonly trainingSet: TrainingSetData
  readonly version: Pick<ModelVersion, 'trainingSet'>
  readonly rows: string | undefined
}

/** The newest build is held out of a version that was trained beside one with the same splits. */
async function recordOf(
  records: TrainingSetRecords,
  { trainingSet, version, rows }: WantedRows,
): Promise<{ readonly record: TrainingSetRecord; readonly from: JudgedSet['from'] } | undefined> {
  if (rows !== undefined && rows !== 'newest') {
    const record = await records.find(rows)
    return record && { record, from: 'asked' }
  }
  const own = version.trainingSet ? await records.find(version.trainingSet.id) : undefined
  const [newest] = own && rows === undefined ? [] : await records.list(trainingSet.name)
  if (newest && (own === undefined || newest.definitionVersion === own.definitionVersion))
    return { record: newest, from: 'newest' }
  return own && { record: own, from: 'candidate' }
}

/** Where the rows are that a model of this set is judged on. */
export function heldOutSet(
  record: TrainingSetRecord,
  { model, trainingSet }: { readonly model: ModelData; readonly trainingSet: TrainingSetData },
): Omit<JudgedSet, 'rows' | 'from' | 'trainedOn' | 'features'> {
  return {
    ...storedRows(record),
    label: trainingSet.label.name,
    time: trainingSet.spine.time,
    split: model.judgeOn,
    later: laterSplits(trainingSet.splits, model),
  }
}

/** Splits that begin when the judged one has ended. */
function laterSplits(
  splits: readonly SplitData[],
  { trainOn, judgeOn }: Pick<ModelData, 'trainOn' | 'judgeOn'>,
): readonly string[] {
  const end = splits.find(({ name }) => name === judgeOn)?.to
  return splits.flatMap(({ name, from }) =>
    end !== undefined && from >= end && name !== trainOn && name !== judgeOn ? [name] : [],
  )
}

type StoredRows = Pick<JudgedSet, 'id' | 'name' | 'checksum' | 'files' | 'columns'>

function storedRows({ id, name, manifest }: TrainingSetRecord): StoredRows {
  return {
    id,
    name,
    checksum: manifest.checksum,
    files: manifest.files.map(({ path, bytes, sha256 }) => ({ path, hash: `sha256:${sha256}`, bytes })),
    columns: manifest.columns.map(column => ({ name: column.name, type: column.type, role: column.role })),
  }
}

export interface GateRunParts {
  compile: ProjectsService['compilePipeline']
  startRun: PipelineService['startRun']
  readonly pipelines: Pick<PipelineService, 'getRun' | 'listRuns'>
  findVerdict(id: string): Promise<StoredVerdict | undefined>
}

const lookMillis = 150
const mostMillis = 10 * 60_000
export const ended: ReadonlySet<PipelineRun['state']> = new Set(['succeeded', 'failed', 'cancelled'])

/** Runs the release pipeline and waits for its verdict. Throws the error of the step that failed, or GATE_FAILED. */
export function gateRunner({
  compile,
  startRun,
  pipelines,
  findVerdict,
}: GateRunParts): DeploymentsDependencies['runGate'] {
  return async ({ deployment, version, principal }) => {
    const pipeline = `${deployment}-release`
    const { items } = await pipelines.listRuns({ pipeline, limit: 20 })
    // One that goes on already, after a restart say, comes to the same verdict.
    const going = items.find(({ state, plan }) => !ended.has(state) && plan.params['version'] === version)
    const start = async () =>
      startRun(await compile(pipeline, { params: { version }, reuse: 'lineage' }), { principal })
    const started = going ?? (await start())
    const until = Date.now() + mostMillis
    for (;;) {
      const run = await pipelines.getRun(started.id)
      if (ended.has(run.state)) {
        const verdict = await findVerdict(run.id.replace(/^[a-z]+_/, 'vrd_'))
        if (verdict) return verdict
        throw unfinished(deployment, run)
      }
      if (Date.now() > until)
        throw new FettleError('NOT_READY', `the gate of "${deployment}" is still at work`, {
          hint: `fettle runs ${run.id} --follow`,
        })
      await new Promise(resolve => setTimeout(resolve, lookMillis))
    }
  }
}

export function unfinished(deployment: string, run: PipelineRun): FettleError {
  const failed = run.steps.find(({ state }) => state === 'failed')
  const error = failed?.attempts.at(-1)?.error
  return new FettleError(
    'GATE_FAILED',
    `the gate of "${deployment}" came to no verdict: ${error ? `${error.code}: ${error.message}` : `its run was ${run.state}`}`,
    { hint: `fettle runs ${run.id}`, details: { run: run.id, step: failed?.plan.id ?? null } },
  )
}
