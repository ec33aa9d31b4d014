// A scorer process for tests, on the fakes: `<request>`.
import type { ScorerRequest } from '../ports.ts'
import { runScorer } from '../scorer/run-scorer.ts'
import { fakeScorers } from './fake-platform.ts'

await runScorer(JSON.parse(process.argv[2] ?? '') as ScorerRequest, fakeScorers)
process.exit(0)
