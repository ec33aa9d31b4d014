import type { Value } from '../../kernel/values/model.ts'
import { type LargestFlips, largestFlips, type MemberList } from './largest-flips.ts'
import type { TrafficRow } from './model.ts'
import { type RowTable, rowTable, type TableTerms } from './row-table.ts'

/** Which answers are scored again by whom. */
export interface PairingTerms extends TableTerms {
  /** Digest of the release that answers, and of the one that scores beside it. */
  readonly answers: string
  readonly scores: string
  /** 1: the challenger answers, and the champion scores in reverse shadow. */
  readonly arm: 0 | 1
  /** Column of the fields that names what repeats. */
  readonly entity: string | undefined
  /** Answers before it are of another stage; µs. */
  readonly since: number
  /** Rows whose other half is waited for, of each kind, at most. */
  readonly waiting: number
  /** Columns that name a row to a reader. */
  readonly names: readonly string[]
  /** Lists of key users: their flips are shown first. */
  readonly lists: readonly MemberList[]
}

/** Sums over answers, of which some were scored again. */
export interface AnswerSums {
  readonly n: number
  readonly acted: number
  /** Of the logarithm of the latency in µs. */
  readonly sum: number
  readonly squares: number
}

export interface Pairing {
  readonly table: RowTable
  readonly flips: LargestFlips
  add(row: TrafficRow): void
  /** All answers that were to be scored again, and those that were; answers after `settled` whose score is still awaited are left out. */
  sums(settled: number): { readonly answers: AnswerSums; readonly covered: AnswerSums }
}

const noVector = new Float64Array(0)

interface Tally {
  n: number
  acted: number
  sum: number
  squares: number
}

/**
 * Pairs answers with what another release said of the same rows, in whatever order the two are read. A half whose other half
 * does not come within `waiting` further ones is let go: an answer then counts as not covered.
 */
export function pairing(terms: PairingTerms): Pairing {
  const table = rowTable(terms)
  const flips = largestFlips(terms)
  const answers = new Map<string, TrafficRow>()
  const scores = new Map<string, TrafficRow>()
  const wanted = new Set([...terms.columns, ...terms.names, ...(terms.entity ? [terms.entity] : [])])
  const lean = (row: TrafficRow): TrafficRow => {
    const fields: Record<string, Value> = {}
    for (const name of wanted) if (row.fields[name] !== undefined) fields[name] = row.fields[name]
    return { ...row, vector: noVector, fields }
  }
  const [all, covered] = [tally(), tally()]
  const join = (answer: TrafficRow, score: TrafficRow): void => {
    count(covered, answer)
    const [champion, challenger] = terms.arm === 0 ? [answer, score] : [score, answer]
    flips.add({ answer, shadowId: score.predictionId, champion, challenger })
    table.add({
      id: answer.predictionId,
      at: Number(answer.decidedAt),
      entity: entityOf(answer, terms.entity),
      arm: terms.arm,
      champion,
      challenger,
      fields: answer.fields,
    })
  }
  return {
    table,
    flips,
    add(row) {
      if (row.shadowOf !== null) {
        // What a fallback said is not what the model would have said.
        if (row.digest !== terms.scores || row.degraded) return
        const answer = answers.get(row.shadowOf)
        if (answer === undefined) hold(scores, { key: row.shadowOf, row: lean(row), most: terms.waiting })
        else {
          answers.delete(row.shadowOf)
          join(answer, row)
        }
      } else if (isEligible(row, terms)) {
        count(all, row)
        const score = scores.get(row.predictionId)
        if (score === undefined) hold(answers, { key: row.predictionId, row: lean(row), most: terms.waiting })
        else {
          scores.delete(row.predictionId)
          join(row, score)
        }
      }
    },
    sums(settled) {
      const open = tally()
      for (const answer of answers.values()) if (Number(answer.decidedAt) > settled) count(open, answer)
      const closed = {
        n: all.n - open.n,
        acted: all.acted - open.acted,
        sum: all.sum - open.sum,
        squares: all.squares - open.squares,
      }
      return { answers: closed, covered: { ...covered } }
    },
  }
}

/** Arms that contracts are about: not pinned versions, not excluded rows, not what is held back or asked for by name. */
export function isRouted({ kind, arm, armReason }: TrafficRow): boolean {
  return (
    kind === 'online' &&
    (arm === 'champion' || arm === 'challenger' || arm === 'control') &&
    (armReason === 'bucket' || armReason === 'only')
  )
}

/** Answers of the release itself, in the time that is looked at. */
function isEligible(row: TrafficRow, { answers, since }: PairingTerms): boolean {
  return row.digest === answers && !row.degraded && isRouted(row) && Number(row.decidedAt) >= since
}

export function entityOf(row: TrafficRow, column: string | undefined): string {
  const value = column === undefined ? undefined : row.fields[column]
  if (value !== undefined && value !== null) return String(value)
  return row.unit ?? row.predictionId
}

function hold(
  waiting: Map<string, TrafficRow>,
  { key, row, most }: { readonly key: string; readonly row: TrafficRow; readonly most: number },
): void {
  waiting.set(key, row)
  if (waiting.size <= most) return
  for (const oldest of waiting.keys()) {
    waiting.delete(oldest)
    return
  }
}

function tally(): Tally {
  return { n: 0, acted: 0, sum: 0, squares: 0 }
}

function count(into: Tally, { acted, latencyMicros }: TrafficRow): void {
  const log = Math.log(Math.max(1, latencyMicros))
  into.n++
  into.acted += Number(acted === true)
  into.sum += log
  into.squares += log * log
}
