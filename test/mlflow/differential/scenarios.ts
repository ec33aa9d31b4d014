import { edges } from './edges.ts'
import { mutations } from './mutations.ts'
import { otherSearches } from './other-searches.ts'
import { seeded } from './random.ts'
import { runSearches } from './run-searches.ts'
import type { Scenario } from './step.ts'
import { walks } from './walks.ts'

/** The scenarios of a seed, played one after another over the same two stores. */
export function scenariosOf(seed: number, size: number): readonly Scenario[] {
  const random = seeded(seed)
  return [
    ...otherSearches(random, size),
    runSearches(random, size),
    ...walks(random, size),
    ...edges(),
    mutations(index => size >= 100 || index % 40 === seed % 40),
  ]
}
