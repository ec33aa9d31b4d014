import type { JsonObject } from '../../data/json.ts'
import { numberAt, objectAt, objectsAt, textAt } from '../../data/json.ts'

/** What the page shows of an evaluation report; the report itself is JSON of the evaluation room. */
export type Interval = readonly [lower: number, upper: number]

export interface Measured {
  readonly value: string
  readonly rows: number | undefined
  readonly metrics: Readonly<Record<string, unknown>>
  readonly baseRate: unknown
  readonly scoreMean: unknown
  /** 95 % interval of the ROC AUC. */
  readonly interval: Interval | undefined
  readonly baseRateInterval: Interval | undefined
}

export interface EvaluationView {
  readonly split: string
  readonly all: Measured
  readonly slices: readonly {
    readonly column: string
    readonly distinct: number | undefined
    readonly values: readonly Measured[]
  }[]
  readonly bins: readonly {
    readonly n: number | undefined
    readonly meanScore: unknown
    readonly rate: unknown
  }[]
  readonly thresholds: readonly {
    readonly at: string
    readonly threshold: number | undefined
    readonly rates: JsonObject
  }[]
  readonly scorer: string | undefined
}

/** undefined when it is no report this page can read. */
export function readEvaluation(report: unknown): EvaluationView | undefined {
  const all = objectAt(report, 'all')
  if (!all) return undefined
  const scorer = objectAt(report, 'scorer')
  return {
    split: textAt(report, 'split') ?? 'held-out rows',
    all: readMeasured(all),
    slices: objectsAt(report, 'slices').map(slice => ({
      column: textAt(slice, 'column') ?? 'slice',
      distinct: numberAt(slice, 'distinct'),
      values: objectsAt(slice, 'values').map(readMeasured),
    })),
    bins: objectsAt(objectAt(report, 'calibration'), 'bins').map(bin => ({
      n: numberAt(bin, 'n'),
      meanScore: bin['meanScore'],
      rate: bin['rate'],
    })),
    thresholds: objectsAt(report, 'thresholds').map(item => ({
      at: textAt(item, 'at') ?? '?',
      threshold: numberAt(item, 'threshold'),
      rates: objectAt(item, 'rates') ?? {},
    })),
    scorer: scorer ? [textAt(scorer, 'kind'), textAt(scorer, 'build')].filter(Boolean).join(', ') : undefined,
  }
}

function readMeasured(measured: JsonObject): Measured {
  return {
    value: textAt(measured, 'value') ?? 'all',
    rows: numberAt(measured, 'rows'),
    metrics: objectAt(measured, 'metrics') ?? {},
    baseRate: measured['baseRate'],
    scoreMean: measured['scoreMean'],
    interval: readInterval(objectAt(measured, 'intervals')?.['roc_auc']),
    baseRateInterval: readInterval(objectAt(measured, 'intervals')?.['base_rate']),
  }
}

function readInterval(interval: unknown): Interval | undefined {
  const [lower, upper] = [numberAt(interval, 'lower'), numberAt(interval, 'upper')]
  return lower === undefined || upper === undefined ? undefined : [lower, upper]
}
