import type { AppliedDefinition, DefinitionKind, DefinitionRef } from '../definitions/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'

/** A definition as it stands, with who applied it and where it was written. */
export interface CurrentDefinition extends AppliedDefinition {
  readonly kind: DefinitionKind
  readonly name: string
  readonly appliedAt: Micros
  readonly by: string
  readonly location: string | null
}

export interface DefinitionVersionRecord {
  readonly ref: DefinitionRef
  readonly version: number
  readonly semanticHash: string
  readonly appliedAt: Micros
  readonly by: string
}

/** Something that was made from a definition: a training-set build, a materialization. */
export interface BuildRecord {
  readonly ref: DefinitionRef
  readonly version: number
  /** Identity of what was made: a training-set id, a view's generation. */
  readonly id: string
  readonly report: Json
  readonly pipelineRun: string | null
  readonly at: Micros
}

/** The applied project. Versions are immutable: a version once inserted is never changed or removed. */
export interface DefinitionStore {
  /** Name and folder of the applied project; undefined before the first apply. */
  findProject(): Promise<{ readonly name: string; readonly directory: string } | undefined>
  setProject(project: { readonly name: string; readonly directory: string }): Promise<void>
  /** What stands now, by kind and name; archived ones are left out. */
  listCurrent(): Promise<readonly CurrentDefinition[]>
  listVersions(ref: DefinitionRef): Promise<readonly DefinitionVersionRecord[]>
  /** The content of a version when it was first applied. */
  findVersion(ref: DefinitionRef, version: number): Promise<AppliedDefinition | undefined>
  /** Throws VERSION_EXISTS if the version is there with other content. */
  insertVersion(definition: CurrentDefinition): Promise<void>
  /** Makes a definition the current one of its name. */
  setCurrent(definition: CurrentDefinition): Promise<void>
  /** Takes a definition out of what stands; its versions stay. */
  archive(ref: DefinitionRef, at: Micros): Promise<void>
  /** A repeated equal record is a no-op. */
  insertBuild(build: BuildRecord): Promise<void>
  /** Replaces what is said of a build: rows of it were erased. */
  replaceReport(build: Pick<BuildRecord, 'ref' | 'id' | 'report'>): Promise<void>
  /** Newest first. */
  listBuilds(ref: DefinitionRef, limit: number): Promise<readonly BuildRecord[]>
  /** Builds of every definition of a kind, archived ones included, newest first. */
  listBuildsOf(kind: DefinitionKind): Promise<readonly BuildRecord[]>
  /** The build of a kind that has this identity. */
  findBuild(kind: DefinitionKind, id: string): Promise<BuildRecord | undefined>
}
