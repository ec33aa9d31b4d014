/** What an unmodified client may call, written down apart from the server: `{}` stands for one segment, `**` for a path. */
const routes = `
POST experiments/create · GET experiments/get · GET experiments/get-by-name · POST experiments/search
GET experiments/search · POST experiments/delete · POST experiments/restore · POST experiments/update
POST experiments/set-experiment-tag · POST experiments/delete-experiment-tag
POST runs/create · GET runs/get · POST runs/update · POST runs/delete · POST runs/restore · POST runs/search
POST runs/log-metric · POST runs/log-parameter · POST runs/log-batch · POST runs/set-tag · POST runs/delete-tag
POST runs/log-inputs · POST runs/outputs · POST runs/log-model · GET metrics/get-history · GET artifacts/list
POST logged-models · GET logged-models/{} · PATCH logged-models/{} · DELETE logged-models/{}
POST logged-models/search · PATCH logged-models/{}/tags · DELETE logged-models/{}/tags/{}
POST logged-models/{}/params · GET logged-models/{}/artifacts/directories
POST registered-models/create · POST registered-models/rename · PATCH registered-models/update
DELETE registered-models/delete · GET registered-models/get · GET registered-models/search
POST registered-models/get-latest-versions · GET registered-models/get-latest-versions
POST registered-models/set-tag · DELETE registered-models/delete-tag
POST registered-models/alias · GET registered-models/alias · DELETE registered-models/alias
POST model-versions/create · GET model-versions/get · GET model-versions/search · GET model-versions/get-download-uri
PATCH model-versions/update · DELETE model-versions/delete · POST model-versions/set-tag
DELETE model-versions/delete-tag · POST model-versions/transition-stage
GET metrics/get-history-bulk-interval · POST experiments/search-datasets
`
const besides = `
GET /health · GET /version · GET /api/3.0/mlflow/server-info · POST /api/3.0/mlflow/server-info
GET /api/2.0/mlflow-artifacts/artifacts · GET /api/2.0/mlflow-artifacts/artifacts/**
PUT /api/2.0/mlflow-artifacts/artifacts/** · DELETE /api/2.0/mlflow-artifacts/artifacts/**
POST /api/2.0/mlflow-artifacts/mpu/** · GET /api/2.0/mlflow-artifacts/presigned/**
`
/** Answered 404, which clients take without a word. */
const toleratedMissing = [
  /^\/api\/[23]\.0\/mlflow\/traces(\/|$)/,
  /^\/v1\/traces$/,
  /^\/api\/3\.0\/mlflow\/(server-features|trace-info|assessments|scorers)/,
]

const known = [
  ...listed(routes).map(([method, path]) => [method, `/api/2.0/mlflow/${path}`] as const),
  ...listed(besides),
].map(([method, path]) => ({ method, path: pattern(path) }))

/** Whether the dialect promises an answer to the call, or its clients live with a 404. */
export function isDialectCall({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return (
    known.some(route => route.method === method && route.path.test(path)) ||
    toleratedMissing.some(tolerated => tolerated.test(path))
  )
}

function listed(text: string): readonly (readonly [string, string])[] {
  return text
    .split(/[·\n]/)
    .map(route => route.trim().split(' '))
    .flatMap(([method, path]) => (method && path ? [[method, path] as const] : []))
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('**', '.+').replaceAll('{}', '[^/]+')}$`)
}
