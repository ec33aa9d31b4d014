import type { ViewContent as WireContent, SavedView as WireView } from '../../api/tracking-views.ts'
import type { SavedView, SavedViewService } from '../../experiments/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { withoutUndefined } from '../map/optional.ts'
import type { Handlers } from '../route-handlers.ts'

type ViewRoutes = 'savedViews' | 'savedView' | 'createView' | 'changeView' | 'removeView'

export function viewHandlers({ views }: { readonly views: SavedViewService }): Pick<Handlers, ViewRoutes> {
  return {
    savedViews: async ({ query }) => ({ items: (await views.list(query.experiment)).map(viewToWire) }),
    savedView: async ({ params, query }) => {
      const view = await views.get(params.id, query.version)
      const [versions, vanished] = await Promise.all([views.versions(view.id), views.vanished(view)])
      return {
        ...viewToWire(view),
        versions: versions.map(({ version, at, by }) => ({ version, at: formatTimestamp(at), by })),
        vanished: [...vanished],
      }
    },
    createView: async ({ body, principal }) =>
      viewToWire(await views.create({ ...body, content: withoutUndefined(body.content) }, principal)),
    changeView: async ({ params, body, principal }) => {
      const { content, ...rest } = withoutUndefined(body)
      return viewToWire(
        await views.change({ ...rest, id: params.id, content: withoutUndefined(content) }, principal),
      )
    },
    removeView: async ({ params, principal }) => {
      await views.remove(params.id, principal)
      return {}
    },
  }
}

function viewToWire({ at, content, ...view }: SavedView): WireView {
  return { ...view, at: formatTimestamp(at), content: structuredClone(content) as WireContent }
}
