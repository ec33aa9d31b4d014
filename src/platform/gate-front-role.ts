import { readFile } from 'node:fs/promises'
import { frontScorers } from '../adapters/scorers/index.ts'
import { type GateRow, rowKey } from '../deployments/index.ts'
import { emptyCatalog, type FeatureService } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Value } from '../kernel/values/model.ts'
import { type PrepareFeatures, runFront } from '../serving/index.ts'
import { superviseMe } from './children.ts'
import { startScorer } from './serving-roles.ts'

export interface GateFrontRole {
  /** A folder of its own, with releases and pointers. */
  readonly servingFolder: string
  /** JSON of the GateRows it is going to be asked: its store. */
  readonly rowsFile: string
}

/**
 * A front over a copy that nobody else uses, for the gate: everything is real but the store, which knows the features of
 * the rows that are asked and of no others.
 */
export async function gateFrontRole({ servingFolder, rowsFile }: GateFrontRole): Promise<void> {
  const asked = new AbortController()
  const me = superviseMe(() => asked.abort())
  const rows = JSON.parse(await readFile(rowsFile, 'utf8')) as readonly GateRow[]
  const front = await runFront({
    servingFolder,
    prepareFeatures: featuresOf(rows),
    features: noViews,
    startScorer,
    frontScorers,
    dataPort: 0,
    adminPort: 0,
    standby: false,
    graceMillis: 0,
    report: line => void process.stderr.write(`${line}\n`),
  })
  me.ready({ dataUrl: front.dataUrl, adminUrl: front.adminUrl, pid: process.pid })
  await new Promise<void>(resolve => {
    if (asked.signal.aborted) resolve()
    else asked.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await front.drain()
  process.exit(0)
}

function featuresOf(rows: readonly GateRow[]): PrepareFeatures {
  const vectors = new Map(rows.map(({ request, vector }) => [JSON.stringify(Object.values(request)), vector]))
  return features => {
    const columns = features.vector.flatMap(({ name, from }, at) =>
      from === 'request' ? [] : [{ name, at }],
    )
    const unknown = columns.map(() => null)
    return {
      names: columns.map(({ name }) => name),
      types: columns.map(() => 'float64' as const),
      read(asked) {
        const found = asked.map(row => vectors.get(rowKey(features.request, row)))
        const values: (readonly Value[])[] = found.map(vector =>
          vector === undefined ? unknown : columns.map(({ at }) => vector[at] ?? null),
        )
        return {
          values,
          statuses: values.map((row, index) =>
            row.map(value => (value !== null ? 'PRESENT' : found[index] ? 'NULL_VALUE' : 'NOT_FOUND')),
          ),
          eventTimes: values.map(() => []),
          errors: [],
        }
      },
    }
  }
}

const noViews: FeatureService = {
  catalog: () => emptyCatalog,
  read: () => Promise.reject(new FettleError('FEATURE_VIEW_UNKNOWN', 'this copy has no views')),
  write: () => Promise.reject(new FettleError('SOURCE_UNKNOWN', 'this copy has no sources')),
  rebuild: async () => 0,
  close: async () => undefined,
}
