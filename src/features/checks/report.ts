import type { CheckData } from '../../definitions/index.ts'
import { holdsMostly } from './judge.ts'
import type { CheckOutcome } from './model.ts'
import { quarantineBudget } from './quarantine.ts'

/** One check of a run as it is stored and shown. */
export interface CheckResult extends CheckOutcome {
  readonly name: string
  readonly check: string
  readonly columns: readonly string[]
  readonly severity: CheckData['severity']
  readonly owner?: string
  readonly why?: string
  /** The outcome in words. */
  readonly found: string
  /** Missing and all rows, for the check that compares the missing share with the run before. */
  readonly reference?: { readonly missing: number; readonly rows: number }
  /** SQL that returns the bad rows; `{rows}` in it is the table. */
  readonly sql?: string
  /** At most 20 bad rows as text; personal data masked, none of tables with sensitive columns shown. */
  readonly samples?: {
    readonly columns: readonly string[]
    readonly rows: readonly (readonly (string | null)[])[]
  }
}

/** Rows kept apart: the rest goes on. */
export interface QuarantineFact {
  readonly rows: number
  /** Rows of the batch: kept apart + gone on. */
  readonly of: number
  /** Rows by the first check they failed; every check that keeps rows apart is named. */
  readonly reasons: Readonly<Record<string, number>>
  /** Folder of the Parquet file, relative to the platform's folder; null when none was written. */
  readonly path: string | null
}

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** What the checks of one table came to. */
export interface CheckReport {
  /** `source:flights` */
  readonly table: string
  readonly at: string
  readonly rows: number
  readonly verdict: Verdict
  readonly results: readonly CheckResult[]
  readonly quarantine: QuarantineFact | null
}

/**
 * Verdict over the checks of severity `block`: any fail → fail; else any error or not evaluated → inconclusive; else
 * pass. A check whose bad rows are kept apart judges the batch by its `mostly` only where that is declared; what is kept
 * apart is judged by the budget.
 */
export function suiteVerdict(
  results: readonly { readonly check: CheckData; readonly outcome: CheckOutcome }[],
  quarantine: QuarantineFact | null,
): Verdict {
  const blocking = results.filter(({ check }) => check.severity === 'block')
  const keptApart = (check: CheckData): boolean =>
    check.mostly === undefined && Object.hasOwn(quarantine?.reasons ?? {}, check.name)
  const fails = blocking.some(
    ({ check, outcome }) =>
      outcome.state === 'fail' && !(keptApart(check) && outcome.reason !== 'no-evaluable-rows'),
  )
  const over = quarantine !== null && !holdsMostly(quarantine.rows, quarantine.of, 1 - quarantineBudget)
  if (fails || over) return 'fail'
  const open = blocking.some(({ outcome: { state } }) => state === 'error' || state === 'not_evaluated')
  return open ? 'inconclusive' : 'pass'
}

/** What stops a step: the failing checks by name with their counts, or what could not be judged. */
export function blockingSentence({ table, results, quarantine, verdict }: CheckReport): string {
  const states = verdict === 'fail' ? ['fail'] : ['error', 'not_evaluated']
  const named = results
    .filter(each => each.severity === 'block' && states.includes(each.state))
    .map(each => `${each.name} (${each.found})`)
  const apart =
    quarantine && quarantine.rows > 0
      ? [`${quarantine.rows} of ${quarantine.of} rows kept apart, at most ${quarantineBudget * 100} % may be`]
      : []
  return `${table}: ${[...named, ...(verdict === 'fail' ? apart : [])].join('; ')}`
}

/** An outcome in words: counts with both shares, a number with its bounds, or why there is none. */
export function outcomeWords(outcome: CheckOutcome): string {
  if (outcome.code !== undefined) return outcome.code
  if (outcome.reason !== undefined) return outcome.reason.replaceAll('-', ' ')
  if (outcome.evaluated !== undefined)
    return `${outcome.unexpected} of ${outcome.evaluated} bad (${percent(outcome.shareOfEvaluated)}; ${percent(outcome.shareOfRows)} of all)`
  if (outcome.observed !== undefined) return `found ${JSON.stringify(outcome.observed)}`
  if (outcome.unexpected !== undefined) return `${outcome.unexpected} rows returned`
  const [missing, extra] = [outcome.missing ?? [], outcome.extra ?? []]
  return [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`also has ${extra.join(', ')}`] : []),
  ].join('; ')
}

function percent(share: number | undefined): string {
  if (share === undefined) return '–'
  const shown = share * 100
  return `${shown === 0 || shown >= 0.01 ? Number(shown.toFixed(2)) : shown.toExponential(1)} %`
}
