import { Link } from '@tanstack/react-router'
import type { SkewFact } from '../../../api/skew.ts'
import { Icon } from '../../components/icons.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatShare } from '../../format.ts'

export type ComparedFeature = SkewFact['report']['features'][number]

/** Each request and feature falls in exactly one of these classes. */
const classes = [
  ['equal', '>Equal'],
  ['rounding', '>Rounding'],
  ['lag', '>Lag'],
  ['status_mismatch', '>Status'],
  ['missing', '>Missing'],
  ['extra', '>Extra'],
  ['mismatch', '>Mismatch'],
] as const

/** Rows by class for each feature; the name shows what the class means for its worst rows below. */
export function SkewTable({
  features,
  shown,
}: {
  features: readonly ComparedFeature[]
  shown: string | undefined
}) {
  return (
    <SimpleTable
      label="Features"
      current={features.findIndex(item => item.feature === shown)}
      head={['Feature', 'Agrees', '>n', ...classes.map(([, word]) => word), '>Mismatch rate', '>SMAPE']}
      rows={features.map(item => [
        <Link
          key="name"
          to="."
          search={((previous: object) => ({ ...previous, feature: item.feature })) as never}
          className="row-link"
          resetScroll={false}
        >
          <code>{item.feature}</code>
        </Link>,
        <Agreement key="agrees" feature={item} />,
        formatCount(item.requests),
        ...classes.map(([key]) => <Count key={key} value={item[key]} />),
        typeof item.mismatchRate === 'number' ? (
          formatShare(item.mismatchRate)
        ) : (
          <Quantity key="rate" value={item.mismatchRate} />
        ),
        <Quantity key="smape" value={item.smape} />,
      ])}
    />
  )
}

/** Answers that nothing explains; any of them fails the comparison. */
export function unexplained({ mismatch, missing, extra, status_mismatch }: ComparedFeature): number {
  return mismatch + missing + extra + status_mismatch
}

/** A word and a shape; nothing compared is neither. */
function Agreement({ feature }: { feature: ComparedFeature }) {
  const { requests, equal } = feature
  const [word, icon, tone] =
    requests === 0
      ? (['not compared', 'circle', 'idle'] as const)
      : unexplained(feature) > 0
        ? (['differs', 'cross', 'bad'] as const)
        : equal === requests
          ? (['to the bit', 'check', 'good'] as const)
          : (['explained', 'equal', 'info'] as const)
  return (
    <span className={`state tone-${tone}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  )
}

function Count({ value }: { value: number }) {
  return value === 0 ? <span className="muted">0</span> : formatCount(value)
}
