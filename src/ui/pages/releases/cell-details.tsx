import type { ReactNode } from 'react'
import type { ContractCellView } from '../../../api/judged.ts'
import { Measured, reasonText, shortNumber } from '../../components/measured.tsx'
import { Facts } from '../../components/page.tsx'
import { formatCount } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { isRate } from './contract-cells.ts'

/** Everything a verdict rests on, and what to do. */
export function CellDetails({ cell }: { cell: ContractCellView }) {
  const { claim, advice, metric, champion, challenger, lower, upper } = cell
  const unit = isRate(cell) ? '' : ' (above 0 is worse)'
  return (
    <div className="cell-details">
      <p>
        <strong>{advice}</strong>
      </p>
      <p className="soft">
        Claim: {claim}, at {cell.slice}.
      </p>
      <div className="halves">
        <Facts
          items={[
            [`${metricWord(metric)} of the champion`, <Measured key="champion" value={champion} />],
            ['… of this release', <Measured key="challenger" value={challenger} />],
            [`Lower bound${unit}`, <Measured key="lower" value={lower} />],
            [`Upper bound${unit}`, <Measured key="upper" value={upper} />],
            ['p of “it does not hold”', <Measured key="pass" value={cell.pPass} />],
            ['p of “it does not break”', <Measured key="fail" value={cell.pFail} />],
            [
              '… adjusted for all checks',
              cell.pFailHolm === null ? 'not in the family that is adjusted' : shortNumber(cell.pFailHolm),
            ],
          ]}
        />
        <Facts items={countsOf(cell)} />
      </div>
    </div>
  )
}

function countsOf(cell: ContractCellView): readonly (readonly [string, ReactNode])[] {
  const { rows, matured, effective, planned, needed } = cell
  return [
    ['Rows', formatCount(rows)],
    ['… with a label', formatCount(matured)],
    ['… that count', `${formatCount(effective)} after repeated entities`],
    ['Planned', planned === null ? 'no number of rows decides it' : formatCount(planned)],
    ['Still needed', needed === null ? 'no number of rows decides it' : formatCount(needed)],
    ['Reason', cell.reason === null ? 'measured' : reasonText(cell.reason)],
    ['Status', { protected: 'protected: decides', watched: 'watched', 'dry-run': 'on trial' }[cell.status]],
  ]
}
