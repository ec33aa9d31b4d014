import { fileRoutes } from './tracking-files.ts'
import { importRoutes } from './tracking-import.ts'
import { modelRoutes } from './tracking-models.ts'
import { purgeRoutes } from './tracking-purge.ts'
import { runRoutes } from './tracking-runs.ts'
import { trustRoutes } from './tracking-trust.ts'
import { viewRoutes } from './tracking-views.ts'

/** Routes of experiments, runs, saved views and registered models as pages see them. */
export const trackingRoutes = {
  ...runRoutes,
  ...fileRoutes,
  ...viewRoutes,
  ...modelRoutes,
  ...purgeRoutes,
  ...trustRoutes,
  ...importRoutes,
} as const
