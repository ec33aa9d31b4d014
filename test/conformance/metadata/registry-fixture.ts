import { FettleError } from '../../../src/kernel/errors/index.ts'
import type { RegistryRecordsDeps } from '../../../src/registry/index.ts'

export const runId = 'a'.repeat(32)
export const loggedId = `m-${'b'.repeat(32)}`
export const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`
const mlmodel = `flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"type": "double", "name": "delay", "required": true}]'
  outputs: '[{"type": "long", "required": true}]'
  params: null
`

/** Tracking as far as the registry reads it: one run with a model of files, one path whose bytes are gone. */
export function trackedFiles(): Pick<RegistryRecordsDeps, 'tracking' | 'objects'> {
  const file = (path: string, digit: string, bytes = 3) => ({ path, hash: hashOf(digit), bytes, at: 0n })
  const files = [
    file('model/MLmodel', '1', mlmodel.length),
    file('model/model.pkl', '2'),
    file('lost/MLmodel', '9'),
    file('modelling.txt', '3'),
  ]
  const location = `mlflow-artifacts:/1/${runId}/artifacts`
  const history = JSON.stringify([{ artifact_path: 'told', flavors: {} }])
  return {
    objects: { has: async hash => hash !== hashOf('9') },
    tracking: {
      runs: {
        get: async id => {
          if (id !== runId) throw new FettleError('EXPERIMENT_RUN_UNKNOWN', `Run with id=${id} not found`)
          return { artifactLocation: location, tags: { 'mlflow.log-model.history': history } } as never
        },
      },
      loggedModels: {
        get: async id => {
          if (id !== loggedId) throw new FettleError('LOGGED_MODEL_UNKNOWN', `no logged model ${id}`)
          return { id, artifactLocation: `mlflow-artifacts:/1/models/${id}/artifacts` } as never
        },
      },
      artifacts: {
        all: async owner =>
          owner.kind === 'run'
            ? files
            : owner.kind === 'loggedModel'
              ? files.slice(0, 2).map(each => ({ ...each, path: each.path.slice(6) }))
              : [],
        read: async function* () {
          yield Buffer.from(mlmodel)
        },
        resolve: async text =>
          text.startsWith(`${location}/`)
            ? { owner: { kind: 'run', id: runId }, path: text.slice(location.length + 1) }
            : { owner: { kind: 'path', id: text }, path: '' },
      },
    },
  }
}
