/**
 * x ln(x/mean) + mean − x (Loader 2000, `bd0`), given x − mean as the caller knows it best. Near the mean by the series in
 * v = (x − mean)/(x + mean), where the direct form would cancel.
 */
export function deviance(x: number, mean: number, difference: number): number {
  if (x === 0) return mean
  const v = difference / (x + mean)
  if (Math.abs(v) >= 0.3) return x * Math.log(x / mean) - difference
  let sum = difference * v
  let power = 2 * x * v
  for (let odd = 3; odd < 200; odd += 2) {
    power *= v * v
    const next = sum + power / odd
    if (next === sum) break
    sum = next
  }
  return sum
}
