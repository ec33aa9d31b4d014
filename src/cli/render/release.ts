import type {
  PurposeView,
  ReleaseDetailView,
  ReleaseSummaryView,
  VerdictPageView,
} from '../../api/releases.ts'
import type { Paint } from '../io.ts'
import { formatCount, formatNumber, plain, table } from './text.ts'

export function renderReleases(items: readonly ReleaseSummaryView[]): string {
  if (items.length === 0) return 'No releases yet: fettle deploy DEPLOYMENT makes the first.\n'
  return table(
    ['release', 'model', 'state', 'created', 'by', 'changed', 'verdict'],
    items.map(each => [
      String(each.number),
      `${each.model} v${each.modelVersion}`,
      each.state,
      each.createdAt.slice(0, 19).replace('T', ' '),
      each.by,
      each.changed.join(', ') || '–',
      each.verdict?.summary ?? '–',
    ]),
  )
}

/** The whole page: every check with what would change it, and `contracts` as the report tells them. */
export function renderRelease(release: ReleaseDetailView, contracts: string | null, paint: Paint): string {
  const { deployment, number, model, modelVersion, state, digest, changed, page, pageHash } = release
  return [
    `${deployment} release ${number}: ${model} version ${modelVersion}, ${state}\n`,
    `digest  ${digest}\n`,
    changed.length === 0 ? '' : `changed ${changed.join(', ')}\n`,
    page === null
      ? `Not verified yet: fettle release verify ${deployment}\n`
      : `${renderPage(page, paint)}\nSigned page ${pageHash}, good until ${page.expiresAt}\n`,
    contracts === null ? '' : `\nContracts\n${plain(contracts)}`,
  ].join('')
}

export function renderPage(page: VerdictPageView, paint: Paint): string {
  const color = colorsOf(paint)
  const lines = page.checks.flatMap(({ name, verdict, blocks, n, margin, finding, change }) => [
    `${color[verdict](verdict.padEnd(12))} ${name.padEnd(14)} ${plain(finding)}${n === null ? '' : ` (n ${formatCount(n)})`}${blocks ? '' : ' [told]'}\n`,
    ...(margin === null ? [] : [`${' '.repeat(28)}margin: ${plain(margin)}\n`]),
    ...(change === null ? [] : [`${' '.repeat(28)}would change it: ${plain(change)}\n`]),
  ])
  const beside = page.champion ? `against release ${page.champion.number}` : 'without a champion'
  return `\n${lines.join('')}\n${color[page.verdict](page.verdict)}  ${plain(page.summary)} (${beside})\n`
}

const colorsOf = (paint: Paint) => ({ pass: paint.green, fail: paint.red, inconclusive: paint.yellow })
export function renderPurpose({
  deployment,
  purpose,
  values,
  reached,
  impact,
  reviewDue,
}: PurposeView): string {
  const { number } = purpose
  return [
    `${deployment}, for ${plain(purpose.audience)}\n${plain(purpose.story)}\n\n`,
    `${plain(number.name)}: from ${number.baseline} ${number.direction} to ${number.target} ${plain(number.unit)}; ${number.matters} matters\n`,
    values.length === 0
      ? `No value yet: fettle purpose record ${deployment} VALUE\n`
      : table(
          ['at', 'value', 'by'],
          values.map(each => [each.at, formatNumber(each.value), each.by]),
        ),
    typeof reached === 'number' ? `${formatNumber(100 * reached)} % of the way to the target\n` : '',
    `impact: ${typeof impact === 'number' ? formatNumber(impact) : `undefined (${impact.undefined})`}\n`,
    `owner ${plain(purpose.owner)}${reviewDue === null ? '' : `, review due ${reviewDue}`}\n`,
  ].join('')
}
