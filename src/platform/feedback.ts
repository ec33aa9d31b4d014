import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { DeploymentData } from '../definitions/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { createFeedbackService, type DecisionLookup, feedbackDuty, joinableOf } from '../monitoring/index.ts'
import { type DecisionReader, feedbackSegments } from '../serving/index.ts'

export interface FeedbackParts {
  readonly database: MetadataDatabase
  readonly clock: Clock
  readonly reader: DecisionReader
  readonly servingFolder: string
  /** Whether a key is of somebody who was erased, as the list stands. */
  erased(): Promise<(deployment: string, entityKey: string) => boolean>
  definedDeployments(): Promise<readonly DeploymentData[]>
  onFault(error: unknown): void
}

const recordsAtOnce = 4000

/** Feedback over one folder: the service that answers about it, and the duty that brings it in. */
export function openFeedback(parts: FeedbackParts) {
  const { database, clock, servingFolder, onFault } = parts
  const decisions = decisionLookup(parts.reader)
  return {
    service: createFeedbackService({
      uow: database,
      clock,
      decisions,
      declared: async name => (await parts.definedDeployments()).find(each => each.name === name),
    }),
    duty: feedbackDuty({
      uow: database,
      clock,
      decisions,
      segments: feedbackSegments(servingFolder),
      erased: () => parts.erased(),
      onFault,
    }),
  }
}

/** Decisions as the log and its files hold them. */
export function decisionLookup(reader: DecisionReader): DecisionLookup {
  return {
    async find(predictionId) {
      const record = await reader.find(predictionId)
      return record && joinableOf(record)
    },
    async *scan(deployment, since) {
      let cursor: string | null = null
      for (let done = false; !done; ) {
        const found = await reader.scan({ deployment, since, cursor, limit: recordsAtOnce })
        cursor = found.cursor
        done = found.done
        yield found.records
      }
    },
  }
}
