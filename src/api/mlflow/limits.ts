/** What one request may carry on this wire; what may be logged is a matter of the domain. */
export const limits = {
  /** 32 MiB; artifacts are streamed and not bound by it. */
  bodyBytes: 32 * 1024 * 1024,
  /** Of all requests that are being read or answered together. */
  heldBytes: 256 * 1024 * 1024,
  datasetExperiments: 20,
  bulkRuns: 100,
} as const

/** `max_results` of a listing: what it is when left out, and the greatest that may be asked. */
export interface ResultLimit {
  readonly default: number
  readonly greatest: number
}

export const resultLimits = {
  runs: { default: 1000, greatest: 50_000 },
  experiments: { default: 1000, greatest: 50_000 },
  history: { default: 25_000, greatest: 25_000 },
  models: { default: 100, greatest: 1000 },
  webhooks: { default: 100, greatest: 1000 },
  versions: { default: 10_000, greatest: 200_000 },
  loggedModels: { default: 50, greatest: 50_000 },
  bulk: { default: 25_000, greatest: 25_000 },
  bulkInterval: { default: 320, greatest: 2500 },
} as const satisfies Readonly<Record<string, ResultLimit>>
