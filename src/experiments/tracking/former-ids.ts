import type { TrackedRuns } from './service.ts'

/** Ids of runs used to begin with `run_`: what was recorded elsewhere under such an id still finds its run. */
function presentId(id: string): string {
  return /^run_[0-9a-f]{32}$/.test(id) ? id.slice(4) : id
}

/** Reads take former ids, too. */
export function withFormerIds(runs: TrackedRuns): TrackedRuns {
  return {
    ...runs,
    get: id => runs.get(presentId(id)),
    many: ids => runs.many(ids.map(presentId)),
    head: id => runs.head(presentId(id)),
    outline: id => runs.outline(presentId(id)),
    document: id => runs.document(presentId(id)),
    history: query => runs.history({ ...query, run: presentId(query.run) }),
    metricNames: query => runs.metricNames({ ...query, run: presentId(query.run) }),
    summaries: (run, keys) => runs.summaries(presentId(run), keys),
    curve: query => runs.curve({ ...query, run: presentId(query.run) }),
  }
}
