import type { Kysely } from 'kysely'
import type { RolloutStore } from '../../../deployments/index.ts'
import type { DeploymentStore } from '../../../deployments/ports.ts'
import type {
  ArtifactFileStore,
  LoggedModelStore,
  PurgeStore,
  ReferenceStore,
  RunAlertStore,
  SavedViewStore,
  SyncStore,
  TrackingSearchStore,
} from '../../../experiments/index.ts'
import type { TrackingStore } from '../../../experiments/ports.ts'
import type { ApprovalStore, ErasureStore, SuggestionStore } from '../../../governance/index.ts'
import type { AuditStore } from '../../../governance/ports.ts'
import type { FeedbackStore } from '../../../monitoring/index.ts'
import type { RunStore } from '../../../pipelines/ports.ts'
import type { DefinitionStore } from '../../../projects/ports.ts'
import type {
  AliasRuleStore,
  CardStore,
  EvaluationStore,
  RegistryStore,
  SignatureStore,
  WebhookStore,
} from '../../../registry/ports.ts'
import type { ReproductionStore } from '../../../reproduction/index.ts'
import type { BatchStore, DecisionManifest } from '../../../serving/index.ts'
import type { DatabaseKind } from '../columns.ts'
import type { Schema } from '../schema.ts'
import { aliasRuleStore, approvalStore } from './approvals.ts'
import { auditStore } from './audit.ts'
import { batchStore } from './batch.ts'
import { cardStore } from './cards.ts'
import { decisionManifest } from './decisions.ts'
import { definitionStore } from './definitions.ts'
import { deploymentStore } from './deployments.ts'
import { erasureStore } from './erasures.ts'
import { evaluationStore } from './evaluations.ts'
import { feedbackStore } from './feedback.ts'
import { runStore } from './pipelines.ts'
import { registryStore } from './registry.ts'
import { reproductionStore } from './reproduction.ts'
import { rolloutStore } from './rollouts.ts'
import { signatureStore } from './signatures.ts'
import { suggestionStore } from './suggestions.ts'
import { artifactFileStore } from './tracking/artifact-files.ts'
import { referenceStore } from './tracking/artifact-references.ts'
import { trackingStore } from './tracking/index.ts'
import type { KeyCache } from './tracking/keys.ts'
import { loggedModelStore } from './tracking/logged-models.ts'
import { purgeStore } from './tracking/purge.ts'
import { runAlertStore } from './tracking/run-alerts.ts'
import { savedViewStore } from './tracking/saved-views.ts'
import { trackingSearchStore } from './tracking/search-store.ts'
import { syncStore } from './tracking/sync.ts'
import { webhookStore } from './webhooks.ts'

/** All stores of one transaction, or of the reading side. Add yours here and to the makers. */
export interface Stores {
  readonly audit: AuditStore
  readonly registry: RegistryStore
  readonly approvals: ApprovalStore
  readonly suggestions: SuggestionStore
  readonly aliasRules: AliasRuleStore
  readonly batch: BatchStore
  readonly cards: CardStore
  readonly evaluations: EvaluationStore
  readonly feedback: FeedbackStore
  readonly signatures: SignatureStore
  readonly webhooks: WebhookStore
  readonly pipelines: RunStore
  readonly decisionManifest: DecisionManifest
  readonly definitions: DefinitionStore
  readonly deployments: DeploymentStore
  readonly rollouts: RolloutStore
  readonly erasures: ErasureStore
  readonly reproductions: ReproductionStore
  readonly savedViews: SavedViewStore
  readonly tracking: TrackingStore
  readonly trackingSearch: TrackingSearchStore
  readonly loggedModels: LoggedModelStore
  readonly artifactFiles: ArtifactFileStore
  readonly references: ReferenceStore
  readonly sync: SyncStore
  readonly runAlerts: RunAlertStore
  readonly purge: PurgeStore
}

/** What the stores of one database share. */
export interface StoresContext {
  readonly kind: DatabaseKind
  readonly keys: KeyCache
}

/** What a store is made from: one transaction, or the reading side. */
interface Opened extends StoresContext {
  readonly db: Kysely<Schema>
}

const makers: { readonly [Name in keyof Stores]: (opened: Opened) => Stores[Name] } = {
  audit: ({ db, kind }) => auditStore({ db, kind }),
  registry: ({ db }) => registryStore(db),
  approvals: ({ db }) => approvalStore(db),
  suggestions: ({ db }) => suggestionStore(db),
  aliasRules: ({ db }) => aliasRuleStore(db),
  batch: ({ db }) => batchStore(db),
  cards: ({ db }) => cardStore(db),
  evaluations: ({ db }) => evaluationStore(db),
  feedback: ({ db, kind }) => feedbackStore({ db, kind }),
  signatures: ({ db }) => signatureStore(db),
  webhooks: ({ db }) => webhookStore(db),
  pipelines: ({ db }) => runStore(db),
  decisionManifest: ({ db }) => decisionManifest(db),
  definitions: ({ db }) => definitionStore(db),
  deployments: ({ db }) => deploymentStore(db),
  rollouts: ({ db }) => rolloutStore(db),
  erasures: ({ db }) => erasureStore(db),
  reproductions: ({ db }) => reproductionStore(db),
  savedViews: ({ db }) => savedViewStore(db),
  tracking: ({ db, kind, keys }) => trackingStore({ db, kind }, keys),
  trackingSearch: ({ db }) => trackingSearchStore(db),
  loggedModels: ({ db }) => loggedModelStore(db),
  artifactFiles: ({ db }) => artifactFileStore(db),
  references: ({ db }) => referenceStore(db),
  sync: ({ db }) => syncStore(db),
  runAlerts: ({ db }) => runAlertStore(db),
  purge: ({ db, kind }) => purgeStore({ db, kind }),
}

/** Every store is made when it is first asked for: a transaction is short, and needs a few of them. */
export function createStores(db: Kysely<Schema>, context: StoresContext): Stores {
  return Object.create(lazyStores, { opened: { value: { db, ...context } } })
}

const lazyStores = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(makers).map(([name, make]) => [
      name,
      {
        get(this: { readonly opened: Opened }) {
          const value = make(this.opened)
          Object.defineProperty(this, name, { value })
          return value
        },
      },
    ]),
  ),
)
