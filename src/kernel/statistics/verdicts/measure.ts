import type { Interval } from '../auc-interval.ts'
import type { Bootstrap } from '../bootstrap/cluster-bootstrap.ts'
import { binomialP, clopperPearson, type Evidence } from '../bounds/clopper-pearson.ts'
import { pairedBounds, pairedP } from '../bounds/paired.ts'
import { unpairedBounds, unpairedP } from '../bounds/unpaired.ts'
import { undefinedBecause } from '../quantity.ts'
import type { Cell, CellMeasurement, CountedRate, MeasuredCell } from './model.ts'

type Measured = MeasuredCell | { readonly undefined: string }

/** Reads the measurement of a cell in the units of its claim. Undefined where there is nothing to read. */
export function measureCell({ measurement, better = 'lower' }: Cell): Measured {
  const higher = better === 'higher'
  switch (measurement.kind) {
    case 'paired':
      return paired(higher ? { ...measurement, b: measurement.c, c: measurement.b } : measurement)
    case 'unpaired':
      return higher
        ? unpaired(measurement.champion, measurement.challenger, 'second')
        : unpaired(measurement.challenger, measurement.champion, 'first')
    case 'rate':
      return rate(measurement)
    case 'bootstrap':
      return bootstrapped(measurement.result, measurement.n)
    case 'measured':
      return measurement.cell
    default:
      return undefinedBecause(measurement.reason)
  }
}

function effective({ x, n, deff = 1 }: CountedRate): { readonly x: number; readonly n: number } {
  return { x: x / deff, n: n / deff }
}

/** Bounds of something that was found to have rows. */
function bounded(bounds: Interval | { readonly undefined: string }): Interval {
  return 'undefined' in bounds ? { lower: -Infinity, upper: Infinity } : bounds
}

function paired({ n, b, c, deff = 1 }: Extract<CellMeasurement, { kind: 'paired' }>): Measured {
  if (n === 0) return undefinedBecause('too-few')
  const counts = { n: n / deff, b: b / deff, c: c / deff }
  const estimate = (b - c) / n
  return {
    estimate,
    effective: counts.n,
    rows: n,
    rowVariance: deff * Math.max(0, (b + c) / n - estimate ** 2),
    bounds: alpha => bounded(pairedBounds(counts, alpha)),
    p: margin => pairedP(counts, margin),
  }
}

/** Difference of the first rate less the second; the challenger's rows are those that count. */
function unpaired(first: CountedRate, second: CountedRate, challenger: 'first' | 'second'): Measured {
  if (first.n === 0 || second.n === 0) return undefinedBecause('no-rows')
  const arms = { challenger: effective(first), champion: effective(second) }
  const own = challenger === 'first' ? first : second
  const variance = ({ x, n, deff = 1 }: CountedRate) => (deff * (x / n) * (1 - x / n)) / n
  return {
    estimate: first.x / first.n - second.x / second.n,
    effective: effective(own).n,
    rows: own.n,
    rowVariance: own.n * (variance(first) + variance(second)),
    bounds: alpha => bounded(unpairedBounds(arms, alpha)),
    p: margin => unpairedP(arms, margin),
  }
}

function rate(counted: CountedRate): Measured {
  if (counted.n === 0) return undefinedBecause('no-rows')
  const { x, n } = effective(counted)
  const estimate = counted.x / counted.n
  return {
    estimate,
    effective: n,
    rows: counted.n,
    rowVariance: (counted.deff ?? 1) * estimate * (1 - estimate),
    bounds: alpha => bounded(clopperPearson(x, n, alpha)),
    p: limit => binomialP({ x, n }, { limit, side: 'atMost' }),
  }
}

function bootstrapped(result: Bootstrap, n: number): Measured {
  return {
    estimate: result.estimate,
    effective: result.clusters,
    rows: n,
    rowVariance: n * result.standardError ** 2,
    bounds: alpha => result.bounds(alpha),
    p: margin => result.p(margin),
  }
}

/** Both pieces of evidence exchanged: for claims that want the value above. */
export function mirrored({ pass, fail }: Evidence): Evidence {
  return { pass: fail, fail: pass }
}
