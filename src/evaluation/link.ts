/** Probability from log-odds: 1 / (1 + e^−raw). */
export function logistic(raw: number): number {
  return 1 / (1 + Math.exp(-raw))
}

/** Every input as float32, the width all scorers read (NaN stays NaN). Throws nothing; too large becomes infinite. */
export function toFloat32(vectors: Float64Array): Float64Array {
  const rounded = new Float64Array(vectors.length)
  for (let i = 0; i < vectors.length; i++) rounded[i] = Math.fround(vectors[i] as number)
  return rounded
}
