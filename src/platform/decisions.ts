import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { featureColumnName } from '../definitions/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { Value } from '../kernel/values/model.ts'
import type { Release } from '../registry/index.ts'
import type { Services } from '../server/services.ts'
import {
  type DecisionReader,
  type DecisionRecord,
  explainDecision,
  type OpenExplainer,
  type ReviewedReasons,
} from '../serving/index.ts'

export interface DecisionFacts {
  readonly reader: DecisionReader
  /** Releases that the data plane has served; kept so that old decisions can be explained. */
  readonly releasesFolder: string
  readonly openExplainer: OpenExplainer
}

/** Decisions as the log holds them, explained by the release that made them. */
export function explainedDecisions({
  reader,
  releasesFolder,
  openExplainer,
}: DecisionFacts): Services['decisions'] {
  return {
    async latest(deployment, page) {
      const { items, next } = await reader.latest(deployment, page)
      return { items: items.map(summaryOf), ...(next === undefined ? {} : { next }) }
    },

    async explain(predictionId) {
      const record = await reader.find(predictionId)
      if (!record)
        throw new FettleError('DECISION_UNKNOWN', `no decision "${predictionId}" is in the prediction log`)
      const folder = join(releasesFolder, record.release.digest.replace(/^sha256:/, ''))
      const release = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8')) as Release
      const explained = await explainDecision(record, release, folder, openExplainer)
      const eventTimes = eventTimesByColumn(record, release)
      return {
        ...summaryOf(record),
        requestId: record.requestId,
        model: record.release.model,
        modelVersion: record.release.modelVersion,
        digest: record.release.digest,
        features: explained.features.map(feature => ({
          ...feature,
          eventTime: eventTimes.get(feature.name) ?? null,
        })),
        baseline: explained.baseline,
        rawScore: explained.rawScore ?? logOdds(record.score),
        threshold: record.threshold,
        segment: record.segment,
        reasons: explained.reasons,
        ...(explained.reviewed === null ? {} : { reviewed: reviewOf(explained.reviewed) }),
        latencyMicros: record.latency,
        degradedReasons: record.degradedReasons,
        logged: record.logged,
      }
    },
  }
}

const reviewOf = ({ reviewedBy, version }: ReviewedReasons) => ({ reviewedBy, version })

function summaryOf(record: DecisionRecord) {
  return {
    predictionId: record.predictionId,
    deployment: record.release.deployment,
    decidedAt: record.decidedAt,
    asOf: record.asOf,
    entity: Object.fromEntries(
      Object.entries(record.entity).map(([name, value]) => [name, plainValue(value)]),
    ),
    score: record.score,
    action: record.action,
    servedBy: record.servedBy,
    release: record.release.release,
  }
}

function plainValue(value: Value): Json {
  if (typeof value === 'bigint')
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value.toString()
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
    ? (value as Json)
    : String(value)
}

/** The record keeps one event time per lookup; the columns of a lookup share it. */
function eventTimesByColumn(
  record: DecisionRecord,
  { features }: Release,
): ReadonlyMap<string, Micros | null> {
  return new Map(
    features.lookups.flatMap(lookup =>
      lookup.features.map(feature => {
        const position = record.release.lookups.indexOf(lookup.as)
        return [
          featureColumnName(lookup, feature, features.fullNames),
          record.eventTimes[position] ?? null,
        ] as const
      }),
    ),
  )
}

function logOdds(score: number): number {
  return Math.log(score / (1 - score))
}
