import { request } from '../../api.ts'

/**
 * Where the pages that MLflow's clients print addresses of are here: `#/experiments/1/runs/<id>`, `#/experiments/1`,
 * `#/models/churn/versions/2`. Undefined for anything else.
 */
export function pageOfMlflow(
  hash: string,
): { readonly path: string } | { readonly experiment: string } | undefined {
  const [kind, name = '', part, id] = hash.replace(/^#\//, '').split(/[/?]/).map(decoded)
  if (!hash.startsWith('#/') || name === '') return undefined
  if (kind === 'experiments')
    return part === 'runs' && id
      ? { path: `/experiments/runs/${encodeURIComponent(id)}` }
      : { experiment: name }
  if (kind !== 'models') return undefined
  const model = `/models/${encodeURIComponent(name)}`
  return { path: part === 'versions' && id ? `${model}?version=${encodeURIComponent(id)}` : model }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Goes there, when the page was opened with such an address. */
export async function openMlflowAddress(): Promise<void> {
  const page = location.pathname === '/' ? pageOfMlflow(location.hash) : undefined
  if (page === undefined) return
  const path = 'path' in page ? page.path : await pathOfExperiment(page.experiment)
  history.replaceState(null, '', path)
}

/** Pages go by name, MLflow's by number. */
async function pathOfExperiment(id: string): Promise<string> {
  const { items } = await request('trackedExperiments', { query: { limit: 500, lifecycle: 'all' } })
  const found = items.find(experiment => experiment.id === id)
  return found === undefined ? '/experiments' : `/experiments/${encodeURIComponent(found.name)}`
}
