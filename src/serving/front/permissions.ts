/** What a caller of the data port may be let do. `features`: read and write features in any dialect. */
export const permissions = [
  'predict',
  'predict-vector',
  'predict-pinned',
  'read-model',
  'feedback',
  'features',
  'kill',
] as const
export type Permission = (typeof permissions)[number]

export interface Needed {
  /** Null: anybody may. */
  readonly permission: Permission | null
  /** Whom it concerns, where the path says so. */
  readonly deployment?: string
}

const freePaths = new Set(['/ping', '/health', '/version', '/v2/health/live', '/v2/health/ready'])
const anybody: Needed = { permission: null }

/** What a request needs, by its path alone: an explicit version is `predict-pinned`, reading anything `read-model`. */
export function permissionOf(method: string, path: string, free: readonly string[] = []): Needed {
  if (freePaths.has(path) || free.includes(path)) return anybody
  const segments = path.split('/').slice(1).map(decoded)
  const [first = '', second, third] = segments
  if (first === 'feast' || first === 'feast-compat' || first === 'features') return { permission: 'features' }
  if (first === 'v2' && second === 'models' && segments.length > 3 && segments.at(-1) === 'ready')
    return anybody
  if (method !== 'POST') return { permission: 'read-model' }
  if (first === 'feedback') return { permission: 'feedback', ...named(second) }
  if (first === 'v2' && second === 'repository') return { permission: 'read-model' }
  const models = (first === 'v1' || first === 'v2') && second === 'models'
  const deployment = models
    ? third?.split(':')[0]
    : first === 'predict' || first === 'deployments'
      ? second
      : undefined
  const pinned = models && segments[3] === 'versions'
  return { permission: pinned ? 'predict-pinned' : 'predict', ...named(deployment) }
}

function named(deployment: string | undefined): { readonly deployment?: string } {
  return deployment === undefined ? {} : { deployment }
}

/** As the router reads it; what cannot be decoded is no name there either. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
