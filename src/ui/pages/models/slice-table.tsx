import { Bar } from '../../components/bars.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatFixed } from '../../format.ts'
import type { Measured } from './evaluation.ts'

const domain = [0.5, 1] as const

/** Numbers and bars in one table: the chart is its own table twin. */
export function SliceTable({
  values,
  overall,
  column,
}: {
  values: readonly Measured[]
  overall: Measured
  column: string
}) {
  const mark = overall.metrics['roc_auc']
  return (
    <SimpleTable
      label={`Evaluation by ${column}`}
      head={[
        column,
        '>n',
        '>ROC AUC',
        'ROC AUC bar',
        '>95 % interval',
        '>Base rate',
        '>Mean score',
        '>Log loss',
      ]}
      rows={values.map(item => {
        const auc = item.metrics['roc_auc']
        return [
          <code key="value">{item.value}</code>,
          item.rows === undefined ? '—' : formatCount(item.rows),
          <Quantity key="auc" value={auc} />,
          typeof auc === 'number' ? (
            <Bar key="bar" value={auc} domain={domain} {...(typeof mark === 'number' ? { mark } : {})} />
          ) : null,
          item.interval ? (
            `${formatFixed(item.interval[0], 3)} to ${formatFixed(item.interval[1], 3)}`
          ) : (
            <span key="none" className="muted">
              —
            </span>
          ),
          <Quantity key="base" value={item.baseRate} />,
          <Quantity key="mean" value={item.scoreMean} />,
          <Quantity key="loss" value={item.metrics['log_loss']} />,
        ]
      })}
    />
  )
}
