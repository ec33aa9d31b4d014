import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { type HeldOutRows, type ScoredModel, scoreModel } from '../../deployments/index.ts'
import {
  type JudgedRows,
  type ModelOutputs,
  type PredictionsTable,
  readRows,
} from '../../evaluation/index.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { lackedForScoring, type ModelFormat, type Signature } from '../../registry/index.ts'
import { type JudgedOutputs, judgeRows } from './judge-rows.ts'
import { readTable } from './read-table.ts'
import type { Evaluated, ScoredVersion, VersionEvaluation } from './request.ts'
import { settle } from './settle.ts'

/**
 * Scores a registered version, wherever it was trained, on a table whose columns carry its inputs by name, and judges what
 * comes out; with `against` beside another version on the same rows. VERSION_INCOMPLETE for a version that cannot be
 * scored here, COLUMN_MISSING for inputs that the table has not, OBJECT_CORRUPT for bytes that are not those registered.
 */
export async function evaluateVersion(asked: VersionEvaluation): Promise<Evaluated> {
  const request = settle(asked)
  const { file, columns, version, against } = request
  const versions = [version, ...(against ? [against] : [])]
  for (const each of versions) checkScorable(each)
  const inputs = [...new Set(versions.flatMap(inputsOf))]
  const table = await readTable(file, columns, inputs)
  const kept = { ...columns, keep: [...new Set([...columns.keep, ...inputs])] }
  const { rows } = readRows(table, kept)
  const held: HeldOutRows = {
    ...{ rows, inputs: numbersOf(table, inputs), names: request.names, choosable: rows.rows },
  }
  const folder = await mkdtemp(join(tmpdir(), 'fettle-evaluate-'))
  try {
    const score = async (model: ScoredVersion, threshold: number | undefined) =>
      judgedOf(model, await scored({ request, model, held, folder }), { rows, threshold })
    const challenger = await score(version, columns.threshold)
    const champion = against ? await score(against, request.againstThreshold ?? columns.threshold) : null
    try {
      return await judgeRows(request, { rows, challenger, champion, on: request.on ?? basename(file) })
    } finally {
      await challenger.explainer?.close?.()
      await champion?.explainer?.close?.()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const inputsOf = ({ signature }: ScoredVersion): string[] => (signature?.inputs ?? []).map(({ name }) => name)

function checkScorable(version: ScoredVersion): void {
  const { model, version: number, signature, format } = version
  const lacked = lackedForScoring(version)
  if (lacked.length > 0)
    throw new FettleError(
      'VERSION_INCOMPLETE',
      `Version ${number} of "${model}" cannot be scored: it lacks ${lacked.join('; ')}`,
      {
        hint:
          format === 'mlflow'
            ? 'Score the table where the model can be loaded, and give the table with its score column.'
            : 'Register the model again with what is missing.',
        details: { lacked },
      },
    )
  const text = signature?.inputs.find(({ type }) => !numberTypes.has(type))
  if (text !== undefined)
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `Input ${text.name} of version ${number} of "${model}" is ${text.type}; numbers and booleans are scored here`,
    )
}

const numberTypes: ReadonlySet<string> = new Set(['bool', 'int64', 'float64', 'float32'])

function numbersOf(
  table: PredictionsTable,
  names: readonly string[],
): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(
    names.map(name => {
      const column = table.columns[name]
      if (column?.kind !== 'number')
        throw new FettleError('SIGNATURE_MISMATCH', `Column ${name} holds texts; the model takes numbers`, {
          hint: 'Encode it as the model was trained on, in a column of this name.',
        })
      return [name, column.values]
    }),
  )
}

interface Scoring {
  readonly request: VersionEvaluation
  readonly model: ScoredVersion
  readonly held: HeldOutRows
  readonly folder: string
}

/** Files that scoring and explaining read; others of the version, such as pickles, stay where they are. */
const readHere = /\.(onnx|json|data)$/

async function scored({ request, model, held, folder }: Scoring): Promise<ScoredModel> {
  await mkdir(folder, { recursive: true })
  const getFile = async (hash: string, target: string) => {
    const bytes = await request.fetch(hash)
    if (`sha256:${sha256Hex(bytes)}` !== hash)
      throw new FettleError(
        'OBJECT_CORRUPT',
        `${basename(target)} of ${model.model}@${model.version} is not what was registered`,
      )
    await writeFile(target, bytes)
  }
  return scoreModel(
    { objects: { getFile }, scorers: scorerFactory },
    {
      model: {
        ...model,
        format: model.format as ModelFormat,
        signature: model.signature as Signature,
        files: model.files.filter(({ path }) => readHere.test(path)),
        ...{ thresholdSet: null, action: null },
      },
      held,
      context: { scratchFolder: folder, progress: () => {}, log: () => {}, signal: neverAborted },
    },
  )
}

const neverAborted = new AbortController().signal

function judgedOf(
  { model, version, called = `${model}@${version}` }: ScoredVersion,
  { scores, scorer, inputs, columns, explainer }: ScoredModel,
  { rows, threshold }: { readonly rows: JudgedRows; readonly threshold: number | undefined },
): JudgedOutputs {
  const outputs: ModelOutputs =
    threshold === undefined || rows.task !== 'binary'
      ? { scores }
      : { scores, actions: Uint8Array.from(scores, score => (score > threshold ? 1 : 0)) }
  return { name: called, outputs, scorer, inputs, vectors: columns, explainer }
}
