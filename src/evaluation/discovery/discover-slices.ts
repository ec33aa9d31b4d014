import type { ErrorCosts } from '../metrics/confusion-estimates.ts'
import type { DiscoveredSlice } from '../report.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'
import { rowLosses } from './row-losses.ts'
import { searchSlices } from './search-slices.ts'

/** Slices that nobody declared and where the loss is larger than elsewhere; never decisive. */
export function discoverSlices(
  rows: JudgedRows,
  outputs: ModelOutputs,
  { columns, costs }: { readonly columns: readonly string[]; readonly costs?: ErrorCosts },
): DiscoveredSlice[] {
  const losses = columns.length === 0 ? undefined : rowLosses(rows, outputs, costs)
  if (!losses) return []
  return searchSlices(rows, losses.values, columns).map(
    ({ where, rows: found, mean, rest, interval, q }) => ({
      ...{ where, rows: found.length, interval, q },
      loss: { name: losses.name, value: mean, rest },
    }),
  )
}
