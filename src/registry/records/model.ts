import type { Micros } from '../../kernel/time.ts'
import type { ModelFile, Signature, VersionFormat } from '../model.ts'

export type Facts = Readonly<Record<string, string>>
/** A label of the MLflow dialect: it decides nothing in Fettle. */
export type Stage = 'None' | 'Staging' | 'Production' | 'Archived'
export type VersionStatus = 'pending' | 'failed' | 'ready'

/** A name that versions are counted under. */
export interface ModelRecord {
  /** Never reused, unlike the name: lineage refers to it. */
  readonly id: string
  readonly name: string
  readonly description: string
  /** `prompt`: text kept by MLflow's prompt registry, listed apart. */
  readonly kind: 'model' | 'prompt'
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly tags: Facts
  readonly aliases: Readonly<Record<string, number>>
}

/** A version as any dialect shows it. Files, signature and digest never change; description, tags and stage may. */
export interface VersionRecord {
  readonly model: string
  readonly version: number
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly description: string
  /** Where it was registered from, as its client said it; null for one made by a pipeline step. */
  readonly source: string | null
  /** Where its files are, for a client to fetch: never `models:/`. Empty where no such place is known. */
  readonly location: string
  readonly run: string | null
  readonly loggedModel: string | null
  readonly runLink: string | null
  readonly status: VersionStatus
  readonly stage: Stage
  readonly tags: Facts
  readonly aliases: readonly string[]
  readonly format: VersionFormat
  readonly files: readonly ModelFile[]
  readonly signature: Signature | null
  /** Why there is no signature although the files may describe one; null when there is nothing to say. */
  readonly signatureGap: string | null
  /** Paths of files that run code when the model is loaded. */
  readonly executesCode: readonly string[]
  readonly digest: string
}
