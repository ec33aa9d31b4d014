import { z } from 'zod'
import { definitionKind } from '../../api/catalog.ts'
import type { Project } from '../../definitions/index.ts'
import { badRequest } from '../errors.ts'
import {
  definitionDetailToWire,
  definitionToWire,
  lineageToWire,
  planChangeToWire,
  planToWire,
} from '../map/catalog.ts'
import { fromWireJson, type WireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import { instant } from '../map/tracking.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'
import { kindOf } from './catalog-questions.ts'

type CatalogRoutes =
  | 'plan'
  | 'apply'
  | 'definitions'
  | 'definition'
  | 'lineage'
  | 'recordMaterialization'
  | 'recordTrainingSetBuild'

export function catalogHandlers({
  projects,
  catalog,
}: Pick<Services, 'projects' | 'catalog'>): Pick<Handlers, CatalogRoutes> {
  return {
    plan: async ({ body }) => planToWire(await projects.plan(projectFromWire(body.project), body.directory)),
    apply: async ({ body, principal }) => {
      const { directory, base, allowDelete = false } = body
      const project = projectFromWire(body.project)
      const result = await projects.apply({ project, directory, base, allowDelete, principal })
      return { ...result, changes: result.changes.map(planChangeToWire) }
    },
    definitions: async ({ query }) =>
      pageToWire(await catalog.listDefinitions(withoutUndefined(query)), definitionToWire),
    definition: async ({ params }) =>
      definitionDetailToWire(await catalog.getDefinition(kindOf(params.kind), params.name)),
    lineage: async ({ query }) => lineageToWire(await catalog.lineage(query.focus)),
    recordMaterialization: async ({ body }) => {
      await projects.recordMaterialization({
        ...body,
        at: instant(body.at, 'body.at'),
        report: fromWireJson(body.report),
      })
      return {}
    },
    recordTrainingSetBuild: async ({ body }) => {
      await projects.recordTrainingSetBuild({
        ...body,
        at: instant(body.at, 'body.at'),
        manifest: fromWireJson(body.manifest),
      })
      return {}
    },
  }
}

/** The outline of a project; what each definition must hold is checked by the projects room, all problems at once. */
const projectShape = z.looseObject({
  name: z.string(),
  definitions: z.array(z.looseObject({ kind: definitionKind, name: z.string() })),
  locations: z.record(z.string(), z.string()),
})

function projectFromWire(value: WireJson): Project {
  const result = projectShape.safeParse(value)
  if (!result.success) {
    throw badRequest(
      'body',
      result.error.issues.map(issue => ({ ...issue, path: ['project', ...issue.path] })),
    )
  }
  return result.data as unknown as Project
}
