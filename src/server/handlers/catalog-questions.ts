import { z } from 'zod'
import { definitionKind } from '../../api/catalog.ts'
import { json } from '../../api/common.ts'
import type { DefinitionKind } from '../../definitions/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import {
  columnLineageToWire,
  explanationToWire,
  factsToWire,
  impactToWire,
  sampleToWire,
  searchHitToWire,
} from '../map/catalog-facts.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type Questions =
  | 'search'
  | 'definitionFacts'
  | 'impact'
  | 'columnLineage'
  | 'sampleRows'
  | 'explainTrainingRow'

export function catalogQuestions({
  catalog,
  trainingSets,
}: Pick<Services, 'catalog' | 'trainingSets'>): Pick<Handlers, Questions> {
  return {
    search: async ({ query }) => pageToWire(await catalog.search(withoutUndefined(query)), searchHitToWire),
    definitionFacts: async ({ params }) =>
      factsToWire(await catalog.definitionFacts(kindOf(params.kind), params.name)),
    impact: async ({ query: { of, change = 'change' } }) => impactToWire(await catalog.impact(of, change)),
    columnLineage: async ({ query: { of, direction = 'both' } }) =>
      columnLineageToWire(await catalog.columnLineage(of, direction)),
    sampleRows: async ({ params, query: { keys, ...query } }) =>
      sampleToWire(
        await catalog.sampleRows({
          kind: kindOf(params.kind),
          name: params.name,
          ...withoutUndefined(query),
          ...(keys === undefined ? {} : { keys: keysOf(keys) }),
        }),
      ),
    explainTrainingRow: async ({ params }) => {
      const row = rowOf(params.row)
      return explanationToWire(await catalog.explainTrainingRow(await trainingSets.get(params.id), row))
    },
  }
}

/** Kind of a definition in a path. */
export function kindOf(text: string): DefinitionKind {
  const kind = definitionKind.safeParse(text)
  if (kind.success) return kind.data
  throw new FettleError(
    'BAD_REQUEST',
    `path.kind: one of ${definitionKind.options.join(', ')} is wanted, not ${text}`,
  )
}

function rowOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new FettleError('BAD_REQUEST', `path.row: "${text}" is no row`, {
    hint: 'Rows are numbered from 0, as in the column __row of the set.',
  })
}

const keysShape = z.array(z.record(z.string(), json)).min(1).max(20)

function keysOf(text: string): readonly Readonly<Record<string, Json>>[] {
  const parsed = keysShape.safeParse(parsedJson(text))
  if (parsed.success) return parsed.data as readonly Readonly<Record<string, Json>>[]
  throw new FettleError('BAD_REQUEST', 'query.keys: a JSON array of 1 to 20 keys is wanted', {
    hint: 'Write each key as an object by component: [{"airport":"JFK"}]',
  })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
