import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const script = resolve('test/services/serving_clients.py')

/** The Python of a real client's environment, made by scripts/services.sh. */
export function clientPython(environment: 'serving-clients' | 'mlflow3'): string {
  const python = resolve(`.cache/python/${environment}/bin/python`)
  if (!existsSync(python)) throw new Error(`${python} is missing: run scripts/services.sh`)
  return python
}

/** Runs one of the real clients from PyPI against a running front; see serving_clients.py. */
export async function servingClient<Answer>(
  name: 'triton' | 'triton-grpc' | 'kserve' | 'rest' | 'mlflow',
  { url, grpc }: { readonly url: string; readonly grpc: string },
): Promise<Answer> {
  const python = clientPython(name === 'mlflow' ? 'mlflow3' : 'serving-clients')
  const { stdout } = await promisify(execFile)(python, [script, name, url, grpc], {
    env: { ...process.env, PYTHONWARNINGS: 'ignore', GRPC_VERBOSITY: 'NONE' },
    maxBuffer: 16 << 20,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer
}
