import { driftCases } from './drift/vector-cases.ts'
import { judgementCases } from './impact/vector-cases.ts'
import { sketchCases } from './sketches/vector-cases.ts'
import type { VectorCases } from './vector-cases.ts'

/** Known answers of sketches, drift, performance without labels, labels and impact. */
export const monitoringCases: VectorCases = { ...sketchCases, ...driftCases, ...judgementCases }

/** Tests whose answers are bounds: what is measured may be below them. */
export const boundedTests: ReadonlySet<string> = new Set(['kll'])
