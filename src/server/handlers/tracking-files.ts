import type { TrackingService } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Handlers } from '../route-handlers.ts'

export function fileHandlers({
  tracking: { artifacts, runs },
}: {
  readonly tracking: TrackingService
}): Pick<Handlers, 'runFiles' | 'runFile'> {
  return {
    runFiles: async ({ params: { id }, query: { path = '' } }) => {
      await runs.head(id)
      const entries = await artifacts.list({ kind: 'run', id }, path)
      if (entries === undefined && path !== '')
        throw new FettleError('ARTIFACT_UNKNOWN', `Run ${id} has nothing at "${path}"`)
      return { entries: (entries ?? []).map(entry => ({ ...entry })) }
    },
    runFile: async ({ params: { id }, query: { path } }) => {
      const file = await artifacts.find({ kind: 'run', id }, path)
      const { hash, bytes } = file
      return {
        name: path.slice(path.lastIndexOf('/') + 1),
        bytes,
        hash,
        read: range => artifacts.read(file, range),
      }
    },
  }
}
