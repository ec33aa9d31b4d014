import type { Fields } from './fields.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One call of the dialect. Fields named in the path (`:model_id`) are read from there, the others from query or body. */
export interface MlflowRoute {
  readonly methods: readonly Method[]
  /** Below `/api/2.0/mlflow` and `/ajax-api/2.0/mlflow`. */
  readonly path: string
  readonly request: Fields
  /** It changes something: what `write` permits, and what is refused first when the server has too much to do. */
  readonly writes: boolean
  /** Version of the API it belongs to; 2.0 when left out. */
  readonly version?: '3.0'
  /** Only for pages: not below `/api`. */
  readonly browserOnly?: true
}

export function reads<const M extends readonly Method[], const F extends Fields>(
  methods: M,
  path: string,
  request: F,
): { readonly methods: M; readonly path: string; readonly request: F; readonly writes: false } {
  return { methods, path, request, writes: false }
}

export function writes<const F extends Fields>(
  method: Method,
  path: string,
  request: F,
): {
  readonly methods: readonly [Method]
  readonly path: string
  readonly request: F
  readonly writes: true
} {
  return { methods: [method], path, request, writes: true }
}
