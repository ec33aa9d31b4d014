import { uuidv7 } from '../../kernel/ids.ts'
import type { DecidedRequest, ReleaseNote } from '../model.ts'

export const note: ReleaseNote = {
  deployment: 'late',
  release: 3,
  digest: 'sha256:abc',
  model: 'late',
  modelVersion: 2,
  scorer: { kind: 'linear', build: 'b1' },
  request: [
    { name: 'origin', role: 'key' },
    { name: 'n', role: 'request' },
    { name: 'ok', role: 'request' },
  ],
  vector: ['n', 'origin__busy'],
  lookups: ['origin'],
  action: { name: 'warn', threshold: 0.5 },
}

/** A decided request of `count` rows whose values depend on `seed`. */
export function decidedRequest(seed: number, count = 1, of: ReleaseNote = note): DecidedRequest {
  return {
    note: of,
    kind: 'online',
    arm: 'champion',
    assignment: null,
    shadowOf: null,
    parentId: null,
    jobId: null,
    caller: null,
    base: uuidv7(),
    requestId: `request ${seed} ü`,
    receivedAt: 1_700_000_000_000_000n + BigInt(seed),
    decidedAt: 1_700_000_000_000_500n + BigInt(seed),
    asOf: 990_097_080_000_000n,
    servedBy: seed % 5 === 0 ? 'fallback' : 'model',
    degradedReasons: seed % 5 === 0 ? ['scorer-down'] : [],
    retries: seed % 2,
    latency: { decode: 1, lookup: 2, queue: 3, score: 4, encode: 5 },
    rows: Array.from({ length: count }, (_, row) => ({
      row,
      bucket: null,
      armReason: 'only' as const,
      entity: { origin: row % 3 === 2 ? null : `A${seed}`, n: BigInt(seed) * 10n ** 15n, ok: row % 2 === 0 },
      vector: Float64Array.of(seed / 3, row % 2 === 0 ? Number.NaN : row),
      states: Uint8Array.of(4, row % 2 === 0 ? 2 : 0),
      eventTimes: [row % 2 === 0 ? null : 990_000_000_000_000n],
      score: 0.1 + seed / 1000,
      segmentAt: (row % 4) - 1,
      acted: row % 2 === 1,
    })),
  }
}
