import { type JudgingTerms, readJudgingTerms } from '../../definitions/index.ts'
import { sliceColumns } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgingRequest } from './request.ts'

/** A request whose contracts are read: their slices, entity, costs and threshold hold where nothing else was said. */
export type Settled<Request extends JudgingRequest = JudgingRequest> = Request & {
  readonly terms?: JudgingTerms
}

/** Reads the contracts, and names every column that slices, groups and contracts need. Throws DEFINITIONS_INVALID, USAGE. */
export function settle<Request extends JudgingRequest>(request: Request): Settled<Request> {
  const { contracts, columns, fairness } = request
  const terms = contracts && readJudgingTerms(contracts.value, contracts.from)
  if (terms?.action?.rule !== undefined && columns.threshold === undefined)
    throw new FettleError(
      'USAGE',
      `${contracts?.from} chooses its thresholds by a rule; at which are these rows acted on?`,
      {
        hint: 'Add --threshold SCORE.',
      },
    )
  const declared = terms?.slices ?? []
  const slices = [
    ...declared,
    ...request.slices.filter(({ name }) => !declared.some(each => each.name === name)),
  ]
  const entity = columns.entity ?? terms?.entity
  const threshold = columns.threshold ?? terms?.action?.threshold
  const costs = request.costs ?? terms?.costs
  const keep = [
    ...columns.keep,
    ...slices.flatMap(({ of }) => sliceColumns(of)),
    ...(fairness?.columns ?? []),
    ...(terms?.contracts ?? []).flatMap(({ claim, cluster }) => [
      ...(claim.form === 'fair' ? [claim.column] : []),
      ...(cluster === undefined ? [] : [cluster]),
    ]),
  ].filter(name => name !== month)
  return {
    ...request,
    slices,
    columns: {
      ...columns,
      keep: [...new Set(keep)],
      ...(entity === undefined ? {} : { entity }),
      ...(threshold === undefined ? {} : { threshold }),
    },
    ...(costs === undefined ? {} : { costs }),
    ...(terms === undefined ? {} : { terms }),
  }
}

/** Cut from the time of a row; a column of that name is asked for as any other where there is no time. */
const month = 'month'
