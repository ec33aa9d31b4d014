import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import { audit } from './001-audit.ts'
import { experiments } from './002-experiments.ts'
import { registry } from './003-registry.ts'
import { pipelines } from './004-pipelines.ts'
import { definitions } from './006-definitions.ts'
import { deployments } from './007-deployments.ts'
import { erasures } from './010-erasures.ts'
import { tracking } from './011-tracking.ts'
import { registryRecords } from './012-registry.ts'
import { webhooks } from './013-webhooks.ts'
import { reproduction } from './014-reproduction.ts'
import { savedViews } from './015-saved-views.ts'
import { signatures } from './016-signatures.ts'
import { sync } from './017-sync.ts'
import { metricBlocks } from './018-metric-blocks.ts'
import { modelPoints } from './019-model-points.ts'
import { modelCards } from './020-cards.ts'
import { approvals } from './021-approvals.ts'
import { suggestions } from './022-suggestions.ts'
import { releases } from './023-releases.ts'
import { evaluations } from './024-evaluations.ts'
import { rollouts } from './025-rollouts.ts'
import { decisions } from './026-decisions.ts'
import { feedback } from './027-feedback.ts'
import { batchJobs } from './028-batch-jobs.ts'

/**
 * One step forward of the schema. `up` only sends statements built by Kysely: it reads nothing and decides nothing, since
 * the text of its statements is hashed, and the hash is compared on every start. A migration that was released never changes.
 */
export interface Migration {
  /** `NNN-domain`; applied in the order of the list. */
  readonly id: string
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>
}

/** Add yours at the end: numbers rise. */
export const migrations: readonly Migration[] = [
  audit,
  experiments,
  registry,
  pipelines,
  definitions,
  deployments,
  erasures,
  tracking,
  registryRecords,
  webhooks,
  reproduction,
  savedViews,
  signatures,
  sync,
  metricBlocks,
  modelPoints,
  modelCards,
  approvals,
  suggestions,
  releases,
  evaluations,
  rollouts,
  decisions,
  feedback,
  batchJobs,
]
