import { Link } from '@tanstack/react-router'
import { Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatShare, formatValue, plural } from '../../format.ts'
import type { ComparedFeature } from './skew-table.tsx'

const classWords: Readonly<Record<string, string>> = {
  rounding: 'rounding of a float sum',
  lag: 'equal at an earlier cutoff, within its freshness',
  status_mismatch: 'same value, other status',
  missing: 'served null, replay has a value',
  extra: 'served a value, replay has null',
  mismatch: 'without an explanation',
}

/** One feature: its worst rows, served beside replayed, and its days. */
export function SkewFeature({ feature }: { feature: ComparedFeature }) {
  return (
    <>
      <Panel title={`Worst rows of ${feature.feature}`} aside={feature.view ?? undefined}>
        {feature.worst.length > 0 ? (
          <SimpleTable
            label="Worst rows"
            head={['Decision', 'Asked for', 'As of', 'Served', 'Replayed', 'Class']}
            rows={feature.worst.map(row => [
              <Link key="id" to="/decisions/$id" params={{ id: row.id }}>
                <code>{row.id}</code>
              </Link>,
              Object.entries(row.request)
                .map(([key, value]) => `${key} ${formatValue(value)}`)
                .join(', '),
              <Time key="asOf" at={row.asOf} />,
              <Value key="served" answer={row.logged} />,
              <Value key="replayed" answer={row.replayed} />,
              classWords[row.class] ?? row.class,
            ])}
          />
        ) : (
          <p className="muted small">Every compared value is equal to the bit.</p>
        )}
      </Panel>
      {feature.days.length > 1 ? <Days feature={feature} /> : null}
    </>
  )
}

/** The value as it was written, so that differences in the last bit show. */
function Value({ answer }: { answer: { value: unknown; status: string } }) {
  const { value, status } = answer
  const text = typeof value === 'number' ? String(value) : formatValue(value)
  return (
    <span className="num">
      {text} <span className="muted">{status}</span>
    </span>
  )
}

function Days({ feature }: { feature: ComparedFeature }) {
  return (
    <Panel title="By day" aside={plural(feature.days.length, 'day')}>
      <SimpleTable
        label="By day"
        head={['Day', '>n', '>Equal', '>Mismatch', '>Mismatch rate', '>SMAPE']}
        rows={feature.days.map(day => [
          day.day,
          formatCount(day.requests),
          formatCount(day.equal),
          formatCount(day.mismatch),
          typeof day.mismatchRate === 'number' ? (
            formatShare(day.mismatchRate)
          ) : (
            <Quantity key="rate" value={day.mismatchRate} />
          ),
          <Quantity key="smape" value={day.smape} />,
        ])}
      />
    </Panel>
  )
}
