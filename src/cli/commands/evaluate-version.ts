import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainingSet } from '../../api/training-sets.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Evaluated, evaluateVersion, type ScoredVersion } from '../../platform.ts'
import type { CommandContext } from '../context.ts'
import { suggesting } from '../suggest.ts'
import { type EvaluateOptions, judgingOf, usage } from './evaluate-options.ts'

interface Wanted {
  /** `late@3`, or an alias for the number. */
  readonly what: string
  /** A table, or `ds-…:split`. */
  readonly on: string
}

/** A large set is read for minutes. */
const deadlineMs = 30 * 60_000

/** Scores a registered version of the running server on rows, here, and keeps the report with the version where asked. */
export async function evaluateRegistered(
  context: CommandContext,
  options: EvaluateOptions,
  { what, on }: Wanted,
): Promise<{ readonly kept: string | null; readonly evaluated: Evaluated }> {
  checkOptions(options)
  const client = await context.client({ deadlineMs })
  const version = await versionNamed(client, what)
  const champion = options.against === undefined ? null : await championOf(client, version, options.against)
  const scratch = await mkdtemp(join(tmpdir(), 'fettle-rows-'))
  try {
    const rows = await rowsOf(client, on, scratch)
    const threshold = options.threshold ?? champion?.threshold
    const against = options.againstThreshold ?? champion?.threshold
    const judging = await judgingOf(context, rows.file, {
      ...(rows.label === undefined ? {} : { label: rows.label }),
      ...options,
      ...(threshold === undefined ? {} : { threshold }),
      ...(against === undefined ? {} : { againstThreshold: against }),
    })
    const evaluated = await evaluateVersion({
      ...judging,
      ...{ version, on: rows.name },
      ...(champion ? { against: champion.version } : {}),
      fetch: hash => client.api.object({ hash }) as Promise<Uint8Array>,
    })
    const kept = options.keep === true ? await keep(client, version, evaluated) : null
    return { kept, evaluated }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function checkOptions({ score, classScore, againstScore, task }: EvaluateOptions): void {
  if (score !== undefined || classScore || againstScore !== undefined)
    throw usage(
      'a version is scored here; no column of the table is its score',
      'Leave --score out, or give the table alone.',
    )
  if (task === 'multiclass' || task === 'ranking')
    throw usage(
      `a version gives one number for a row, so it is judged as binary or regression, not ${task}`,
      'Score the table where the model runs, and give the table alone.',
    )
}

async function versionNamed(client: FettleClient, text: string): Promise<ScoredVersion> {
  const [, name, which] = /^(.+)@v?([^@]+)$/.exec(text) ?? []
  if (name === undefined || which === undefined)
    throw usage(`"${text}" does not name a version`, 'Write MODEL@VERSION or MODEL@ALIAS, such as late@3.')
  const model = await suggesting(client.api.model({ name }), {
    code: 'MODEL_UNKNOWN',
    name,
    names: async () => (await client.api.models({ limit: 500 })).items.map(each => each.name),
    noun: 'models',
    command: meant => `fettle evaluate ${meant}@${which} --on TABLE`,
  })
  const number = /^\d+$/.test(which) ? Number(which) : model.aliases[which]
  const version = model.versions.find(each => each.version === number)
  if (version === undefined)
    throw new FettleError('MODEL_VERSION_UNKNOWN', `"${name}" has no version ${which}`, {
      hint: `It has ${
        model.versions
          .map(each => each.version)
          .slice(0, 10)
          .join(', ') || 'none'
      }.`,
    })
  return version
}

interface Champion {
  readonly version: ScoredVersion
  /** At which it acts where it serves. */
  readonly threshold?: string
}

/** A version, or `release`: what serves of this model. */
async function championOf(
  client: FettleClient,
  { model }: ScoredVersion,
  against: string,
): Promise<Champion> {
  if (against !== 'release') return { version: await versionNamed(client, against) }
  const { items } = await client.api.deployments()
  const serving = items.filter(each => each.model === model && each.modelVersion !== null)
  const [served, other] = serving
  if (served === undefined || other !== undefined)
    throw new FettleError(
      'RELEASE_UNKNOWN',
      served === undefined
        ? `no deployment serves "${model}"`
        : `"${model}" serves as ${serving.map(({ name, modelVersion }) => `${name} (version ${modelVersion})`).join(' and ')}`,
      { hint: `Name the version: --against ${model}@VERSION.` },
    )
  const { action } = await client.api.deployment({ name: served.name })
  if (action?.segments)
    throw usage(
      `${served.name} acts by ${action.segments.count} thresholds, by ${action.segments.per}; here both models act by one`,
      `Name the version and a threshold: --against ${model}@${served.modelVersion} --threshold SCORE`,
    )
  const version = await versionNamed(client, `${model}@${served.modelVersion}`)
  return {
    version: { ...version, called: `release ${served.release} (${model}@${version.version})` },
    ...(action ? { threshold: String(action.threshold) } : {}),
  }
}

interface Rows {
  readonly file: string
  readonly name: string
  readonly label?: string
}

/** A file as it is; a split of a stored training set is brought here first. */
async function rowsOf(client: FettleClient, on: string, scratch: string): Promise<Rows> {
  const [, reference, split] = /^(ds-[0-9a-f]+|[a-z]\w*@v\d+)(?::(.+))?$/.exec(on) ?? []
  if (reference === undefined || (await isThere(on))) return { file: on, name: on.replace(/^.*[\\/]/, '') }
  const set = await client.api.trainingSet({ id: reference })
  const rows = split === undefined ? undefined : set.splits[split]
  if (split === undefined || rows === undefined)
    throw usage(
      split === undefined ? `which rows of ${reference}?` : `${reference} has no split ${split}`,
      `Name a split the model was not trained on: ${Object.keys(set.splits)
        .map(name => `--on ${reference}:${name}`)
        .join(', ')}`,
    )
  const bytes = await client.api.trainingSetRows({ id: set.id, format: 'parquet', split, from: 0, to: rows })
  const file = join(scratch, 'rows.parquet')
  await writeFile(file, bytes as Uint8Array)
  const label = labelOf(set)
  return { file, name: `${set.name}@v${set.number}:${split}`, ...(label === undefined ? {} : { label }) }
}

const labelOf = ({ columns }: TrainingSet): string | undefined =>
  columns.find(({ role }) => role === 'label')?.name

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function keep(
  client: FettleClient,
  { model, version }: ScoredVersion,
  { page: _, junit: __, verdict: ___, ...found }: Evaluated,
): Promise<string> {
  const body = JSON.parse(JSON.stringify(found))
  const { hash } = await client.api.keepEvaluation({ name: model, version: String(version), body })
  return hash
}
