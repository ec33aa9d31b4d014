import type { Place } from '../experiments/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { AliasEvent, ModelVersion, RegisteredModel } from './model.ts'
import type { ModelRecord, Stage, VersionRecord, VersionStatus } from './records/model.ts'

export type { CardNote, ModelCard } from './card/model.ts'
export type { CardStore } from './card/ports.ts'
export type { KeptEvaluation } from './evaluations/model.ts'
export type { EvaluationStore } from './evaluations/ports.ts'
export type { AliasRule } from './requests/model.ts'
export type { AliasRuleStore } from './requests/ports.ts'
export type { SignatureStore, StoredSignature } from './signing/ports.ts'
export type {
  SecretBox,
  StoredWebhook,
  WebhookRequest,
  WebhookSender,
  WebhookStore,
} from './webhooks/ports.ts'

/** What a dialect records of a version beside its facts; a version of a pipeline has none of it. */
export interface VersionOrigin {
  readonly source: string | null
  /** null: where the files of its run are. */
  readonly location: string | null
  readonly loggedModel: string | null
  readonly runLink: string | null
  readonly status: VersionStatus
  readonly signatureGap: string | null
  /** Module that loads it as a python_function. */
  readonly loader: string | null
}

export type StoredVersion = Omit<VersionRecord, 'location' | 'aliases' | 'executesCode'> & VersionOrigin

export type ModelOrderField = 'name' | 'createdAt' | 'updatedAt'
export type VersionOrderField = ModelOrderField | 'version'

/** One page of a search: rows in an order that ends in a unique field, of which `matches` keeps some. */
export interface RecordScan<Item, Field> {
  readonly order: readonly { readonly field: Field; readonly ascending: boolean }[]
  readonly matches: (item: Item) => boolean
  /** Equalities that every match has, so that other rows need not be read. */
  readonly narrow: { readonly name?: string; readonly run?: string }
  /** The place in the order that a page before ended at. */
  readonly after: Place | undefined
  readonly limit: number
}

export interface Scanned<Item> {
  readonly items: readonly Item[]
  /** Where this page ended, when more follows. */
  readonly end?: Place
}

/** Models, versions and alias history. Versions are immutable and numbered 1, 2, 3 … per model without gaps. */
export interface RegistryStore extends RecordStore {
  insertModel(model: RegisteredModel): Promise<void>
  findModel(name: string): Promise<RegisteredModel | undefined>
  /** Without prompts. */
  listModels(page: PageRequest): Promise<Page<RegisteredModel>>
  /** Numbers up to this one are never given (again). */
  reserveVersions(model: string, last: number): Promise<void>
  /** Assigns the next number inside the transaction. */
  insertVersion(version: Omit<ModelVersion, 'version'>, origin?: VersionOrigin): Promise<ModelVersion>
  findVersion(model: string, version: number): Promise<ModelVersion | undefined>
  /** The version with this digest, if one was registered before: registering equal bytes again is a no-op. */
  findVersionByDigest(model: string, digest: string): Promise<ModelVersion | undefined>
  listVersions(model: string): Promise<readonly ModelVersion[]>
  appendAliasEvent(event: AliasEvent): Promise<void>
  aliasHistory(model: string): Promise<readonly AliasEvent[]>
  /** Current alias → version. */
  aliases(model: string): Promise<Readonly<Record<string, number>>>
}

/**
 * The same models and versions by name, with what may change. Hidden ones keep their rows and their history: they are
 * found by nothing here, and their ids and numbers are not given again.
 */
export interface RecordStore {
  findModelRecord(name: string): Promise<ModelRecord | undefined>
  changeModel(
    name: string,
    change: {
      readonly name?: string
      readonly description?: string
      readonly kind?: ModelRecord['kind']
      readonly updatedAt?: Micros
    },
  ): Promise<void>
  /** With its versions. */
  hideModel(name: string, at: Micros): Promise<void>
  setModelTag(model: string, key: string, value: string): Promise<void>
  removeModelTag(model: string, key: string): Promise<void>
  scanModels(scan: RecordScan<ModelRecord, ModelOrderField>): Promise<Scanned<ModelRecord>>

  findVersionRecord(model: string, version: number): Promise<StoredVersion | undefined>
  /** Oldest first. */
  listVersionRecords(model: string): Promise<readonly StoredVersion[]>
  /** The newest of each stage of each model, the stage first whose oldest version is the oldest. */
  latestVersionRecords(models: readonly string[]): Promise<readonly StoredVersion[]>
  /** Where the aliases of each model point to. */
  aliasesOf(models: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>
  /** Without a version: all of the model. */
  changeVersions(
    of: { readonly model: string; readonly version?: number },
    change: { readonly description?: string; readonly stage?: Stage; readonly updatedAt: Micros },
  ): Promise<void>
  hideVersion(model: string, version: number, at: Micros): Promise<void>
  setVersionTag(
    of: { readonly model: string; readonly version: number },
    key: string,
    value: string,
  ): Promise<void>
  removeVersionTag(of: { readonly model: string; readonly version: number }, key: string): Promise<void>
  scanVersions(scan: RecordScan<StoredVersion, VersionOrderField>): Promise<Scanned<StoredVersion>>
  /** Versions registered from `models:/<model>/<version>`. */
  versionsFrom(source: string): Promise<readonly { readonly model: string; readonly version: number }[]>
}

/** A release that refers to a version. `current`: its deployment is applied, and this is its newest release. */
export interface ReleaseReference {
  readonly deployment: string
  readonly number: number
  readonly version: number
  readonly current: boolean
}

/** What the registry asks about releases. */
export interface ReleaseReferences {
  /** Oldest first per deployment. */
  releasesOf(model: string): Promise<readonly ReleaseReference[]>
}
