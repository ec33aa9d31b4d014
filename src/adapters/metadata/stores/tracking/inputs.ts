import { type Kysely, sql } from 'kysely'
import type { DatasetInput } from '../../../../experiments/index.ts'
import type { InputRows } from '../../../../experiments/ports.ts'
import type { Schema } from '../../schema.ts'
import { type Connection, groupRows, insertRows, isIn } from './bulk.ts'

const contextTag = 'mlflow.data.context'

export function inputRows(connection: Connection): InputRows {
  return {
    datasetsOf: runs => datasetsOf(connection, runs),
    modelInputsOf: async runs => {
      const rows = await modelsOf(connection, 'tracking_model_inputs', runs)
      return groupRows(
        rows,
        row => row.run,
        row => row.model,
      )
    },
    modelOutputsOf: async runs => {
      const rows = await modelsOf(connection, 'tracking_model_outputs', runs)
      return groupRows(
        rows,
        row => row.run,
        ({ model, step }) => ({ modelId: model, step: step ?? 0 }),
      )
    },
    addDatasets: (run, datasets) => addDatasets(connection, run, datasets),
    async addModelInputs(run, models) {
      const known = new Set(
        (await modelsOf(connection, 'tracking_model_inputs', [run])).map(row => row.model),
      )
      const added = [...new Set(models)].filter(model => !known.has(model))
      const rows = added.map((model, index) => [run, known.size + index, model])
      await insertRows(connection, {
        table: 'tracking_model_inputs',
        columns: ['run', 'position', 'model'],
        rows,
      })
      return added.length > 0
    },
    addModelOutputs: (run, outputs) => addModelOutputs(connection, run, outputs),
    datasets: experiments => distinctDatasets(connection, experiments),
  }
}

async function modelsOf(
  connection: Connection,
  table: 'tracking_model_inputs' | 'tracking_model_outputs',
  runs: readonly number[],
): Promise<readonly { readonly run: number; readonly model: string; readonly step?: number }[]> {
  return connection.db
    .selectFrom(table)
    .selectAll()
    .where(isIn(connection, sql`run`, runs))
    .orderBy('run')
    .orderBy('position')
    .execute()
}

async function addModelOutputs(
  connection: Connection,
  run: number,
  outputs: Parameters<InputRows['addModelOutputs']>[1],
): Promise<boolean> {
  const stored = await modelsOf(connection, 'tracking_model_outputs', [run])
  const known = new Map(stored.map(({ model, step }) => [model, step ?? 0]))
  const wanted = new Map(outputs.map(({ modelId, step }) => [modelId, step]))
  const changed = [...wanted].filter(([model, step]) => known.get(model) !== step)
  await insertRows(connection, {
    table: 'tracking_model_outputs',
    columns: ['run', 'position', 'model', 'step'],
    rows: changed.map(([model, step], index) => [run, known.size + index, model, step]),
    conflict: 'on conflict (run, model) do update set step = excluded.step',
  })
  return changed.length > 0
}

async function datasetsOf(
  connection: Connection,
  runs: readonly number[],
): ReturnType<InputRows['datasetsOf']> {
  const inputs = await connection.db
    .selectFrom('tracking_inputs')
    .innerJoin('tracking_datasets', 'tracking_datasets.id', 'tracking_inputs.dataset')
    .selectAll()
    .where(isIn(connection, sql`run`, runs))
    .orderBy('run')
    .orderBy('position')
    .execute()
  if (inputs.length === 0) return new Map()
  const tags = await connection.db
    .selectFrom('tracking_input_tags')
    .selectAll()
    .where(isIn(connection, sql`run`, runs))
    .orderBy('key')
    .execute()
  const tagsOf = new Map<string, [string, string][]>()
  for (const { run, dataset, key, value } of tags) {
    const place = `${run}/${dataset}`
    tagsOf.set(place, [...(tagsOf.get(place) ?? []), [key, value]])
  }
  return groupRows(
    inputs,
    row => row.run,
    row => ({
      name: row.name,
      digest: row.digest,
      sourceType: row.source_type,
      source: row.source,
      schema: row.schema_text,
      profile: row.profile,
      tags: Object.fromEntries(tagsOf.get(`${row.run}/${row.dataset}`) ?? []),
    }),
  )
}

async function addDatasets(
  { db }: Connection,
  run: { readonly ref: number; readonly experiment: number },
  datasets: readonly DatasetInput[],
): Promise<boolean> {
  const known = await db.selectFrom('tracking_inputs').selectAll().where('run', '=', run.ref).execute()
  const linked = new Set(known.map(({ dataset }) => dataset))
  let changed = false
  for (const input of datasets) {
    const dataset = await ensureDataset(db, run.experiment, input)
    // As MLflow does: an input that is there already keeps its tags.
    if (linked.has(dataset)) continue
    const context = input.tags[contextTag] ?? null
    await db
      .insertInto('tracking_inputs')
      .values({ run: run.ref, dataset, position: linked.size, context })
      .execute()
    linked.add(dataset)
    const tags = Object.entries(input.tags).map(([key, value]) => ({ run: run.ref, dataset, key, value }))
    if (tags.length > 0) await db.insertInto('tracking_input_tags').values(tags).execute()
    changed = true
  }
  return changed
}

async function ensureDataset(db: Kysely<Schema>, experiment: number, input: DatasetInput): Promise<number> {
  const known = await db
    .selectFrom('tracking_datasets')
    .select('id')
    .where('experiment', '=', experiment)
    .where('name', '=', input.name)
    .where('digest', '=', input.digest)
    .executeTakeFirst()
  if (known !== undefined) return known.id
  const { last } = await db
    .selectFrom('tracking_datasets')
    .select(sql<number>`coalesce(max(id), 0)`.as('last'))
    .executeTakeFirstOrThrow()
  await db
    .insertInto('tracking_datasets')
    .values({
      id: last + 1,
      experiment,
      name: input.name,
      digest: input.digest,
      source_type: input.sourceType,
      source: input.source,
      schema_text: input.schema,
      profile: input.profile,
    })
    .execute()
  return last + 1
}

async function distinctDatasets(
  connection: Connection,
  experiments: readonly number[],
): ReturnType<InputRows['datasets']> {
  return connection.db
    .selectFrom('tracking_datasets')
    .innerJoin('tracking_inputs', 'tracking_inputs.dataset', 'tracking_datasets.id')
    .select(['tracking_datasets.experiment', 'tracking_datasets.name', 'digest', 'context'])
    .distinct()
    .where(isIn(connection, sql`tracking_datasets.experiment`, experiments))
    .orderBy('tracking_datasets.experiment')
    .orderBy('tracking_datasets.name')
    .orderBy('digest')
    .orderBy('context')
    .limit(1_000)
    .execute()
}
