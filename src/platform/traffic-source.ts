import type { TrafficRow, TrafficSource } from '../deployments/evidence/model.ts'
import type { Value } from '../kernel/values/model.ts'
import { type DecisionReader, type DecisionRecord, latencyParts } from '../serving/index.ts'

export interface TrafficSourceParts {
  readonly reader: Pick<DecisionReader, 'scan'>
  /** Fields that make the unit of a deployment; undefined: the entity keys of its requests. */
  unitFields(deployment: string): Promise<readonly string[] | undefined>
}

const kinds = ['online', 'shadow', 'reverse-shadow'] as const
type Kind = (typeof kinds)[number]

/** The prediction log as evidence reads it. */
export function trafficSource({ reader, unitFields }: TrafficSourceParts): TrafficSource {
  return {
    async read({ deployment, cursor, since, limit }) {
      const unit = await unitFields(deployment)
      const scanned = await reader.scan({ deployment, kinds, cursor, since, limit })
      return {
        rows: scanned.records.map(record => rowOf(record, unit)),
        cursor: scanned.cursor,
        done: scanned.done,
      }
    },
  }
}

function rowOf(record: DecisionRecord, unit: readonly string[] | undefined): TrafficRow {
  const { release, latency, shadowOf, assignment } = record
  return {
    predictionId: record.predictionId,
    kind: record.kind as Kind,
    shadowOf: shadowOf === null ? null : `${shadowOf}-${record.row}`,
    arm: record.arm,
    armReason: record.armReason,
    release: release.release,
    digest: release.digest,
    unit: assignment?.sticky ? unitText(record, unit) : null,
    bucket: record.bucket,
    seq: assignment?.seq ?? null,
    decidedAt: record.decidedAt,
    score: record.score,
    acted: record.acted,
    // A holdback without a release is answered by the chain on purpose, and has no reason.
    degraded: record.servedBy !== 'model' && record.degradedReasons.length > 0,
    latencyMicros: latencyParts.reduce((sum, part) => sum + latency[part], 0),
    fields: fieldsOf(record),
    vector: record.vector,
  }
}

/** The texts that a bucket is drawn by, joined as they are there. */
function unitText({ entity, release }: DecisionRecord, unit: readonly string[] | undefined): string {
  const names = unit ?? release.request.filter(({ role }) => role === 'key').map(({ name }) => name)
  return names.map(name => String(entity[name] ?? null)).join('\u001f')
}

/** What the model was given, by column, and what was sent, which wins where a column has the name of a field. */
function fieldsOf({ entity, vector, release }: DecisionRecord): Readonly<Record<string, Value>> {
  const fields: Record<string, Value> = {}
  release.vector.forEach((name, i) => {
    const value = vector[i] ?? Number.NaN
    fields[name] = Number.isNaN(value) ? null : value
  })
  return Object.assign(fields, entity)
}
