import type { ContractsReport } from '../../evaluation/index.ts'
import type { FrontCounts, JoinedLabel, LookFacts, StageEvidence } from './model.ts'
import type { RowTable } from './row-table.ts'
import type { EvidenceTerms } from './terms.ts'

export interface NotesRequest {
  readonly facts: LookFacts
  readonly terms: EvidenceTerms
  readonly counts: FrontCounts | null
  readonly joined: readonly JoinedLabel[] | undefined
  readonly delays: Float64Array
  readonly report: ContractsReport | null
  readonly coverage: StageEvidence['coverage']
  readonly tables: readonly RowTable[]
  /** Labels come later than they used to. */
  readonly late: boolean
}

/** What a look could not measure, or only in part, in sentences. */
export function notesOf(request: NotesRequest): readonly string[] {
  const { counts, joined, delays, coverage, terms } = request
  const eventual = delays.some(delay => !Number.isNaN(delay))
  return [
    ...(counts === null
      ? ['No front says what it counted: errors, slow replies and lost shadows are not known.']
      : []),
    ...(joined === undefined ? ['The deployment takes no labels: nothing over labels can be decided.'] : []),
    ...(joined !== undefined && !eventual
      ? ['No label has come yet of decisions that are old enough: how long labels take is not known.']
      : []),
    ...(request.late
      ? ['Fewer labels have come than decisions of this age used to have: they are late.']
      : []),
    ...request.tables.flatMap(partOf),
    ...request.tables.slice(0, 1).flatMap(emptyOf),
    ...(coverage?.biased === true
      ? ['Answers that were scored again differ from those that were not, in action rate or latency.']
      : []),
    ...(terms.rollout.shadowShare !== undefined && terms.rollout.shadowShare < 1 && coverage !== null
      ? [
          `Of the answers ${100 * terms.rollout.shadowShare} % are to be scored again; which is not known row by row.`,
        ]
      : []),
    ...unplanned(request.report),
  ]
}

function partOf({ total, length }: RowTable): readonly string[] {
  return total > length ? [`Of ${total} rows ${length} are kept, of whole entities drawn by their hash.`] : []
}

function emptyOf(table: RowTable): readonly string[] {
  if (table.length === 0) return []
  return table
    .emptyColumns()
    .map(column => `No decision has a value of ${column}: slices by it hold nothing, or what is missing.`)
}

/** Looked at again and again, a verdict errs more often than it says. */
function unplanned(report: ContractsReport | null): readonly string[] {
  const cells = report?.cells.filter(cell => cell.status === 'protected' && cell.planned === null) ?? []
  if (cells.length === 0) return []
  const names = [...new Set(cells.map(cell => cell.contract))].join(', ')
  return [`For ${names} no number of rows is planned: it is read as of now, at every look.`]
}
