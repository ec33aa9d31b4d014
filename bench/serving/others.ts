import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pin, type Server, stop } from '../predict/servers.ts'

/** A server from PyPI in an environment of its own under `.cache/python`. */
export interface Other {
  readonly name: string
  readonly path: string
  body(rows: readonly (readonly number[])[]): unknown
  /** Scores of an answer. */
  scores(answer: unknown): readonly number[]
  command(folder: string, port: number): readonly string[]
  readonly environment: string
  readonly ready: string
}

const names = Array.from({ length: 30 }, (_, i) => `f${i}`)

/** A body of MLflow's dialect, which Fettle reads too. */
export function splitBody(data: readonly (readonly number[])[]): unknown {
  return { dataframe_split: { columns: names, data } }
}

/** As their documentation sets them up for one core: one worker, no access log, LightGBM on one thread. */
export const others: readonly Other[] = [
  {
    name: 'MLServer',
    environment: 'mlserver',
    path: '/v2/models/late/infer',
    ready: '/v2/models/late/ready',
    body: rows => ({
      inputs: [{ name: 'x', shape: [rows.length, 30], datatype: 'FP64', data: rows.flat() }],
    }),
    scores: answer => (answer as { outputs: { data: number[] }[] }).outputs[0]?.data ?? [],
    command: folder => ['mlserver', 'start', join(folder, 'mlserver')],
  },
  {
    name: 'MLflow',
    environment: 'mlflow3',
    path: '/invocations',
    ready: '/ping',
    body: splitBody,
    scores: answer => (answer as { predictions: number[] }).predictions,
    command: (folder, port) =>
      `mlflow models serve -m ${join(folder, 'mlflow')} --env-manager local -w 1 -p ${port}`.split(' '),
  },
  {
    name: 'BentoML',
    environment: 'bentoml',
    path: '/predict',
    ready: '/readyz',
    body: rows => ({ rows }),
    scores: answer => answer as number[],
    command: (_, port) => `bentoml serve bench/serving/bento_service.py:Late -p ${port}`.split(' '),
  },
]

export function binOf(environment: string): string {
  return resolve('.cache/python', environment, 'bin')
}

/** Undefined where its environment was not made. Resolves when it answers. */
export async function startOther(other: Other, folder: string, port: number): Promise<Server | undefined> {
  const [program = '', ...rest] = other.command(folder, port)
  const bin = binOf(other.environment)
  if (!existsSync(join(bin, program))) return undefined
  const [command = '', ...words] = pin(0, [join(bin, program), ...rest])
  const child = spawn(command, words, {
    stdio: ['ignore', 'ignore', process.env['SHOW'] ? 'inherit' : 'ignore'],
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      OMP_NUM_THREADS: '1',
      BENTOML_DO_NOT_TRACK: 'True',
      BENCH_MODEL: join(folder, 'model.txt'),
    },
  })
  const url = `http://127.0.0.1:${port}`
  const limit = performance.now() + 120_000
  for (;;) {
    const answered = await fetch(url + other.ready).catch(() => undefined)
    if (answered?.ok) return { url, pid: child.pid ?? 0, stop: () => stop(child) }
    if (performance.now() > limit || child.exitCode !== null)
      throw new Error(`${other.name} did not start: SHOW=1 shows why`)
    await new Promise(wake => setTimeout(wake, 200))
  }
}
