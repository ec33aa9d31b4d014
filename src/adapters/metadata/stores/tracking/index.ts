import type { TrackingStore } from '../../../../experiments/ports.ts'
import type { Connection } from './bulk.ts'
import { documentRows } from './documents.ts'
import { experimentRows } from './experiments.ts'
import { factRows } from './facts.ts'
import { inputRows } from './inputs.ts'
import { ensureKeys, findKeys, type KeyCache } from './keys.ts'
import { findModels, writeModelPoints } from './model-points.ts'
import { runRows } from './runs.ts'
import { seriesRows } from './series.ts'

export function trackingStore(connection: Connection, cache: KeyCache): TrackingStore {
  return {
    experiments: experimentRows(connection),
    runs: runRows(connection),
    facts: factRows(connection),
    series: seriesRows(connection),
    inputs: inputRows(connection),
    documents: documentRows(connection),
    keyIds: names => findKeys(connection, cache, names),
    ensureKeys: names => ensureKeys(connection, cache, names),
    modelRefs: ids => findModels(connection, ids),
    writeModelPoints: points => writeModelPoints(connection, points),
  }
}
