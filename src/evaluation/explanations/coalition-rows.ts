import { FettleError } from '../../kernel/errors/index.ts'

/** A row against a background: v(S) is the mean over the background rows z of f(x on S, z elsewhere). */
export interface MixedRows {
  readonly row: Float64Array
  /** Row-major, as wide as the row. */
  readonly background: Float64Array
  /** Inputs of each player. */
  readonly players: readonly (readonly number[])[]
}

/** Rows to score for some coalitions: for each its background rows with the players' inputs taken from the row. */
export function mixRows(coalitions: Uint8Array, { row, background, players }: MixedRows): Float64Array {
  const inputs = row.length
  const count = players.length === 0 ? 1 : coalitions.length / players.length
  const mixed = new Float64Array(count * background.length)
  for (let coalition = 0; coalition < count; coalition++) {
    const start = coalition * background.length
    mixed.set(background, start)
    for (const [player, own] of players.entries()) {
      if (coalitions[coalition * players.length + player] === 0) continue
      for (let at = start; at < start + background.length; at += inputs)
        for (const input of own) mixed[at + input] = row[input] as number
    }
  }
  return mixed
}

/** v of each coalition from the raw scores of `mixRows`. MISSING_BACKGROUND without background rows. */
export function meanPerCoalition(rawScores: Float64Array, backgroundRows: number): Float64Array {
  if (backgroundRows === 0)
    throw new FettleError('MISSING_BACKGROUND', 'There are no background rows to measure the score against')
  const values = new Float64Array(rawScores.length / backgroundRows)
  for (let coalition = 0; coalition < values.length; coalition++) {
    let sum = 0
    for (let row = 0; row < backgroundRows; row++)
      sum += rawScores[coalition * backgroundRows + row] as number
    values[coalition] = sum / backgroundRows
  }
  return values
}
