import { z } from 'zod'
import { page } from './common.ts'
import * as deployments from './deployments.ts'
import type { Route } from './routes.ts'

const cursor = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).optional() }

export const deploymentRoutes = {
  deployments: {
    method: 'GET',
    path: '/deployments',
    permission: 'read',
    summary: 'Deployments',
    response: page(deployments.deploymentSummary),
  },
  deployment: {
    method: 'GET',
    path: '/deployments/:name',
    permission: 'read',
    summary: 'One deployment',
    response: deployments.deployment,
  },
  deploy: {
    method: 'POST',
    path: '/deployments/:name/deploy',
    permission: 'deploy',
    summary: 'Make a release of a model version and serve it',
    body: deployments.deployRequest,
    response: deployments.deployment,
  },
  predict: {
    method: 'POST',
    path: '/deployments/:name/predict',
    permission: 'write',
    summary: 'Predict through the data plane (the try-it form)',
    body: deployments.predictRequest,
    response: deployments.predictResponse,
  },
  decisions: {
    method: 'GET',
    path: '/deployments/:name/decisions',
    permission: 'read',
    summary: 'Latest decisions',
    query: z.object(cursor),
    response: page(deployments.decisionSummary),
  },
  decision: {
    method: 'GET',
    path: '/decisions/:id',
    permission: 'read',
    summary: 'One decision record with values and reasons',
    response: deployments.decision,
  },
} as const satisfies Record<string, Route>
