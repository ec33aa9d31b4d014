import { mkdir, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import type { ModelManifest, Scorer } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { TrainingDependencies } from '../actions.ts'
import { logJudged, spreadVectors } from '../judged-rows.ts'
import { readLabelledRows, vectorsOf } from '../labelled-rows.ts'
import type { TrainerCall } from '../trainer.ts'

const known: ReadonlySet<string> = new Set(['url', 'name', 'version', 'output'])
const batchRows = 512
/** The other server may sum in another order from one batch to the next. */
const tolerance = 1e-6

/**
 * Trains nothing: the model is on another server. Its scores for rows of the judged split become the self-test, so that
 * another model behind the same name is noticed wherever it is opened.
 */
export async function runExternalTrainer(
  call: TrainerCall,
  { columns: reader, scorers }: Pick<TrainingDependencies, 'columns' | 'scorers'>,
): Promise<void> {
  const { context, params, data, output } = call
  const { features, label, candidate } = params
  const unknown = Object.keys(candidate.params).find(name => !known.has(name))
  if (unknown !== undefined)
    throw new FettleError('BAD_PARAMETER', `An external model does not take ${unknown}`, {
      hint: 'It takes url, name, version and output.',
    })
  const judge = await readLabelledRows(reader, { data, features, label, split: params.split.judge })
  const settings = { schema: 1, ...candidate.params, columns: features.map(({ name }) => name) }
  await mkdir(output, { recursive: true })
  await writeFile(join(output, 'oip.json'), `${JSON.stringify(settings, null, 1)}\n`)
  const scorer = await scorers.open({ folder: output, format: 'oip', inputs: features.length })
  try {
    const rows = judge.labels.length
    const scores = await scoreAll(scorer, vectorsOf(judge.columns, 0, rows), rows)
    const vectors = spreadVectors(judge)
    const expected = await scoreAll(
      scorer,
      Float64Array.from(vectors.flat(), value => value ?? Number.NaN),
      vectors.length,
    )
    const manifest: ModelManifest = {
      schema: 1,
      format: 'oip',
      inputs: features.map(({ name, type }) => ({ name, type, nullable: true })),
      outputs: [{ name: 'score', type: 'float64', nullable: false }],
      metrics: await logJudged(call, judge, scores),
      environment: { interpreter: scorer.build, platform: `${platform()}-${arch()}` },
      parity: { native: 'same server', maxAbsDiff: 0 },
      selfTest: vectors.map((vector, row) => ({ vector, score: expected[row] as number })),
      tolerance,
      trainedOn: { id: data.id, checksum: data.checksum, rows: data.rows },
      seed: context.seed,
      params: candidate.params,
    }
    await writeFile(join(output, 'model.json'), `${JSON.stringify(manifest, null, 1)}\n`)
    context.log(`${scorer.build} scored ${rows} rows of the judged split`)
  } finally {
    await scorer.close()
  }
}

async function scoreAll(scorer: Scorer, vectors: Float64Array, rows: number): Promise<Float64Array> {
  const width = vectors.length / rows
  const scores = new Float64Array(rows)
  for (let from = 0; from < rows; from += batchRows) {
    const to = Math.min(rows, from + batchRows)
    scores.set(await scorer.score(vectors.subarray(from * width, to * width), to - from), from)
  }
  return scores
}
