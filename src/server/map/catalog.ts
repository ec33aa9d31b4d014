import type { z } from 'zod'
import type {
  auditEvent,
  DefinitionDetail,
  DefinitionSummary,
  Lineage,
  Plan,
  PlanChange,
} from '../../api/catalog.ts'
import type { AuditEvent } from '../../governance/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type {
  DefinitionRecord,
  DefinitionRecordDetail,
  LineageGraph,
  PlanChangeData,
  ProjectPlan,
} from '../services.ts'
import { toWireJson } from './json.ts'
import { timestampOrNull } from './time.ts'

export function planChangeToWire(change: PlanChangeData): PlanChange {
  const { diff, affects, warnings, impact, contracts, ...rest } = change
  return {
    ...rest,
    diff: [...diff],
    affects: [...affects],
    warnings: [...warnings],
    impact: impact ? { ...impact, consumers: [...impact.consumers] } : null,
    contracts: contracts
      ? { ...contracts, cells: contracts.cells.map(cell => ({ ...cell, offers: [...cell.offers] })) }
      : null,
  }
}

export function planToWire(plan: ProjectPlan): Plan {
  const summary = { create: 0, update: 0, describe: 0, delete: 0, none: 0 }
  for (const change of plan.changes) summary[change.action] += 1
  return {
    id: plan.id,
    base: plan.base,
    project: plan.project,
    changes: plan.changes.map(planChangeToWire),
    summary,
  }
}

export function definitionToWire(record: DefinitionRecord): DefinitionSummary {
  const { kind, name, version, description, owner, tags, appliedAt, location } = record
  return {
    kind,
    name,
    version,
    description,
    owner,
    tags: [...tags],
    appliedAt: formatTimestamp(appliedAt),
    location,
  }
}

export function definitionDetailToWire(record: DefinitionRecordDetail): DefinitionDetail {
  return {
    ...definitionToWire(record),
    semanticHash: record.semanticHash,
    definition: toWireJson(record.definition),
    versions: record.versions.map(({ version, semanticHash, appliedAt, by }) => ({
      version,
      semanticHash,
      appliedAt: formatTimestamp(appliedAt),
      by,
    })),
    dependsOn: [...record.dependsOn],
    usedBy: [...record.usedBy],
    facts: record.facts.map(fact => ({ ...fact, at: timestampOrNull(fact.at) })),
  }
}

export function lineageToWire(graph: LineageGraph): Lineage {
  return { nodes: graph.nodes.map(node => ({ ...node })), edges: graph.edges.map(edge => ({ ...edge })) }
}

export function auditEventToWire(event: AuditEvent): z.infer<typeof auditEvent> {
  return { ...event, at: formatTimestamp(event.at), details: toWireJson(event.details) }
}
