import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { AliasEvent, ModelVersion, RegisteredModel } from './model.ts'

/** Models, versions and alias history. Versions are immutable and numbered 1, 2, 3 … per model without gaps. */
export interface RegistryStore {
  insertModel(model: RegisteredModel): Promise<void>
  findModel(name: string): Promise<RegisteredModel | undefined>
  listModels(page: PageRequest): Promise<Page<RegisteredModel>>
  /** Assigns the next number inside the transaction. */
  insertVersion(version: Omit<ModelVersion, 'version'>): Promise<ModelVersion>
  findVersion(model: string, version: number): Promise<ModelVersion | undefined>
  /** The version with this digest, if one was registered before: registering equal bytes again is a no-op. */
  findVersionByDigest(model: string, digest: string): Promise<ModelVersion | undefined>
  listVersions(model: string): Promise<readonly ModelVersion[]>
  appendAliasEvent(event: AliasEvent): Promise<void>
  aliasHistory(model: string): Promise<readonly AliasEvent[]>
  /** Current alias → version. */
  aliases(model: string): Promise<Readonly<Record<string, number>>>
}
