import type { SourceRun } from './model.ts'

const most = 50

export interface SampleSearch {
  /** Experiment id there. */
  readonly experiment: string
  readonly filter: string
}

/** At most fifty searches, each of which finds a run of the sample; in turn by status, name, params and tags. */
export function searchesOf(sample: readonly SourceRun[]): readonly SampleSearch[] {
  const found = new Map<string, SampleSearch>()
  const ofEach = sample
    .filter(run => !run.deleted)
    .map(run => filtersOf(run).map(filter => ({ experiment: run.experiment, filter })))
  for (let at = 0; ofEach.some(filters => at < filters.length); at++)
    for (const filters of ofEach) {
      const search = filters[at]
      if (search !== undefined) found.set(`${search.experiment} ${search.filter}`, search)
      if (found.size === most) return [...found.values()]
    }
  return [...found.values()]
}

function filtersOf(run: SourceRun): readonly string[] {
  const facts = (kind: string, facts: Readonly<Record<string, string>>) =>
    Object.entries(facts)
      .filter(([key, value]) => quotable(key) && quotable(value) && !key.startsWith('mlflow.'))
      .map(([key, value]) => `${kind}.\`${key}\` = '${value}'`)
  const [params, tags] = [facts('params', run.params), facts('tags', run.tags)]
  const both = params[0] !== undefined && tags[0] !== undefined ? [`${params[0]} AND ${tags[0]}`] : []
  return [
    `attributes.status = '${run.status.toUpperCase()}'`,
    ...(quotable(run.name) ? [`attributes.run_name = '${run.name}'`] : []),
    ...both,
    ...params,
    ...tags,
  ]
}

/** Texts that both grammars read alike: none has escapes. */
const quotable = (text: string) => /^[\w\- ./:]{1,200}$/.test(text)
