import type { ApprovalTables } from './stores/approvals.ts'
import type { AuditTables } from './stores/audit.ts'
import type { BatchTables } from './stores/batch.ts'
import type { CardTables } from './stores/cards.ts'
import type { DecisionTables } from './stores/decisions.ts'
import type { DefinitionTables } from './stores/definitions.ts'
import type { DeploymentTables } from './stores/deployments.ts'
import type { ErasureTables } from './stores/erasures.ts'
import type { EvaluationTables } from './stores/evaluations.ts'
import type { FeedbackTables } from './stores/feedback-rows.ts'
import type { PipelineTables } from './stores/pipelines.ts'
import type { RegistryTables } from './stores/registry-rows.ts'
import type { ReproductionTables } from './stores/reproduction.ts'
import type { RolloutTables } from './stores/rollouts.ts'
import type { SignatureTables } from './stores/signatures.ts'
import type { SuggestionTables } from './stores/suggestion-rows.ts'
import type { RunAlertTables } from './stores/tracking/run-alerts.ts'
import type { SavedViewTables } from './stores/tracking/saved-views.ts'
import type { SyncTables } from './stores/tracking/sync.ts'
import type { TrackingTables } from './stores/tracking/tables.ts'
import type { WebhookTables } from './stores/webhooks.ts'

interface MigrationTables {
  fettle_migrations: { id: string; hash: string }
}

/** Every table. A store's file types its own; add the interface here. */
export interface Schema
  extends MigrationTables,
    AuditTables,
    RegistryTables,
    WebhookTables,
    SignatureTables,
    ApprovalTables,
    SuggestionTables,
    BatchTables,
    CardTables,
    PipelineTables,
    DecisionTables,
    DefinitionTables,
    DeploymentTables,
    RolloutTables,
    SavedViewTables,
    ReproductionTables,
    ErasureTables,
    EvaluationTables,
    FeedbackTables,
    SyncTables,
    RunAlertTables,
    TrackingTables {}
