import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A folder as MLflow's file store writes it, put together by hand: what reads it needs no Python to be tested. */
export interface Mlruns {
  readonly root: string
  /** One file below the root, with the folders it needs. */
  write(path: string, text: string | Uint8Array): void
  experiment(id: string, meta?: { readonly name?: string; readonly stage?: string }): void
  /** A finished run with one param, one tag and `points` points of the metric `loss`. */
  run(experiment: string, id: string, given?: { readonly points?: number; readonly stage?: string }): void
}

/** 32 hexadecimal digits that begin with a number. */
export const runId = (number: number): string => number.toString(16).padStart(8, '0').padEnd(32, 'a')

export function createMlruns(root: string): Mlruns {
  const write = (path: string, text: string | Uint8Array) => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return {
    root,
    write,
    experiment: (id, { name = `experiment ${id}`, stage = 'active' } = {}) =>
      write(
        `${stage === 'deleted' ? '.trash/' : ''}${id}/meta.yaml`,
        [
          `artifact_location: ${root}/${id}`,
          'creation_time: 1700000000000',
          `experiment_id: '${id}'`,
          'last_update_time: 1700000000001',
          `lifecycle_stage: ${stage}`,
          `name: ${name}`,
          '',
        ].join('\n'),
      ),
    run(experiment, id, { points = 3, stage = 'active' } = {}) {
      const place = `${experiment}/${id}`
      write(
        `${place}/meta.yaml`,
        [
          `artifact_uri: ${root}/${place}/artifacts`,
          'end_time: 1700000009000',
          "entry_point_name: ''",
          `experiment_id: '${experiment}'`,
          `lifecycle_stage: ${stage}`,
          `run_id: ${id}`,
          `run_name: run ${id.slice(0, 8)}`,
          `run_uuid: ${id}`,
          "source_name: ''",
          'source_type: 4',
          "source_version: ''",
          'start_time: 1700000001000',
          'status: 3',
          'tags: []',
          'user_id: ana',
          '',
        ].join('\n'),
      )
      const lines = Array.from(
        { length: points },
        (_, step) => `${1_700_000_002_000 + step} ${1 / (step + 1)} ${step}\n`,
      )
      write(`${place}/metrics/loss`, lines.join(''))
      write(`${place}/params/depth`, '4')
      write(`${place}/tags/kind`, 'by hand')
      write(`${place}/tags/mlflow.runName`, `run ${id.slice(0, 8)}`)
      write(`${place}/artifacts/notes/${id.slice(0, 8)}.txt`, `notes of ${id}\n`.repeat(200))
    },
  }
}
