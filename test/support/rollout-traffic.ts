import type { LookFacts, TrafficRow, TrafficSource } from '../../src/deployments/index.ts'
import type { Random } from '../../src/kernel/statistics/index.ts'

export const digests = { champion: 'sha256:old', challenger: 'sha256:new' } as const
export const began = 1_800_000_000_000_000n
const second = 1_000_000n
const origins = ['ORD', 'LAX', 'JFK', 'SFO']

export interface MadeTraffic {
  readonly requests: number
  /** Percent of the units that the challenger answers; 0: it only shadows. */
  readonly weight: number
  /** Percent of the control arm. */
  readonly control?: number
  readonly customers: number
  /** Share of answers that are scored again. */
  readonly covered: number
  /** How much more often the challenger acts. */
  readonly harm?: number
  /** Who is scored again; default the champion's answers. */
  readonly shadow?: 'shadow' | 'reverse-shadow'
}

/** Log rows in order: answers of every arm, some that count nowhere, and shadows soon after or before their answers. */
export function madeTraffic(random: Random, made: MadeTraffic): TrafficRow[] {
  const waiting: { readonly row: TrafficRow; readonly at: number }[] = []
  const rows: TrafficRow[] = []
  for (let request = 0; request < made.requests; request++) {
    const answer = answerOf(random, made, request)
    const isScored =
      (made.shadow === 'reverse-shadow' ? answer.arm === 'challenger' : answer.arm === 'champion') &&
      random.unit() < made.covered
    const shadow = isScored ? [shadowFor(random, made, answer)] : []
    if (random.unit() < 0.1) rows.push(...shadow, answer)
    else {
      rows.push(answer)
      for (const row of shadow) waiting.push({ row, at: request + random.index(30) })
    }
    for (let at = waiting.length - 1; at >= 0; at--)
      if ((waiting[at]?.at ?? 0) <= request) rows.push(...waiting.splice(at, 1).map(each => each.row))
  }
  return [...rows, ...waiting.map(each => each.row)]
}

function answerOf(random: Random, made: MadeTraffic, request: number): TrafficRow {
  const customer = random.index(made.customers)
  const bucket = (customer * 7919) % 100
  const { weight, control = 0 } = made
  const arm = bucket < weight ? 'challenger' : bucket >= 100 - control ? 'control' : 'champion'
  const odd = random.unit()
  const score = random.unit()
  return {
    predictionId: `${String(request).padStart(8, '0')}-${random.index(3)}`,
    kind: 'online',
    shadowOf: null,
    arm: odd < 0.01 ? 'pinned' : odd < 0.02 ? 'holdback' : arm,
    armReason: odd < 0.01 ? 'version' : odd < 0.02 ? 'holdback' : odd < 0.03 ? 'excluded' : 'bucket',
    release: arm === 'challenger' ? 2 : 1,
    digest: arm === 'challenger' ? digests.challenger : digests.champion,
    unit: `c${customer}`,
    bucket: bucket * 100,
    seq: 3,
    decidedAt: began + BigInt(request) * second,
    score,
    acted: score > 0.8,
    degraded: random.unit() < 0.02,
    latencyMicros: 1000 + random.index(500),
    fields: {
      customer: `c${customer}`,
      ...(random.unit() < 0.05 ? {} : { origin: origins[random.index(4)] ?? null }),
      distance: random.index(2000),
    },
    vector: new Float64Array(0),
  }
}

function shadowFor(
  random: Random,
  { harm = 0, shadow = 'shadow' }: MadeTraffic,
  answer: TrafficRow,
): TrafficRow {
  const score = Math.min(1, Math.max(0, answer.score + (random.unit() - 0.5) * 0.04 + harm))
  const isForward = shadow === 'shadow'
  return {
    ...answer,
    predictionId: `s${answer.predictionId}`,
    kind: shadow,
    shadowOf: answer.predictionId,
    release: isForward ? 2 : 1,
    digest: isForward ? digests.challenger : digests.champion,
    decidedAt: answer.decidedAt + 1000n,
    score,
    acted: score > 0.8,
    degraded: random.unit() < 0.02,
  }
}

/** A log of which the first `visible` rows are there. */
export function memoryTraffic(rows: readonly TrafficRow[]): TrafficSource & { visible: number } {
  return {
    visible: rows.length,
    async read({ cursor, since, limit }) {
      const from = Number(cursor ?? 0)
      const to = Math.min(this.visible, from + limit)
      return {
        rows: rows.slice(from, to).filter(row => row.decidedAt >= since),
        cursor: String(to),
        done: to >= this.visible,
      }
    },
  }
}

export function factsOf(stage: LookFacts['stage'], over: Partial<LookFacts> = {}): LookFacts {
  return {
    deployment: 'delays',
    rollout: 'rol_1',
    stage,
    since: began,
    shadowSince: began,
    now: began + 3600n * second,
    champion: { release: 1, digest: digests.champion },
    challenger: { release: 2, digest: digests.challenger },
    weight: 0,
    ...over,
  }
}
