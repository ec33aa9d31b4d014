import type { FettleClient } from '../client/index.ts'
import { FettleError } from '../kernel/errors/index.ts'

/** An id as it is, or `latest` for the newest run. Throws RUN_UNKNOWN when there is none. */
export async function runId(client: FettleClient, id: string): Promise<string> {
  if (id !== 'latest') return id
  const [run] = (await client.api.runs({ limit: 1 })).items
  if (run === undefined)
    throw new FettleError('RUN_UNKNOWN', 'there are no runs yet', { hint: 'Start one: fettle run PIPELINE' })
  return run.id
}
