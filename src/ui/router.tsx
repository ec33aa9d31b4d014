import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotFoundPage } from './pages/not-found.tsx'
import { PageFault } from './pages/page-fault.tsx'
import { Frame } from './shell/frame.tsx'

/** Search parameters are texts; what is absent is the default. */
type Search<Key extends string> = { readonly [K in Key]?: string | undefined }

/** Keeps the named parameters and drops anything else from the URL. */
function search<const Key extends string>(...keys: readonly Key[]) {
  return (input: Record<string, unknown>): Search<Key> =>
    Object.fromEntries(
      keys.flatMap(key => (input[key] === undefined || input[key] === '' ? [] : [[key, String(input[key])]])),
    ) as Search<Key>
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFoundPage })
const parent = { getParentRoute: () => root } as const

const home = createRoute({
  ...parent,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/home/home.tsx'), 'HomePage'),
})
const inbox = createRoute({
  ...parent,
  path: '/inbox',
  validateSearch: search('tab', 'state', 'subject', 'cursor', 'open', 'batch', 'of'),
  component: lazyRouteComponent(() => import('./pages/inbox/inbox.tsx'), 'InboxPage'),
})
const catalog = createRoute({
  ...parent,
  path: '/catalog',
  validateSearch: search('kind', 'q', 'sort', 'owner', 'tag', 'is'),
  component: lazyRouteComponent(() => import('./pages/catalog/catalog.tsx'), 'CatalogPage'),
})
const definition = createRoute({
  ...parent,
  path: '/catalog/$kind/$name',
  validateSearch: search('tab', 'view', 'column', 'of', 'change', 'report', 'failed'),
  component: lazyRouteComponent(() => import('./pages/catalog/definition.tsx'), 'DefinitionPage'),
})
const lineage = createRoute({
  ...parent,
  path: '/lineage',
  validateSearch: search('view', 'focus'),
  component: lazyRouteComponent(() => import('./pages/lineage/lineage.tsx'), 'LineagePage'),
})
const trainingSet = createRoute({
  ...parent,
  path: '/training-sets/$id',
  validateSearch: search('tab', 'split', 'from', 'with'),
  component: lazyRouteComponent(() => import('./pages/training-sets/training-set.tsx'), 'TrainingSetPage'),
})
const trainingRow = createRoute({
  ...parent,
  path: '/training-sets/$id/rows/$row',
  component: lazyRouteComponent(() => import('./pages/training-sets/training-row.tsx'), 'TrainingRowPage'),
})
const runs = createRoute({
  ...parent,
  path: '/runs',
  validateSearch: search('pipeline', 'state', 'cursor'),
  component: lazyRouteComponent(() => import('./pages/runs/runs.tsx'), 'RunsPage'),
})
const run = createRoute({
  ...parent,
  path: '/runs/$id',
  validateSearch: search('step', 'attempt'),
  component: lazyRouteComponent(() => import('./pages/runs/run.tsx'), 'RunPage'),
})
const experiments = createRoute({
  ...parent,
  path: '/experiments',
  validateSearch: search('filter'),
  component: lazyRouteComponent(() => import('./pages/experiments/experiments.tsx'), 'ExperimentsPage'),
})
const experiment = createRoute({
  ...parent,
  path: '/experiments/$name',
  validateSearch: search(
    'filter',
    'order',
    'columns',
    'show',
    'life',
    'open',
    'pick',
    'charts',
    'view',
    'brush',
  ),
  component: lazyRouteComponent(() => import('./pages/experiments/experiment.tsx'), 'ExperimentPage'),
})
const experimentRun = createRoute({
  ...parent,
  path: '/experiments/runs/$id',
  validateSearch: search('tab', 'view', 'q', 'axis', 'log', 'smooth', 'range', 'charts', 'file'),
  component: lazyRouteComponent(() => import('./pages/experiments/experiment-run.tsx'), 'ExperimentRunPage'),
})
const compareRuns = createRoute({
  ...parent,
  path: '/experiments/runs/compare',
  validateSearch: search(
    'runs',
    'tab',
    'q',
    'rows',
    'of',
    'view',
    'axis',
    'log',
    'smooth',
    'range',
    'charts',
    'columns',
    'brush',
  ),
  component: lazyRouteComponent(() => import('./pages/experiments/compare.tsx'), 'ComparePage'),
})
const models = createRoute({
  ...parent,
  path: '/models',
  validateSearch: search('kind', 'filter'),
  component: lazyRouteComponent(() => import('./pages/models/models.tsx'), 'ModelsPage'),
})
const model = createRoute({
  ...parent,
  path: '/models/$name',
  validateSearch: search('version', 'slice', 'on', 'by', 'metric'),
  component: lazyRouteComponent(() => import('./pages/models/model.tsx'), 'ModelPage'),
})
const deployments = createRoute({
  ...parent,
  path: '/deployments',
  component: lazyRouteComponent(() => import('./pages/deployments/deployments.tsx'), 'DeploymentsPage'),
})
const deployment = createRoute({
  ...parent,
  path: '/deployments/$name',
  component: lazyRouteComponent(() => import('./pages/deployments/deployment.tsx'), 'DeploymentPage'),
})
const rollout = createRoute({
  ...parent,
  path: '/deployments/$name/rollouts/$id',
  validateSearch: search('tab', 'slice', 'way', 'who', 'look', 'of'),
  component: lazyRouteComponent(() => import('./pages/deployments/rollout/rollout.tsx'), 'RolloutPage'),
})
const release = createRoute({
  ...parent,
  path: '/deployments/$name/releases/$number',
  validateSearch: search(
    'tab',
    'contract',
    'slice',
    'verdict',
    'open',
    'metric',
    'by',
    'who',
    'q',
    'change',
    'sort',
  ),
  component: lazyRouteComponent(() => import('./pages/releases/release.tsx'), 'ReleasePage'),
})
const skew = createRoute({
  ...parent,
  path: '/deployments/$name/skew',
  validateSearch: search('feature'),
  component: lazyRouteComponent(() => import('./pages/skew/skew.tsx'), 'SkewPage'),
})
const feedback = createRoute({
  ...parent,
  path: '/deployments/$name/feedback',
  validateSearch: search('state', 'by'),
  component: lazyRouteComponent(() => import('./pages/feedback/feedback.tsx'), 'FeedbackPage'),
})
const demo = createRoute({
  ...parent,
  path: '/demo/$deployment',
  validateSearch: search('row'),
  component: lazyRouteComponent(() => import('./pages/demo/demo.tsx'), 'DemoPage'),
})
const sharedDemo = createRoute({
  ...parent,
  path: '/shared/demo/$token',
  validateSearch: search('row'),
  component: lazyRouteComponent(() => import('./pages/demo/demo.tsx'), 'SharedDemoPage'),
})
const batchJobs = createRoute({
  ...parent,
  path: '/batch-jobs',
  validateSearch: search('deployment'),
  component: lazyRouteComponent(() => import('./pages/batch/batch-jobs.tsx'), 'BatchJobsPage'),
})
const batchJob = createRoute({
  ...parent,
  path: '/batch-jobs/$id',
  component: lazyRouteComponent(() => import('./pages/batch/batch-job.tsx'), 'BatchJobPage'),
})
const decisions = createRoute({
  ...parent,
  path: '/decisions',
  validateSearch: search(
    'deployment',
    'release',
    'arm',
    'kind',
    'servedBy',
    'action',
    'fields',
    'since',
    'until',
    'minScore',
    'maxScore',
  ),
  component: lazyRouteComponent(() => import('./pages/decisions/decisions.tsx'), 'DecisionsPage'),
})
const decision = createRoute({
  ...parent,
  path: '/decisions/$id',
  validateSearch: search('sort'),
  component: lazyRouteComponent(() => import('./pages/decisions/decision.tsx'), 'DecisionPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    inbox,
    catalog,
    definition,
    lineage,
    trainingSet,
    trainingRow,
    runs,
    run,
    experiments,
    experiment,
    experimentRun,
    compareRuns,
    models,
    model,
    deployments,
    deployment,
    rollout,
    release,
    skew,
    feedback,
    demo,
    sharedDemo,
    batchJobs,
    batchJob,
    decisions,
    decision,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageFault,
  // Search values are plain texts: `?version=3`, not `?version="3"`.
  parseSearch: text => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: values => {
    const params = new URLSearchParams()
    for (const [key, value] of Object.entries(values)) if (value !== undefined) params.set(key, String(value))
    return params.size > 0 ? `?${params}` : ''
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
