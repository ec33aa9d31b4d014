import type {
  FeedbackItemView,
  FeedbackReply,
  FeedbackStatusView,
  PerformanceView,
} from '../../api/feedback.ts'
import { formatCount, formatElapsed, formatNumber, plain, plural, table } from './text.ts'

export function renderFeedbackReply(reply: FeedbackReply, many: boolean): string {
  const { accepted, duplicate, pending, rejected } = reply
  const shown = rejected.slice(0, 20)
  return [
    `${formatCount(accepted + pending)} taken${duplicate > 0 ? `, ${formatCount(duplicate)} already there` : ''}${rejected.length > 0 ? `, ${formatCount(rejected.length)} refused` : ''}\n`,
    pending > 0 ? `${plural(pending, 'item')} wait for a decision that is not known yet.\n` : '',
    ...shown.map(each => `  ${many ? `item ${each.index}: ` : ''}${each.code}: ${plain(each.message)}\n`),
    rejected.length > shown.length ? `  and ${formatCount(rejected.length - shown.length)} more\n` : '',
  ].join('')
}

export function renderFeedback(items: readonly FeedbackItemView[]): string {
  if (items.length === 0) return 'Nothing was said yet.\n'
  return table(
    ['known', 'kind', 'value', 'source', 'state', 'about', 'note'],
    items.map(each => [
      each.knownTime.slice(0, 19).replace('T', ' '),
      each.kind,
      each.is === 'yes-no' ? (each.value === 1 ? 'yes' : 'no') : formatNumber(each.value),
      each.source,
      each.state === 'quarantined' ? `quarantined: ${each.reason ?? ''}` : each.joinState,
      each.predictionId ?? aboutText(each.about),
      each.note ?? '',
    ]),
  )
}

function aboutText({ predictionId, requestId, row, entityKey }: FeedbackItemView['about']): string {
  return predictionId ?? (requestId === null ? (entityKey ?? '') : `${requestId} row ${row}`)
}

export function renderFeedbackStatus({ deployment, kinds, counts }: FeedbackStatusView): string {
  if (kinds.length === 0)
    return `${deployment} takes no feedback: declare kinds in \`feedback\` of the deployment.\n`
  const declared = table(
    ['kind', 'is', 'within', 'sources'],
    kinds.map(each => [each.name, each.is, each.within, each.sources?.join(', ') ?? 'all but demo']),
  )
  if (counts.length === 0) return `${declared}\nNothing came in yet.\n`
  const came = table(
    ['kind', 'source', 'items', 'joined', 'pending', 'ambiguous', 'unmatched', 'quarantined', 'last known'],
    counts.map(each => [
      ...[each.kind, each.source],
      ...[each.items, each.joined, each.pending, each.ambiguous, each.unmatched, each.quarantined].map(
        formatCount,
      ),
      each.lastKnown.slice(0, 19).replace('T', ' '),
    ]),
  )
  return `${declared}\n${came}`
}

type Quantity = PerformanceView['demo']['share']

const shownMetrics = ['roc_auc', 'precision', 'recall', 'fpr', 'log_loss', 'brier', 'ece'] as const

/** Releases with their metrics and intervals, then each slice; what is not matured is said, never drawn as low. */
export function renderPerformance(found: PerformanceView): string {
  const { deployment, label, maturity, groups, slicesLeftOut } = found
  const head = `${deployment}: ${label.kind} as known at ${moment(found.asKnownAt)}, decisions since ${moment(found.since)}\n`
  const age =
    maturity.ageSeconds === null
      ? `No decision with a label is ${label.within} old yet, so nothing counts as matured.\n`
      : `Nine in ten labels are known after ${formatElapsed(maturity.ageSeconds * 1000)} (${plural(maturity.labels, 'label')}); ${shareText(maturity.share)} of the decisions are that old.\n`
  if (groups.length === 0) return `${head}${age}There are no decisions.\n`
  const metrics = shownMetrics.filter(name => groups.some(({ all }) => name in all.metrics))
  const rows = groups.flatMap(group => [
    [
      ...[`release ${group.release}`, group.arm, 'all'],
      ...[formatCount(group.decisions), formatCount(group.matured), shareText(group.coverage)],
      ...metrics.map(name => metricText(group.all, name)),
    ],
    ...group.slices.flatMap(({ column, values }) =>
      values.map(value => [
        ...['', '', `${column}=${value.value}`, formatCount(value.rows), '', ''],
        ...metrics.map(name => metricText(value, name)),
      ]),
    ),
  ])
  return [
    head,
    age,
    '\n',
    table(['', 'arm', 'slice', 'decisions', 'matured', 'labelled', ...metrics], rows),
    slicesLeftOut.length === 0
      ? ''
      : `\nNot cut, as decisions do not have the column: ${slicesLeftOut.join(', ')}\n`,
    agreementText(found),
  ].join('')
}

function agreementText({ agreements, demo }: PerformanceView): string {
  const lines = agreements.map(({ first, second, n, kappa, interval }) => {
    const number = quantityText(kappa, interval ?? undefined)
    return `  ${first} and ${second}: κ ${number} on ${plural(n, 'decision')}\n`
  })
  return [
    lines.length === 0 ? '' : `\nAgreement of sources\n${lines.join('')}`,
    demo.votes === 0
      ? ''
      : `\nDemo votes, which are no labels: ${formatCount(demo.right)} of ${formatCount(demo.votes)} right\n`,
  ].join('')
}

type Measured = PerformanceView['groups'][number]['all']

function metricText({ metrics, intervals }: Measured, name: string): string {
  const value = metrics[name]
  const interval = intervals[name]
  return value === undefined
    ? '–'
    : quantityText(value, interval && 'lower' in interval ? interval : undefined)
}

function quantityText(
  value: Quantity,
  interval?: { readonly lower: number; readonly upper: number },
): string {
  if (typeof value !== 'number') return value.undefined
  const short = (number: number) => formatNumber(Number(number.toPrecision(3)))
  return interval ? `${short(value)} (${short(interval.lower)} … ${short(interval.upper)})` : short(value)
}

function shareText(share: Quantity): string {
  return typeof share === 'number'
    ? `${formatNumber(Number((share * 100).toPrecision(3)))} %`
    : share.undefined
}

function moment(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')}Z`
}
