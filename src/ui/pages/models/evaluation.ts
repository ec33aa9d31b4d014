import type { Bounds } from '../../components/measured.tsx'
import type { JsonObject } from '../../data/json.ts'
import { numberAt, objectAt, objectsAt, textAt } from '../../data/json.ts'

/** What the page shows of an evaluation report; the report itself is JSON of the evaluation room. */
export interface Measured {
  readonly value: string
  readonly rows: number | undefined
  readonly matured: number | undefined
  readonly effective: number | undefined
  readonly metrics: Readonly<Record<string, unknown>>
  readonly baseRate: unknown
  readonly scoreMean: unknown
  /** 95 %, of the metrics that have one. */
  readonly bounds: Readonly<Record<string, Bounds>>
}

export interface SlicedBy {
  readonly column: string
  readonly distinct: number | undefined
  readonly values: readonly Measured[]
}

export interface HarmedView {
  readonly slice: string
  readonly rows: number | undefined
  readonly metric: string
  readonly value: number | undefined
  readonly whole: number | undefined
  readonly bounds: Bounds | undefined
  readonly harm: number
}

export interface DiscoveredView {
  readonly where: string
  readonly rows: number | undefined
  readonly loss: {
    readonly name: string
    readonly value: number | undefined
    readonly rest: number | undefined
  }
  readonly bounds: Bounds | undefined
  readonly q: number | undefined
}

export interface CostPointView {
  readonly threshold: number
  readonly cost: number
  readonly actionRate: number
  readonly bounds: Bounds | undefined
}

export interface CostsView {
  readonly falsePositive: number | undefined
  readonly falseNegative: number | undefined
  readonly points: readonly CostPointView[]
  readonly least: CostPointView | undefined
}

export interface FoldsView {
  readonly by: string
  readonly metric: string
  readonly folds: readonly {
    readonly from: string
    readonly rows: number | undefined
    readonly matured: number | undefined
    readonly value: unknown
    readonly bounds: Bounds | undefined
  }[]
  readonly slope: number | undefined
  readonly slopeBounds: Bounds | undefined
}

export interface EvaluationView {
  readonly split: string
  readonly all: Measured
  readonly slices: readonly SlicedBy[]
  readonly bins: readonly {
    readonly n: number | undefined
    readonly meanScore: unknown
    readonly rate: unknown
    readonly bounds: Bounds | undefined
  }[]
  readonly thresholds: readonly {
    readonly at: string
    readonly threshold: number | undefined
    readonly rates: JsonObject
    readonly bounds: Readonly<Record<string, Bounds>>
  }[]
  readonly scorer: string | undefined
  /** How each interval was made. */
  readonly methods: JsonObject
  readonly coverage: JsonObject | undefined
  readonly harmed: readonly HarmedView[]
  readonly discovered: readonly DiscoveredView[]
  readonly recalibrated: readonly {
    readonly kind: string
    readonly rows: number | undefined
    readonly ece: unknown
    readonly eceBounds: Bounds | undefined
    readonly logLoss: unknown
    readonly logLossBounds: Bounds | undefined
  }[]
  readonly costs: CostsView | undefined
  readonly folds: FoldsView | undefined
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
      bounds: boundsAt(bin, 'interval'),
    })),
    thresholds: objectsAt(report, 'thresholds').map(item => ({
      at: textAt(item, 'at') ?? '?',
      threshold: numberAt(item, 'threshold'),
      rates: objectAt(item, 'rates') ?? {},
      bounds: allBounds(item),
    })),
    scorer: scorer ? [textAt(scorer, 'kind'), textAt(scorer, 'build')].filter(Boolean).join(', ') : undefined,
    methods: objectAt(report, 'methods') ?? {},
    coverage: objectAt(report, 'coverage'),
    harmed: objectsAt(report, 'harmed').map(readHarmed),
    discovered: objectsAt(report, 'discovered').map(readDiscovered),
    recalibrated: objectsAt(report, 'recalibrated').map(each => ({
      kind: textAt(each, 'kind') ?? '?',
      rows: numberAt(each, 'rows'),
      ece: objectAt(each, 'ece')?.['value'],
      eceBounds: boundsAt(objectAt(each, 'ece'), 'interval'),
      logLoss: objectAt(each, 'logLoss')?.['value'],
      logLossBounds: boundsAt(objectAt(each, 'logLoss'), 'interval'),
    })),
    costs: readCosts(objectAt(report, 'costs')),
    folds: readFolds(objectAt(report, 'folds')),
  }
}

function readMeasured(measured: JsonObject): Measured {
  return {
    value: textAt(measured, 'value') ?? 'all',
    rows: numberAt(measured, 'rows'),
    matured: numberAt(measured, 'matured'),
    effective: numberAt(measured, 'effective'),
    metrics: objectAt(measured, 'metrics') ?? {},
    baseRate: measured['baseRate'],
    scoreMean: measured['scoreMean'],
    bounds: allBounds(measured),
  }
}

function readHarmed(slice: JsonObject): HarmedView {
  return {
    slice: textAt(slice, 'slice') ?? '?',
    rows: numberAt(slice, 'rows'),
    metric: textAt(slice, 'metric') ?? '?',
    value: numberAt(slice, 'value'),
    whole: numberAt(slice, 'whole'),
    bounds: boundsAt(slice, 'interval'),
    harm: numberAt(slice, 'harm') ?? 0,
  }
}

function readDiscovered(slice: JsonObject): DiscoveredView {
  const loss = objectAt(slice, 'loss')
  return {
    where: textAt(slice, 'where') ?? '?',
    rows: numberAt(slice, 'rows'),
    loss: {
      name: textAt(loss, 'name') ?? 'loss',
      value: numberAt(loss, 'value'),
      rest: numberAt(loss, 'rest'),
    },
    bounds: boundsAt(slice, 'interval'),
    q: numberAt(slice, 'q'),
  }
}

function readCosts(costs: JsonObject | undefined): CostsView | undefined {
  if (!costs) return undefined
  return {
    falsePositive: numberAt(costs, 'falsePositive'),
    falseNegative: numberAt(costs, 'falseNegative'),
    points: objectsAt(costs, 'points').flatMap(point => readCostPoint(point) ?? []),
    least: readCostPoint(objectAt(costs, 'least')),
  }
}

function readCostPoint(point: JsonObject | undefined): CostPointView | undefined {
  const [threshold, cost, actionRate] = ['threshold', 'cost', 'actionRate'].map(key => numberAt(point, key))
  if (threshold === undefined || cost === undefined || actionRate === undefined) return undefined
  return { threshold, cost, actionRate, bounds: boundsAt(point, 'interval') }
}

function readFolds(folds: JsonObject | undefined): FoldsView | undefined {
  if (!folds) return undefined
  const trend = objectAt(folds, 'trend')
  return {
    by: textAt(folds, 'by') ?? 'period',
    metric: textAt(folds, 'metric') ?? '?',
    folds: objectsAt(folds, 'folds').map(fold => ({
      from: textAt(fold, 'from') ?? '',
      rows: numberAt(fold, 'rows'),
      matured: numberAt(fold, 'matured'),
      value: fold['value'],
      bounds: boundsAt(fold, 'interval'),
    })),
    slope: numberAt(trend, 'slope'),
    slopeBounds: boundsAt(trend, 'interval'),
  }
}

function allBounds(measured: JsonObject): Readonly<Record<string, Bounds>> {
  const intervals = objectAt(measured, 'intervals') ?? {}
  return Object.fromEntries(
    Object.keys(intervals).flatMap(key => {
      const bounds = boundsAt(intervals, key)
      return bounds ? [[key, bounds]] : []
    }),
  )
}

function boundsAt(value: unknown, key: string): Bounds | undefined {
  const found = objectAt(value, key)
  const [lower, upper] = [numberAt(found, 'lower'), numberAt(found, 'upper')]
  return lower === undefined || upper === undefined ? undefined : { lower, upper }
}
