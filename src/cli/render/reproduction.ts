import type { ProspectView, ReproducibilityRow, ReproductionReportView } from '../../api/reproduction.ts'
import { plain, table } from './text.ts'

/** What a version would be made from: wanted, found, and where it is taken from; then how long that may take. */
export function renderProspect(prospect: ProspectView): string {
  const { model, version, manifest, ingredients, estimate, erased, class: found } = prospect
  const rows = ingredients.map(each => [
    signs[each.state],
    each.name,
    plain(each.wanted),
    each.found === each.wanted && each.state !== 'missing' ? 'the same' : plain(each.found),
    each.how,
  ])
  const steps = estimate.steps.map(
    ({ name, seconds, from }) => `${name} ${seconds === null ? `? (${from})` : secondsText(seconds)}`,
  )
  const gone =
    erased.rows === 0 ? '' : `${erased.rows} of its rows were erased: ${erased.receipts.join(', ')}\n`
  const about =
    steps.length === 0
      ? ''
      : `About ${secondsText(estimate.seconds)} as far as is known: ${steps.join(', ')}\n`
  const time = ingredients.some(each => each.state === 'missing')
    ? 'Nothing runs while an ingredient is missing.\n'
    : about
  return [
    `${model}@${version} is ${found.class}: ${found.reason} (${found.at.slice(0, 10)})\n`,
    `manifest ${manifest}\n\n`,
    table(['', 'ingredient', 'wanted', 'found', 'how'], rows),
    gone,
    time,
  ].join('')
}

const signs = { found: 'found', other: 'other', missing: 'MISSING' } as const

function secondsText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}

/** What was compared, item by item, and the verdict. */
export function renderReport(report: ReproductionReportView, hash: string): string {
  const { model, version, items, verdict, class: level, reason, firstDifference, ingredients } = report
  const compared = table(
    ['step', 'compared', 'outcome', ''],
    items.map(each => [each.step, each.name, each.outcome, plain(each.detail)]),
  )
  const missing = ingredients
    .filter(each => each.state === 'missing')
    .map(each => `  ${each.name}: wanted: ${plain(each.wanted)}; found: ${plain(each.found)}\n`)
  const seconds = Object.entries(report.seconds).map(([name, value]) => `${name} ${secondsText(value)}`)
  const first =
    firstDifference === null
      ? ''
      : `First step that differs: ${firstDifference.step}. Not as it was: ${firstDifference.because.map(plain).join('; ')}\n`
  return [
    items.length === 0 ? '' : compared,
    missing.join(''),
    first,
    `${model}@${version}: ${verdict} (${level}: ${reason})\n`,
    seconds.length === 0 ? '' : `It took ${seconds.join(', ')}.\n`,
    `Signed report ${report.id}, kept as ${hash}\n`,
  ].join('')
}

/** Every version with its class. */
export function renderReproducibility(items: readonly ReproducibilityRow[]): string {
  if (items.length === 0) return 'No versions are registered yet.\n'
  return table(
    ['version', 'class', 'why', 'as of'],
    items.map(each => [
      `${each.model}@${each.version}`,
      each.class,
      plain(each.reason),
      each.at.slice(0, 19).replace('T', ' '),
    ]),
  )
}
