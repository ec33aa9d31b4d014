import { scorerFactory } from '../adapters/scorers/index.ts'
import type { ScorerRequest } from '../serving/ports.ts'
import { runScorer } from '../serving/scorer/run-scorer.ts'

/**
 * A scorer: loads one release and answers batches over the socket until the front is gone. It loads nothing of a front: each
 * swap and each death waits for one of these to start.
 */
export async function scorerRole(request: ScorerRequest): Promise<void> {
  process.on('SIGINT', () => undefined)
  await runScorer(request, scorerFactory)
  process.exit(0)
}
