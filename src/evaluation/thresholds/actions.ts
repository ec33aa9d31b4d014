import type { ThresholdSetData } from '../../definitions/index.ts'
import type { JudgedRows } from '../rows.ts'
import { type Segments, segmentsOf } from './segments.ts'

/** Thresholds by segment, or one for all. */
export type Thresholds = ThresholdSetData | { readonly threshold: number }

/** Per row what its score must exceed: of its segment or, where that is unknown or missing, of all others. */
function thresholdsByCode(
  thresholds: Thresholds,
  names: readonly string[],
): { readonly ofCode: Float64Array; readonly otherwise: number } {
  if ('threshold' in thresholds)
    return {
      ofCode: new Float64Array(names.length).fill(thresholds.threshold),
      otherwise: thresholds.threshold,
    }
  const { segments, otherwise } = thresholds
  const listed = (name: string) => (Object.hasOwn(segments, name) ? segments[name]?.value : undefined)
  return {
    ofCode: Float64Array.from(names, name => listed(name) ?? otherwise.value),
    otherwise: otherwise.value,
  }
}

/** 1 where the deployment acts: the score is above the threshold of the row's segment. The same bits as online. */
export function actionsOf(thresholds: Thresholds, rows: JudgedRows, scores: Float64Array): Uint8Array {
  const per = 'threshold' in thresholds ? undefined : thresholds.rule.per
  return actionsBySegment(thresholds, segmentsOf(rows, per === undefined ? {} : { per }), scores)
}

/** The same for rows whose segments are known. */
export function actionsBySegment(
  thresholds: Thresholds,
  { names, codes }: Segments,
  scores: Float64Array,
): Uint8Array {
  const { ofCode, otherwise } = thresholdsByCode(thresholds, names)
  const actions = new Uint8Array(codes.length)
  for (let row = 0; row < actions.length; row++)
    actions[row] = (scores[row] ?? 0) > (ofCode[codes[row] ?? -1] ?? otherwise) ? 1 : 0
  return actions
}
