import { type Finding, failed, madeRows, passed, undecided } from '../../deployments/index.ts'
import type { Release } from '../../registry/index.ts'
import type { IsolatedCopy } from './copy.ts'

const least = 32
/** Rows of one request: a slow model must answer it within its deadline. */
export const rowsPerRequest = 64

/** The release's own vectors, in the process that would serve them, and through the front. */
export async function checkSelfTest(copy: IsolatedCopy, release: Release): Promise<Finding> {
  const { ready, refusal, scorer } = await copy.status('candidate')
  const n = release.selfTest.length
  if (!ready)
    return failed(
      `the scorer does not start: ${refusal ?? 'it said nothing'}`,
      'Register the version again with the model and self-test rows that belong together.',
      { n },
    )
  const wrong = await wrongAnswers(copy, release)
  if (wrong.length > 0)
    return failed(
      `${wrong.length} of ${n} rows come out otherwise in the serving process: ${wrong[0]}`,
      'Export the model again: what is served is not what was trained.',
      { n },
    )
  const finding = `${n} rows within ${release.tolerance} in ${scorer?.kind ?? 'the scorer'} ${scorer?.build ?? ''}`
  if (n < least)
    return undecided(`${finding.trim()}: too few`, `Give model.json at least ${least} self-test rows.`, { n })
  return passed(finding.trim(), { n, margin: `0 differences of more than ${release.tolerance}` })
}

async function wrongAnswers(copy: IsolatedCopy, release: Release): Promise<readonly string[]> {
  const expected = new Map(release.selfTest.map(({ vector, score }) => [JSON.stringify(vector), score]))
  const rows = madeRows(
    release,
    release.selfTest.map(({ vector }) => vector),
  )
  const wrong: string[] = []
  for (let from = 0; from < rows.length; from += rowsPerRequest) {
    const asked = rows.slice(from, from + rowsPerRequest)
    const { status, code, predictions } = await copy.ask(
      'candidate',
      asked.map(({ request }) => request),
    )
    if (status !== 200) return [`row ${from} is answered ${status} ${code ?? ''}`]
    asked.forEach(({ vector }, index) => {
      const score = predictions[index]?.score ?? Number.NaN
      const wanted = expected.get(JSON.stringify(vector)) ?? Number.NaN
      if (!(Math.abs(score - wanted) <= release.tolerance))
        wrong.push(`row ${from + index} gives ${score}, not ${wanted}`)
    })
  }
  return wrong
}
