import { drawHalves } from '../discovery/draw-halves.ts'
import { pickRows } from '../metrics/cell-rows.ts'
import { measureCells } from '../metrics/measure-cells.ts'
import type { RecalibratedReport } from '../report.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'
import { type CalibrationKind, calibrated, fitCalibration } from './fit-calibration.ts'

const kinds: readonly CalibrationKind[] = ['none', 'platt', 'isotonic']

/** What calibrating would do: fitted on one half of the entities, measured on the other. None unless scores are probabilities. */
export function recalibrated(rows: JudgedRows, { scores }: ModelOutputs): RecalibratedReport[] {
  if (rows.task !== 'binary' || !scores.every(score => score >= 0 && score <= 1)) return []
  const { first, second } = drawHalves(rows, {
    purpose: 'recalibrated',
    takes: row => !Number.isNaN(rows.labels[row]),
  })
  const at = (column: Float64Array, members: Int32Array) =>
    pickRows(column, members, new Float64Array(members.length))
  return kinds.flatMap(kind => {
    const fit = fitCalibration(kind, { scores: at(scores, first), labels: at(rows.labels, first) })
    if ('undefined' in fit) return []
    const measuring = { name: kind, slice: kind, value: null, rows: second }
    const moved = scores.slice()
    const values = calibrated(fit, at(scores, second))
    second.forEach((row, index) => {
      moved[row] = values[index] as number
    })
    const [found] = measureCells(rows, { scores: moved }, { cells: [measuring] })
    if (!found) return []
    const { metrics, intervals } = found.measurement
    const none = { undefined: 'no-rows' }
    return [
      {
        ...{ kind, rows: second.length },
        ece: { value: metrics.ece ?? none, interval: intervals.ece ?? none },
        logLoss: { value: metrics.log_loss ?? none, interval: intervals.log_loss ?? none },
      },
    ]
  })
}
