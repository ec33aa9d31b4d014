import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const python = resolve('.cache/python/feast/bin/python')
const script = resolve('test/services/feast_client.py')

/** Runs the real Feast SDK from PyPI; see feast_client.py. Its environment is made by scripts/services.sh. */
export async function feastSdk<Answer>(...words: readonly string[]): Promise<Answer> {
  if (!existsSync(python)) throw new Error(`${python} is missing: run scripts/services.sh`)
  const { stdout } = await promisify(execFile)(python, [script, ...words], {
    env: { ...process.env, FEAST_USAGE: 'False', PYTHONWARNINGS: 'ignore' },
    maxBuffer: 16 << 20,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer
}
