/** ζ(k) − 1 for k = 2 … 31. */
const zetaMinusOne = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853,
  0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5,
  3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6,
  9.539620338727962e-7, 4.769329867878064e-7, 2.38450502727733e-7, 1.1921992596531106e-7,
  5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8, 7.45071178983543e-9,
  3.725334024788457e-9, 1.862659723513049e-9, 9.313274324196682e-10, 4.656629065033784e-10,
]

/** 1 − Euler's γ. */
const oneLessGamma = 0.42278433509846713

/** B₂ₖ/(2k(2k − 1)), k = 1 … 7: Stirling's series. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]

const halfLogTwoPi = 0.9189385332046728

function stirlingSeries(x: number): number {
  const square = 1 / (x * x)
  let sum = 0
  for (let k = stirling.length - 1; k >= 0; k--) sum = sum * square + (stirling[k] ?? 0)
  return sum / x
}

/**
 * ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π for x > 0 (Loader 2000): what Stirling's formula leaves out. Below 15 by the
 * recurrence S(x) = S(x + 1) + (x + ½) ln(1 + 1/x) − 1.
 */
export function stirlingError(x: number): number {
  let error = 0
  let from = x
  for (; from < 15; from++) error += (from + 0.5) * Math.log1p(1 / from) - 1
  return error + stirlingSeries(from)
}

/** ln Γ(2 + z) for |z| ≤ ½: z(1 − γ) + Σₖ (−z)ᵏ (ζ(k) − 1)/k (DLMF 5.7.3); keeps its precision beside the zeros at 1 and 2. */
function logGammaBesideTwo(z: number): number {
  let sum = 0
  let power = z
  for (const [index, zeta] of zetaMinusOne.entries()) {
    power *= -z
    sum -= (power * zeta) / (index + 2)
  }
  return z * oneLessGamma + sum
}

/** ln Γ(x) for x > 0; +Infinity at 0, NaN below. About 1e-14 relative, also beside its zeros at 1 and 2. */
export function logGamma(x: number): number {
  if (!(x >= 0)) return Number.NaN
  if (x === 0 || x === Infinity) return Infinity
  if (x < 0.5) return logGamma(x + 1) - Math.log(x)
  if (x < 1.5) return logGammaBesideTwo(x - 1) - Math.log1p(x - 1)
  if (x <= 2.5) return logGammaBesideTwo(x - 2)
  let product = 1
  let from = x
  for (; from < 15; from++) product *= from
  return (from - 0.5) * Math.log(from) - from + halfLogTwoPi + stirlingSeries(from) - Math.log(product)
}

/**
 * ln[Γ(a + n) / (Γ(a) aⁿ)] = Σ ln(1 + j/a), j = 0 … n − 1, for a > 0 and n ≥ 0: how far a rising factorial is above a power.
 * Keeps its digits where a is far above n, where a difference of ln Γ has none left.
 */
export function logRisingExcess(a: number, n: number): number {
  if (n > 64 || !Number.isInteger(n))
    return (a + n - 0.5) * Math.log1p(n / a) - n + stirlingError(a + n) - stirlingError(a)
  let sum = 0
  for (let j = 1; j < n; j++) sum += Math.log1p(j / a)
  return sum
}
