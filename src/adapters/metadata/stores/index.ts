import type { Kysely } from 'kysely'
import type { DeploymentStore } from '../../../deployments/ports.ts'
import type { ExperimentStore } from '../../../experiments/ports.ts'
import type { ErasureStore } from '../../../governance/index.ts'
import type { AuditStore } from '../../../governance/ports.ts'
import type { RunStore } from '../../../pipelines/ports.ts'
import type { DefinitionStore } from '../../../projects/ports.ts'
import type { RegistryStore } from '../../../registry/ports.ts'
import type { Schema } from '../schema.ts'
import { auditStore } from './audit.ts'
import { definitionStore } from './definitions.ts'
import { deploymentStore } from './deployments.ts'
import { erasureStore } from './erasures.ts'
import { experimentStore } from './experiments.ts'
import { runStore } from './pipelines.ts'
import { registryStore } from './registry.ts'

/** All stores of one transaction, or of the reading side. Add yours to both. */
export interface Stores {
  readonly audit: AuditStore
  readonly experiments: ExperimentStore
  readonly registry: RegistryStore
  readonly pipelines: RunStore
  readonly definitions: DefinitionStore
  readonly deployments: DeploymentStore
  readonly erasures: ErasureStore
}

export function createStores(db: Kysely<Schema>): Stores {
  return {
    audit: auditStore(db),
    experiments: experimentStore(db),
    registry: registryStore(db),
    pipelines: runStore(db),
    definitions: definitionStore(db),
    deployments: deploymentStore(db),
    erasures: erasureStore(db),
  }
}
