import { Bar } from '../../components/bars.tsx'
import { Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount } from '../../format.ts'
import type { EvaluationView } from './evaluation.ts'

/** Promised against observed rate per bin of equal count: the bar is what came true, the line what was promised. */
export function Calibration({ bins }: { bins: EvaluationView['bins'] }) {
  const numbers = bins.flatMap(bin => [bin.meanScore, bin.rate]).filter(value => typeof value === 'number')
  const domain = [0, Math.max(0.01, ...numbers)] as const
  return (
    <Panel
      title="Calibration"
      note="Rows in bins of equal count by score. The bar is the share that came true, the line the mean score: they should meet."
    >
      <SimpleTable
        label="Calibration"
        head={['Bin', '>n', '>Mean score', '>Came true', 'Came true against promised']}
        rows={bins.map((bin, index) => [
          index + 1,
          bin.n === undefined ? '—' : formatCount(bin.n),
          <Quantity key="mean" value={bin.meanScore} />,
          <Quantity key="rate" value={bin.rate} />,
          typeof bin.rate === 'number' && typeof bin.meanScore === 'number' ? (
            <Bar key="bar" value={bin.rate} domain={domain} mark={bin.meanScore} />
          ) : null,
        ])}
      />
    </Panel>
  )
}
