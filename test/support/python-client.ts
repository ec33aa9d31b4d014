import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'

/** A Python with pandas, polars and pyarrow: scripts/services.sh makes it. */
export const dataPython = join(root, '.cache', 'python', 'mlflow3', 'bin', 'python')

export interface PythonOptions {
  readonly url: string
  readonly spool: string
  readonly python?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a script that uses the Python client of this repository. */
export function startPython(
  script: string,
  { url, spool, python = 'python3', environment }: PythonOptions,
): ChildProcess {
  return spawn(python, ['-u', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{
        PYTHONPATH: join(root, 'python'),
        FETTLE_URL: url,
        FETTLE_SPOOL: spool,
        FETTLE_SYSTEM_METRICS: '0',
      },
      ...{ PYTHONDONTWRITEBYTECODE: '1' },
      ...environment,
    },
  })
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs it to its end. */
export async function runPython(script: string, options: PythonOptions): Promise<Ended> {
  return ended(startPython(script, options))
}

export function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, out, err }))
  })
}
