const leastProbability = 1e-15

/** −ln p(label) of each row, p clipped to [1e-15, 1 − 1e-15]; 0 where there is no label. In nats. */
export function logLosses(labels: ArrayLike<number>, scores: Float64Array): Float64Array {
  const losses = new Float64Array(scores.length)
  for (let row = 0; row < scores.length; row++) {
    const label = labels[row]
    if (label !== 0 && label !== 1) continue
    const p = Math.min(1 - leastProbability, Math.max(leastProbability, scores[row] as number))
    losses[row] = label === 1 ? -Math.log(p) : -Math.log1p(-p)
  }
  return losses
}

/** −ln of the probability each row gave its label; `classScores` is row-major [rows × classes]. */
export function classLosses(
  labels: Float64Array,
  { classScores, classes }: { readonly classScores: Float64Array; readonly classes: number },
): Float64Array {
  return labels.map((label, row) => {
    const p = classScores[row * classes + label] as number
    return -Math.log(Math.min(1 - leastProbability, Math.max(leastProbability, p)))
  })
}
