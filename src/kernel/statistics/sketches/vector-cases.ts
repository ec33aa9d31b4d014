import { createHash } from 'node:crypto'
import type { Json } from '../../canonical.ts'
import { randomFrom } from '../random.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { createSketchHasher, hashHex, type SketchHash, type SketchHasher } from './hash.ts'
import {
  addHash,
  distinctCount,
  emptyHyperLogLog,
  type HyperLogLog,
  mergeHyperLogLogs,
} from './hyper-log-log.ts'
import { emptyKll, kllBytes, kllQuantile, openKll } from './kll.ts'
import {
  countFrequent,
  emptyMisraGries,
  type MisraGries,
  maxUndercount,
  mergeMisraGries,
} from './misra-gries.ts'
import { mergeMoments, momentsOf, noMoments, summariseMoments } from './moments.ts'

function record(value: Json | undefined): VectorInput {
  return (value ?? {}) as VectorInput
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function hashed(type: string, value: Json | undefined): SketchHash {
  const hasher = createSketchHasher()
  if (type === 'float') return hasher.float(Number(value))
  if (type === 'int') return hasher.integer(typeof value === 'string' ? BigInt(value) : Number(value))
  return type === 'bool' ? hasher.boolean(value === true) : hasher.text(String(value))
}

const streams: Readonly<Record<string, (index: number, hasher: SketchHasher) => SketchHash>> = {
  string: (index, hasher) => hasher.text(`user-${String(index).padStart(5, '0')}`),
  float: (index, hasher) => hasher.float(index * 0.25),
  int: (index, hasher) => hasher.integer(index * 7 - 3),
}

function sketchStream(p: number, { kind, from = 0, count }: VectorInput): HyperLogLog {
  const sketch = emptyHyperLogLog(p)
  const hasher = createSketchHasher()
  for (let index = 0; index < Number(count); index++)
    addHash(sketch, streams[String(kind)]?.(Number(from) + index, hasher) ?? { first: 0, second: 0 })
  return sketch
}

function shownHyperLogLog(sketch: HyperLogLog): unknown {
  const registers_sha256 = createHash('sha256').update(sketch.registers).digest('hex')
  return { registers_sha256, estimate: distinctCount(sketch) }
}

function shownMisraGries(sketch: MisraGries): unknown {
  const { n, counters } = sketch
  return { counters: Object.fromEntries(counters), n, max_undercount: maxUndercount(sketch) }
}

function misraGriesOf(k: number, value: Json | undefined): MisraGries {
  const { counters, n } = record(value)
  const counts = Object.entries(record(counters)).map(([item, count]): [string, number] => [
    item,
    Number(count),
  ])
  return { k, n: Number(n), counters: new Map(counts) }
}

/** The greatest rank error over the quantiles of a stream that is a permutation of 0 … count − 1, and the size. */
function kll({ k, stream, quantiles }: VectorInput): unknown {
  const { count, value } = record(stream)
  const [, factor = 1, modulus = 1] = /index \* (\d+)\) mod (\d+)/.exec(String(value)) ?? []
  const sketch = openKll(emptyKll(Number(k)), randomFrom('kll/vectors'))
  const values = Float64Array.from(
    { length: Number(count) },
    (_, index) => (index * Number(factor)) % Number(modulus),
  )
  sketch.add(values)
  const state = sketch.state()
  const errors = list(quantiles).map(q => Math.abs(kllQuantile(state, Number(q)) / Number(count) - Number(q)))
  return { max_rank_error: Math.max(...errors), max_bytes: kllBytes(state) }
}

function momentsMerge({ parts }: VectorInput): unknown {
  const present = (part: Json) => list(part).filter(value => value !== null && value !== 'NaN')
  const states = list(parts).map(part => momentsOf(present(part).map(Number)))
  return summariseMoments(states.reduce(mergeMoments, noMoments))
}

/** Known answers of sketches and their hash. */
export const sketchCases: VectorCases = {
  sketch_hash64: ({ type, value }) => hashHex(hashed(String(type), value)),
  hll: ({ p, stream }) => shownHyperLogLog(sketchStream(Number(p), record(stream))),
  hll_merge: ({ p, streams: parts }) => {
    const sketches = list(parts).map(part => sketchStream(Number(p), record(part)))
    return shownHyperLogLog(sketches.reduce(mergeHyperLogLogs, emptyHyperLogLog(Number(p))))
  },
  misra_gries: ({ k, items }) =>
    shownMisraGries(countFrequent(emptyMisraGries(Number(k)), list(items).map(String))),
  misra_gries_merge: ({ k, a, b }) =>
    shownMisraGries(mergeMisraGries(misraGriesOf(Number(k), a), misraGriesOf(Number(k), b))),
  moments_merge: momentsMerge,
  kll,
}
