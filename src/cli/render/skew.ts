import type { SkewFact } from '../../api/skew.ts'
import type { Paint } from '../io.ts'
import { formatCount, plain, plural, table } from './text.ts'

type Report = SkewFact['report']
type Feature = Report['features'][number]

/** One line a feature, the worst rows of those that differ, and the verdict. */
export function renderSkew({ deployment, release, report }: SkewFact, paint: Paint): string {
  const rows = report.features.map(each => [
    each.feature,
    each.view ?? 'on demand',
    formatCount(each.equal),
    formatCount(each.rounding),
    formatCount(each.lag),
    formatCount(each.status_mismatch + each.missing + each.extra + each.mismatch),
    quantity(each.mismatchRate),
    quantity(each.smape),
  ])
  const color = { pass: paint.green, fail: paint.red, inconclusive: paint.yellow }[report.verdict]
  return [
    `${deployment}${release === null ? '' : `, release ${release}`}: ${plural(report.requests, 'request')} replayed${report.from === null ? '' : `, ${report.from} to ${report.to}`}\n\n`,
    rows.length === 0
      ? ''
      : `${table(['feature', 'view', 'equal', 'rounding', 'lag', 'differ', 'rate', 'smape'], rows)}\n`,
    ...report.features.flatMap(worstLines),
    ...report.warnings.map(warning => `${paint.yellow('warning')}  ${plain(warning)}\n`),
    `${color(report.verdict)}  ${reason(report)}\n`,
  ].join('')
}

function worstLines({ feature, worst }: Feature): readonly string[] {
  if (worst.length === 0) return []
  return [
    `${feature}: the worst\n`,
    ...worst.map(({ id, class: found, asOf, request, logged, replayed }) => {
      const key = Object.entries(request).map(([name, value]) => `${name}=${plain(String(value))}`)
      return `  ${found}  ${key.join(' ')} at ${asOf}: served ${side(logged)}, replayed ${side(replayed)}  (${id})\n`
    }),
    '\n',
  ]
}

function side({ value, status }: { readonly value: unknown; readonly status: string }): string {
  return status === 'PRESENT' ? plain(JSON.stringify(value)) : status
}

function quantity(value: Feature['smape']): string {
  if (typeof value !== 'number') return value.undefined.replaceAll('_', ' ')
  return value === 0 ? '0' : value.toPrecision(3)
}

function reason({ verdict, requests, minRequests }: Report): string {
  if (verdict === 'fail') return 'served features differ from what their definitions give'
  if (verdict === 'pass') return 'served features are what their definitions give'
  return `no difference, but ${plural(requests, 'request')} of at least ${formatCount(minRequests)} wanted`
}
