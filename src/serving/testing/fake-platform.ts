import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyCatalog, type FeatureService } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/model.ts'
import type { PrepareFeatures, ScorerFactory } from '../ports.ts'

/** A service that knows no view and no source. */
export const noFeatures: FeatureService = {
  catalog: () => emptyCatalog,
  read: () => Promise.reject(new FettleError('FEATURE_VIEW_UNKNOWN', 'there are no views')),
  write: () => Promise.reject(new FettleError('SOURCE_UNKNOWN', 'there are no sources')),
  rebuild: async () => 0,
  close: async () => undefined,
}

/** Features of an airport made from its name: `busy` = length, `late_share` = share of vowels. ZZZ is unknown, OLD is stale. */
export const fakeFeatures: PrepareFeatures = features => {
  const names = features.lookups.flatMap(lookup => lookup.features.map(feature => `${lookup.as}__${feature}`))
  const types = names.map((): ValueType => 'float64')
  return {
    names,
    types,
    read(rows, asOf) {
      if (rows.some(row => Object.values(row).includes('DOWN'))) throw new Error('the store is down')
      const values: Value[][] = []
      const statuses: FeatureStatus[][] = []
      for (const row of rows) {
        const cells = features.lookups.flatMap(lookup =>
          lookup.features.map(feature => featureOf(String(row[lookup.keys[0] ?? '']), feature)),
        )
        values.push(cells.map(cell => cell.value))
        statuses.push(cells.map(cell => cell.status))
      }
      return {
        values,
        statuses,
        eventTimes: values.map(row => row.map(value => (value === null ? null : asOf - 1_000_000n))),
        errors: [],
      }
    },
  }
}

function featureOf(airport: string, feature: string): { value: Value; status: FeatureStatus } {
  if (airport === 'ZZZ') return { value: null, status: 'NOT_FOUND' }
  if (airport === 'OLD') return { value: null, status: 'OUTSIDE_MAX_AGE' }
  const vowels = airport.replace(/[^AEIOU]/g, '').length
  return { value: feature === 'busy' ? airport.length : vowels / airport.length, status: 'PRESENT' }
}

/** What the first column makes the fake scorer do. */
export const poison = { exits: 666, hangs: 777, throws: 555, leaks: 888 } as const
/** First column of a row on which a release does what it was made to do; the others score it. */
export const breakingDistance = 4321
const leaked: Buffer[] = []

/** What a pool asks before anybody else does. */
const warmUpCalls = 131

/** Logistic of weights · vector; missing counts as 0. The model file is `weights.json`. */
export const fakeScorers: ScorerFactory = {
  async open({ folder }) {
    const model = JSON.parse(await readFile(join(folder, 'weights.json'), 'utf8')) as {
      weights: number[]
      refuses?: boolean
      slowMillis?: number
      breaks?: keyof typeof poison
    }
    if (model.refuses) throw new Error('this model does not load')
    let calls = 0
    return {
      kind: 'linear',
      build: 'fake-1',
      async score(vectors, rows) {
        const width = model.weights.length
        if (model.slowMillis && ++calls > warmUpCalls)
          await new Promise(resolve => setTimeout(resolve, model.slowMillis))
        return Float64Array.from({ length: rows }, (_, row) =>
          scoreOf(broken(vectors.subarray(row * width, (row + 1) * width), model.breaks), model.weights),
        )
      },
      close: async () => undefined,
    }
  },
}

function broken(vector: Float64Array, breaks: keyof typeof poison | undefined): ArrayLike<number> {
  return breaks && vector[0] === breakingDistance ? [poison[breaks]] : vector
}

/** In small pieces: a leak is slow, and answers go on. */
function leak(pieces: number): void {
  leaked.push(Buffer.alloc(10 * 2 ** 20, 1))
  if (pieces > 1) setTimeout(() => leak(pieces - 1), 2)
}

export function scoreOf(vector: ArrayLike<number>, weights: readonly number[]): number {
  if (vector[0] === poison.exits) process.exit(7)
  if (vector[0] === poison.throws) throw new Error('a poisoned row')
  if (vector[0] === poison.leaks) leak(20)
  if (vector[0] === poison.hangs) for (;;);
  const raw = weights.reduce(
    (sum, weight, i) => sum + weight * (Number.isNaN(vector[i]) ? 0 : (vector[i] ?? 0)),
    0,
  )
  return 1 / (1 + Math.exp(-raw))
}
