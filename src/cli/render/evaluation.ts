import type { EvaluatedTable } from '../../platform.ts'
import { formatCount, formatNumber, plural, table } from './text.ts'

interface Told {
  readonly written: readonly string[]
  /** Hash of the report that is kept with the version; null where none is. */
  readonly kept: string | null
  /** What the contracts come to, as lines. */
  readonly verdict: string | null
}

/**
 * What a person wants first: what the contracts say, the metrics with their intervals, the slices that are worse, what a
 * comparison says, who is worse off.
 */
export function renderEvaluation(
  { report, comparison, fairness, importance }: EvaluatedTable,
  { written, kept, verdict }: Told,
): string {
  const { matured, immature, unobservable } = report.coverage
  const without = immature + unobservable
  const waiting = without > 0 ? `, ${formatCount(without)} without` : ''
  return [
    verdict === null ? '' : `${verdict}\n`,
    `${plural(matured, 'row')} with a label${waiting}\n\n`,
    table(
      ['metric', 'value', '95 % interval'],
      Object.entries(report.all.metrics)
        .filter(([, value]) => matured > 0 || isNumber(value))
        .map(([name, value]) => [
          name,
          quantity(value),
          typeof value === 'number' ? interval(report.all.intervals[name as 'roc_auc']) : '',
        ]),
    ),
    harmed(report),
    comparison ? compared(comparison) : '',
    fairness ? groups(fairness) : '',
    importance ? weighed(importance) : '',
    kept === null ? '' : `\nKept with the version: ${kept}\n`,
    written.length > 0
      ? `\nWrote ${written.join(' and ')}.\n`
      : '\nAdd --out report.html for the whole report.\n',
  ].join('')
}

type Quantity = number | { readonly undefined: string }
type Interval = { readonly lower: number; readonly upper: number }

function quantity(value: Quantity | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'number'
    ? formatNumber(Number(value.toPrecision(4)))
    : `undefined (${value.undefined})`
}

function interval(value: Interval | { readonly undefined: string } | null | undefined): string {
  if (!value) return 'none'
  if ('undefined' in value) return `none (${value.undefined})`
  return `${quantity(value.lower)} … ${quantity(value.upper)}`
}

const mostShown = 10

function harmed({ harmed: found, slices, discovered, coverage }: EvaluatedTable['report']): string {
  const cells = slices.reduce((sum, slice) => sum + slice.values.length, 0)
  const first =
    cells === 0 || coverage.matured === 0
      ? ''
      : found.length === 0
        ? `\nNone of ${plural(cells, 'slice')} is worse than the whole beyond noise.\n`
        : `\nWorse than the whole beyond noise:\n${table(
            ['slice', 'rows', 'metric', 'here', 'whole'],
            found
              .slice(0, mostShown)
              .map(each => [
                each.slice,
                formatCount(each.rows),
                each.metric,
                quantity(each.value),
                quantity(each.whole),
              ]),
          )}`
  const searched = discovered.map(each => `${each.where} (${each.loss.name} ${quantity(each.loss.value)})`)
  return searched.length === 0
    ? first
    : `${first}\nFound by search, not declared: ${searched.slice(0, 5).join('; ')}\n`
}

function compared(report: NonNullable<EvaluatedTable['comparison']>): string {
  const worse = report.slices.filter(slice => slice.harm > 0)
  const { flips } = report.all
  const changed = flips
    ? `${plural(flips.onlyChallenger + flips.onlyChampion, 'decision')} flip.`
    : 'Without --threshold nothing is acted on, so nothing flips.'
  return [
    `\n${report.challenger} against ${report.champion}. ${changed}\n`,
    table(
      ['metric', 'difference', '95 % interval'],
      report.all.metrics
        .filter(metric => metric.better !== null)
        .map(metric => [metric.metric, quantity(metric.difference), interval(metric.interval)]),
    ),
    worse.length === 0
      ? ''
      : `Worse in ${plural(worse.length, 'slice')}: ${worse
          .slice(0, mostShown)
          .map(slice => slice.slice)
          .join(', ')}\n`,
  ].join('')
}

/** Who is worse off, column by column. */
function groups({ columns }: NonNullable<EvaluatedTable['fairness']>): string {
  const lines = columns.flatMap(({ column, undefined: none, disparities, groups: all }) => {
    if (none !== null) return [`${column}: no row has a value`]
    const known = disparities.filter(each => each.metric !== 'equalized_odds' && isNumber(each.difference))
    const why = all[0]?.metrics.selection_rate.value
    return known.length === 0
      ? [
          `${column}: no two groups can be compared${why === undefined || isNumber(why) ? '' : ` (${quantity(why)})`}`,
        ]
      : known.map(({ sentence, verdict }) => (verdict === null ? sentence : `${verdict}: ${sentence}`))
  })
  return `\nGroups:\n${lines.map(line => `  ${line}\n`).join('')}`
}

const isNumber = (value: Quantity): value is number => typeof value === 'number'

const mostInputs = 5

function weighed({ features, variant }: NonNullable<EvaluatedTable['importance']>): string {
  const most = features.slice(0, mostInputs).map(each => `${each.feature} ${Math.round(each.share * 100)} %`)
  return `\nThe score rests on ${most.join(', ')} (${variant}).\n`
}
