import type { Json } from '../../canonical.ts'
import { clopperPearson } from '../bounds/clopper-pearson.ts'
import { katzRatio } from '../bounds/katz-ratio.ts'
import { benjaminiHochberg, holm } from '../multiple-testing.ts'
import { normalQuantile } from '../normal.ts'
import { type Random, randomFrom } from '../random.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { betaI, betaQuantile } from './incomplete-beta.ts'
import { chiSquareLogSf, chiSquareSf, gammaP, gammaQ } from './incomplete-gamma.ts'
import { kolmogorovSf } from './kolmogorov.ts'
import { erf, erfc, normalCdf, normalLogSf, normalSf } from './normal-tails.ts'

function number(input: VectorInput, name: string): number {
  return Number(input[name])
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function drawn(input: VectorInput, draw: (random: Random) => number): number[] {
  const random = randomFrom(String(input['label']))
  return Array.from({ length: number(input, 'count') }, () => draw(random))
}

/** Known-answer tests of special functions, exact intervals, multiple testing and the generator. */
export const specialCases: VectorCases = {
  normal_cdf: input => normalCdf(number(input, 'x')),
  normal_sf: input => normalSf(number(input, 'x')),
  normal_log_sf: input => normalLogSf(number(input, 'x')),
  normal_quantile: input => normalQuantile(number(input, 'p')),
  erf: input => erf(number(input, 'x')),
  erfc: input => erfc(number(input, 'x')),
  chi2_sf: input => chiSquareSf(number(input, 'x'), number(input, 'df')),
  chi2_log_sf: input => chiSquareLogSf(number(input, 'x'), number(input, 'df')),
  gamma_p: input => gammaP(number(input, 'a'), number(input, 'x')),
  gamma_q: input => gammaQ(number(input, 'a'), number(input, 'x')),
  beta_i: input => betaI(number(input, 'x'), number(input, 'a'), number(input, 'b')),
  beta_quantile: input => betaQuantile(number(input, 'p'), number(input, 'a'), number(input, 'b')),
  kolmogorov_sf: input => kolmogorovSf(number(input, 'lambda')),
  u32: input => drawn(input, random => random.u32()),
  unit: input => drawn(input, random => random.unit()),
  index: input => drawn(input, random => random.index(number(input, 'n'))),
  shuffle: input => randomFrom(String(input['label'])).shuffle(list(input['items'])),
  clopper_pearson: input => clopperPearson(number(input, 'x'), number(input, 'n'), number(input, 'alpha')),
  katz_ratio: input =>
    katzRatio(
      { x: number(input, 'x1'), n: number(input, 'n1') },
      { x: number(input, 'x2'), n: number(input, 'n2') },
      number(input, 'alpha'),
    ),
  benjamini_hochberg: input => benjaminiHochberg(list(input['p']).map(Number)),
  holm: input => holm(list(input['p']).map(Number)),
}
