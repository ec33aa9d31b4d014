/**
 * Solves A·x = b for a symmetric positive definite A (row-major n × n, lower triangle read and overwritten) by
 * Cholesky. Undefined when A is not positive definite to working precision.
 */
export function solveCholesky(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const n = right.length
  if (!factorise(matrix, n)) return undefined
  const x = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    let sum = x[i] as number
    for (let k = 0; k < i; k++) sum -= (matrix[i * n + k] as number) * (x[k] as number)
    x[i] = sum / (matrix[i * n + i] as number)
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] as number
    for (let k = i + 1; k < n; k++) sum -= (matrix[k * n + i] as number) * (x[k] as number)
    x[i] = sum / (matrix[i * n + i] as number)
  }
  return x
}

function factorise(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number
      for (let k = 0; k < j; k++) sum -= (matrix[i * n + k] as number) * (matrix[j * n + k] as number)
      if (i !== j) matrix[i * n + j] = sum / (matrix[j * n + j] as number)
      else if (sum > 0) matrix[i * n + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}
