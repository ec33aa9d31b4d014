export type { CardFacts, ModelCard } from './card/model.ts'
export { cardHtml, cardMarkdown } from './card/render.ts'
export { createModelCards, type ModelCards } from './card/service.ts'
export type { EvaluationContent, KeptEvaluation } from './evaluations/model.ts'
export { createVersionEvaluations, type VersionEvaluations } from './evaluations/service.ts'
export type {
  AliasEvent,
  ModelFile,
  ModelFormat,
  ModelVersion,
  RegisteredModel,
  Release,
  Signature,
  SignatureField,
  SignatureParam,
  VersionFormat,
} from './model.ts'
export { type AliasChange, type RegistryStores, recordMove } from './move-alias.ts'
export type { RegistryStore, ReleaseReferences, WebhookStore } from './ports.ts'
export type { RegistryRecordsDeps } from './records/changes.ts'
export { createRegistryRecords } from './records/create.ts'
export { createRegistryImport, type ImportedModel, type RegistryImport } from './records/import.ts'
export type { Facts, ModelRecord, Stage, VersionRecord, VersionStatus } from './records/model.ts'
export type { NewVersionRecord, RegistryRecords, RegistrySearch, VersionName } from './records/service.ts'
export { assertReleasable, lackedForRelease, lackedForScoring, type ReleasableVersion } from './releasable.ts'
export { releaseDigest } from './release-digest.ts'
export type { AliasCheck, AliasMoveWanted, AliasRule } from './requests/model.ts'
export { type AliasRequests, createAliasRequests } from './requests/service.ts'
export { createRegistryService, type NewModelVersion, type RegistryService } from './service.ts'
export { compareSignatures } from './signatures/compare.ts'
export { readYaml, type YamlValue } from './signatures/read-yaml.ts'
export { type BundleSigner, bundleSigner } from './signing/keys.ts'
export type { ProvenanceFacts } from './signing/provenance.ts'
export { createSigningService, type SignatureVerification, type SigningService } from './signing/service.ts'
export { type Trust, trustOf } from './signing/trust.ts'
export { createWebhookDelivery, type WebhookDelivery } from './webhooks/deliver.ts'
export type { Webhook, WebhookAction, WebhookEntity, WebhookEvent } from './webhooks/model.ts'
export { createWebhookService, type WebhookFields, type WebhookService } from './webhooks/service.ts'
