/**
 * What batches cost a scorer, in microseconds: so much each, and so much a row. Medians of the last ones, so that one
 * stall of the machine sheds nobody.
 */
export interface BatchCost {
  observe(rows: number, micros: number): void
  /** Of rows that go in batches of at most so many. */
  micros(rows: number, batchRows: number): number
  perRow(): number
  perBatch(): number
}

const remembered = 15
/** Batches of so many rows say what a row costs; smaller ones what a batch does. */
const manyRows = 32

/** `warmPerRow` was measured before anybody asked, on a batch of many rows. */
export function createBatchCost(warmPerRow: number): BatchCost {
  const rowCosts = recent(Math.max(0.1, warmPerRow))
  const batchCosts = recent(0)
  const perRow = rowCosts.median
  const perBatch = batchCosts.median
  return {
    observe(rows, micros) {
      if (rows >= manyRows) rowCosts.add(Math.max(0.1, (micros - perBatch()) / rows))
      else batchCosts.add(Math.max(0, micros - perRow() * rows))
    },
    micros: (rows, batchRows) => Math.ceil(rows / batchRows) * perBatch() + rows * perRow(),
    perRow,
    perBatch,
  }
}

/** The median, the lower of two, of the last values. */
function recent(first: number): { add(value: number): void; median(): number } {
  const values = [first]
  let next = 1
  let median = first
  return {
    add(value) {
      values[next] = value
      next = (next + 1) % remembered
      const sorted = values.toSorted((a, b) => a - b)
      median = sorted[(sorted.length - 1) >> 1] ?? first
    },
    median: () => median,
  }
}
