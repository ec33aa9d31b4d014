import type { Principal } from '../../governance/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { AliasEvent } from '../model.ts'
import type { Facts, ModelRecord, VersionRecord } from './model.ts'

export interface RegistrySearch extends PageRequest {
  readonly filter?: string
  readonly orderBy?: readonly string[]
  /** Of versions: those of prompts too, whatever the filter asks for. */
  readonly prompts?: boolean
}

export interface NewVersionRecord {
  readonly model: string
  readonly source: string
  readonly run?: string
  readonly loggedModel?: string
  readonly runLink?: string
  readonly description?: string
  readonly tags?: Facts
}

export interface Tag {
  readonly key: string
  readonly value: string
}
export interface VersionName {
  readonly model: string
  readonly version: number
}

/**
 * The registry as its dialects and pages see it; the part made of complete facts is `RegistryService`. Every change is
 * audited in its transaction. Errors: MODEL_UNKNOWN, MODEL_VERSION_UNKNOWN, ALIAS_UNKNOWN, TAG_UNKNOWN, NAME_TAKEN,
 * NAME_INVALID, REGISTRY_INVALID (names the field), VERSION_IN_USE (with the list), ALIAS_PROTECTED (names the rule or
 * rollout), FILTER_INVALID, ORDER_INVALID.
 */
export interface ModelRecords {
  create(
    model: { readonly name: string; readonly description?: string; readonly tags?: Facts },
    principal: Principal,
  ): Promise<ModelRecord>
  get(name: string): Promise<ModelRecord>
  /** Without a filter prompts are left out. Default order: name. */
  search(query: RegistrySearch): Promise<Page<ModelRecord>>
  rename(name: string, to: string, principal: Principal): Promise<ModelRecord>
  describe(name: string, description: string, principal: Principal): Promise<ModelRecord>
  /** Refused while one of its versions is in use. */
  remove(name: string, principal: Principal): Promise<void>
  setTag(name: string, tag: Tag, principal: Principal): Promise<void>
  removeTag(name: string, key: string, principal: Principal): Promise<void>
}

export interface VersionRecords {
  create(version: NewVersionRecord, principal: Principal): Promise<VersionRecord>
  get(version: VersionName): Promise<VersionRecord>
  /** Default order: last changed first, then name, then version, newest first. */
  search(query: RegistrySearch): Promise<Page<VersionRecord>>
  /** The newest of each stage, or of the stages asked for. */
  latest(model: string, stages?: readonly string[]): Promise<readonly VersionRecord[]>
  /** The newest of each stage of each model, whatever their order; unknown models have none. */
  latestOf(models: readonly string[]): Promise<readonly VersionRecord[]>
  describe(version: VersionName, description: string, principal: Principal): Promise<VersionRecord>
  remove(version: VersionName, principal: Principal): Promise<void>
  setTag(version: VersionName, tag: Tag, principal: Principal): Promise<void>
  removeTag(version: VersionName, key: string, principal: Principal): Promise<void>
  /** The stage is read in any case. */
  setStage(
    version: VersionName,
    change: { readonly stage: string; readonly archiveExisting: boolean },
    principal: Principal,
  ): Promise<VersionRecord>
  /** Releases, deployments, rollouts and holds that refer to it, and versions made from it. */
  dependents(version: VersionName): Promise<readonly { readonly kind: string; readonly name: string }[]>
}

export interface AliasRecords {
  set(
    alias: {
      readonly model: string
      readonly alias: string
      readonly version: number
      readonly reason?: string
    },
    principal: Principal,
  ): Promise<void>
  /** Absent is no error. */
  remove(
    alias: { readonly model: string; readonly alias: string; readonly reason?: string },
    principal: Principal,
  ): Promise<void>
  /** `latest`, in any case, is the version of the greatest number. Throws ALIAS_UNKNOWN, MODEL_VERSION_UNKNOWN. */
  get(model: string, alias: string): Promise<VersionRecord>
  history(model: string): Promise<readonly AliasEvent[]>
  /** What the alias pointed to at an instant, that instant included; null for nothing. */
  at(query: { readonly model: string; readonly alias: string; readonly at: Micros }): Promise<number | null>
}

export interface RegistryRecords {
  readonly models: ModelRecords
  readonly versions: VersionRecords
  readonly aliases: AliasRecords
}
