import { type Finding, failed, type GateRow, passed } from '../../deployments/index.ts'
import type { Scorer } from '../../evaluation/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { Release } from '../../registry/index.ts'
import { segmentThresholds } from '../../serving/index.ts'
import type { IsolatedCopy } from './copy.ts'
import { rowsPerRequest } from './self-test.ts'

/** Scores through the front and from the scorer in a batch have the same bits, and the same rows are acted on. */
export async function checkOnlineBatch(
  copy: IsolatedCopy,
  release: Release,
  {
    rows,
    scorer,
    source,
  }: { readonly rows: readonly GateRow[]; readonly scorer: Scorer; readonly source: string },
): Promise<Finding> {
  const vectors = Float64Array.from(rows.flatMap(({ vector }) => vector.map(value => value ?? Number.NaN)))
  const batch = await scorer.score(vectors, rows.length)
  const actsOn = actionOf(release)
  const wrong: string[] = []
  for (let from = 0; from < rows.length; from += rowsPerRequest) {
    const asked = rows.slice(from, from + rowsPerRequest)
    const answer = await copy.ask(
      'candidate',
      asked.map(({ request }) => request),
    )
    if (answer.status !== 200)
      wrong.push(`rows from ${from} are answered ${answer.status} ${answer.code ?? ''}`)
    answer.predictions.forEach(({ score, action, served_by }, index) => {
      const offline = batch[from + index] ?? Number.NaN
      const row = asked[index]
      const acts = row !== undefined && actsOn(row, offline)
      const same = Object.is(score, offline) && acts === (action !== undefined)
      if (!same || served_by !== 'model')
        wrong.push(`row ${from + index} gives ${score} online (${served_by}) and ${offline} in a batch`)
    })
  }
  const n = rows.length
  if (wrong.length > 0)
    return failed(
      `${wrong.length} of ${n} rows differ: ${wrong[0]}`,
      'What is scored in batches is not what is served: export the model again.',
      { n },
    )
  return passed(`${source} give the same bits online and in a batch`, { n, margin: '0 differences' })
}

/** Whether a release acts on a row with this score: by the threshold of its segment. */
function actionOf(release: Release): (row: GateRow, score: number) => boolean {
  const thresholds = segmentThresholds(release)
  return ({ request, vector }, score) => {
    if (!thresholds) return false
    const values = Float64Array.from(vector, value => value ?? Number.NaN)
    const place = thresholds.segmentAt(request as Readonly<Record<string, Value>>, values)
    return score > thresholds.thresholdAt(place)
  }
}
