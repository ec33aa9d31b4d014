/**
 * Upper tail of Kolmogorov's limit distribution: 2 Σ (−1)^(k−1) e^(−2k²λ²), and for λ < 1 its theta transform
 * 1 − √(2π)/λ · Σ e^(−(2k−1)²π²/(8λ²)) (Marsaglia, Tsang & Wang 2003).
 */
export function kolmogorovSf(lambda: number): number {
  if (lambda <= 0) return 1
  let sum = 0
  if (lambda < 1) {
    for (let k = 1; k < 20; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * lambda * lambda))
    return 1 - (Math.sqrt(2 * Math.PI) / lambda) * sum
  }
  for (let k = 1; k < 10; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda)
  return 2 * sum
}
