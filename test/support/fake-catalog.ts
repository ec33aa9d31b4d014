import { FettleError } from '../../src/kernel/errors/index.ts'
import type { CatalogService } from '../../src/projects/index.ts'
import { hash, now } from './sample-records.ts'

const airport = {
  kind: 'entity' as const,
  name: 'airport',
  version: 1,
  description: 'An airport',
  owner: null,
  tags: [],
  appliedAt: now,
  location: 'definitions/features.ts:4',
}
const usage = {
  state: 'collected' as const,
  views: ['origin_landings'],
  trainingSets: [],
  models: [],
  live: [],
}

/** A catalog of one entity; other names are refused as the real one refuses them. */
export function fakeCatalog(): CatalogService {
  const known = <Value>(ref: string, value: Value): Value => {
    if (ref.split('.')[0] !== 'entity:airport')
      throw new FettleError('REFERENCE_UNKNOWN', `${ref} is not applied`)
    return value
  }
  return {
    listDefinitions: async ({ kind }) => ({
      items: kind === undefined || kind === 'entity' ? [airport] : [],
    }),
    getDefinition: async (kind, name) =>
      known(`${kind}:${name}`, {
        ...airport,
        semanticHash: hash,
        definition: { kind, name },
        versions: [{ ref: 'entity:airport', version: 1, semanticHash: hash, appliedAt: now, by: 'local' }],
        dependsOn: [],
        usedBy: ['featureView:origin_landings'],
        facts: [{ label: 'rows', value: '3 000 000', at: now }],
      }),
    lineage: async () => ({
      nodes: [{ id: 'entity:airport', kind: 'entity', name: 'airport', version: 1, state: null }],
      edges: [],
    }),
    search: async () => ({
      items: [{ ...airport, score: 80, matched: ['name'], marks: ['idle'], usage: usage.state }],
      next: '80:entity:airport',
    }),
    definitionFacts: async (kind, name) =>
      known(`${kind}:${name}`, {
        ref: 'entity:airport',
        marks: ['idle'],
        reasons: ['no deployment that answers now rests on it'],
        usage,
        members: [
          {
            name: 'airport',
            type: 'string',
            description: null,
            unit: null,
            pii: null,
            meaning: null,
            usage: null,
          },
        ],
        checks: null,
        view: null,
        source: null,
        builds: null,
      }),
    impact: async (of, change) =>
      known(of, {
        of,
        change,
        definitions: [{ ref: 'featureView:origin_landings', version: 2, reason: `is made from ${of}` }],
        recomputes: [{ view: 'origin_landings', rows: 3, seconds: 0.5 }],
        trainingSets: [],
        models: [],
        live: [],
        blockers: ['featureView:origin_landings is made from it'],
      }),
    columnLineage: async of => known(of, { of, nodes: [], edges: [], unknown: [] }),
    sampleRows: async ({ kind, name }) =>
      known(`${kind}:${name}`, {
        of: `${kind}:${name}`,
        asOf: null,
        contentVersion: null,
        columns: [{ name: 'airport', type: 'string', masked: false }],
        hidden: [],
        rows: [['JFK']],
        basis: 'the first rows',
      }),
    explainTrainingRow: async ({ id }, row) => ({
      set: id,
      row,
      time: '2001-05-08T17:00:00.000000Z',
      asOf: '2001-05-08T17:00:00.000000Z',
      spine: {},
      lookups: [],
      changedSources: [],
      sentences: [],
    }),
  }
}
