import type { Statistics } from './statistics.ts'
import { createStatistics } from './statistics.ts'

/** What a front may be told about its dialects. */
export interface DialectOptions {
  /** Answers where a dialect has no place for a name. Default: the only deployment. */
  readonly defaultDeployment?: string
  /** `sagemaker`: CSV comes without a header, JSON lines and CSV replies, GET /execution-parameters. */
  readonly profile?: 'sagemaker'
  /** Routes that Vertex AI asks for, beside all others. */
  readonly vertex?: { readonly health: string; readonly predict: string }
  /** What `:explain` answers: one explanation a prediction id, in order. Left out: 501. */
  readonly explain?: (predictionIds: readonly string[]) => Promise<readonly unknown[]>
}

/** What the dialects of one front share. */
export interface DialectState extends DialectOptions {
  readonly statistics: Statistics
  /** Of callers: parameters nobody knows, columns nobody asked for. Both are left out, and counted. */
  readonly ignored: { parameters: number; columns: number }
}

export function createDialectState(options: DialectOptions = {}): DialectState {
  return { ...options, statistics: createStatistics(), ignored: { parameters: 0, columns: 0 } }
}

/** Prometheus text of what was left out. */
export function ignoredText({ ignored }: Pick<DialectState, 'ignored'>): string {
  const name = 'fettle_ignored_total'
  const lines = [
    `# HELP ${name} Parameters and columns of requests that nobody knows`,
    `# TYPE ${name} counter`,
    `${name}{what="parameter"} ${ignored.parameters}`,
    `${name}{what="column"} ${ignored.columns}`,
  ]
  return `${lines.join('\n')}\n`
}
