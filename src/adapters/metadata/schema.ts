import type { AuditTables } from './stores/audit.ts'
import type { DefinitionTables } from './stores/definitions.ts'
import type { DeploymentTables } from './stores/deployments.ts'
import type { ErasureTables } from './stores/erasures.ts'
import type { ExperimentTables } from './stores/experiments.ts'
import type { PipelineTables } from './stores/pipelines.ts'
import type { RegistryTables } from './stores/registry.ts'

interface MigrationTables {
  fettle_migrations: { id: string; hash: string }
}

/** Every table. A store's file types its own; add the interface here. */
export interface Schema
  extends MigrationTables,
    AuditTables,
    ExperimentTables,
    RegistryTables,
    PipelineTables,
    DefinitionTables,
    DeploymentTables,
    ErasureTables {}
