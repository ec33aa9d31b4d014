import type { Value } from './plot-axes.ts'

/** A run as plots draw it: what it has for each column. */
export interface PlotRun {
  readonly id: string
  readonly name: string
  readonly values: ReadonlyMap<string, Value>
}

export interface AxisChoice {
  /** Text of the column. */
  readonly key: string
  readonly title: string
}
