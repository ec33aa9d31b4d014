import type { Answered, AnsweredRow, DecodedRequest } from '../front/answered.ts'
import type { ServableRelease } from '../model.ts'

/** One output of a deployment: the model's score under its registered name, and `action` where thresholds exist. */
export type Output =
  | { readonly name: string; readonly kind: 'score' }
  | { readonly name: 'action'; readonly kind: 'action' }

/** In registered order. */
export function outputsOf({
  signature,
  action,
}: Pick<ServableRelease, 'signature' | 'action'>): readonly Output[] {
  const score: Output = { name: signature.outputs[0]?.name ?? 'score', kind: 'score' }
  return action ? [score, { name: 'action', kind: 'action' }] : [score]
}

/** Name of the action, `none` where it is not taken. */
export function actionOf(row: AnsweredRow, release: ServableRelease): string {
  return row.acted && release.action ? release.action.name : 'none'
}

/** JSON texts of one output, a row each. */
export function outputTexts(
  { rows, release }: Answered<DecodedRequest>,
  { kind }: Output,
): readonly string[] {
  return kind === 'score'
    ? rows.map(row => numberText(row.score))
    : rows.map(row => JSON.stringify(actionOf(row, release)))
}

/** JSON of each row: the bare score where that is all there is, else an object of the outputs. */
export function rowTexts(answered: Answered<DecodedRequest>): readonly string[] {
  const outputs = outputsOf(answered.release)
  const columns = outputs.map(output => outputTexts(answered, output))
  if (outputs.length === 1) return columns[0] ?? []
  const keys = outputs.map(({ name }) => JSON.stringify(name))
  return answered.rows.map(
    (_, row) => `{${keys.map((key, at) => `${key}:${columns[at]?.[row] ?? 'null'}`).join(',')}}`,
  )
}

/** Text that parses back to the same bits. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
