import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFront, type TestFront } from '../../src/serving/testing/test-front.ts'
import { clientPython } from '../services/serving-clients.ts'

const seconds = 30

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({ dialects: { defaultDeployment: 'late' } })
})
afterAll(() => front.close())

/** Never on this thread alone: the front that is asked lives in it. */
function schemathesis(
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly text: string }> {
  const program = join(dirname(clientPython('serving-clients')), 'schemathesis')
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: front.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        text += String(chunk)
      })
    child.once('error', reject)
    child.once('exit', code => resolve({ code, text }))
  })
}

describe('the OpenAPI of the data port', () => {
  it('holds for what Schemathesis makes of it: no 5xx, every reply as described', async () => {
    const run = await schemathesis(
      'run',
      `${front.url}/openapi.json`,
      '--no-color',
      '--phases=coverage,fuzzing',
      '--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
      '--max-examples=12',
      `--max-time=${seconds}`,
      '--seed=1',
      '--suppress-health-check=all',
      '--warnings=off',
    )
    expect(run.code === 0 ? '' : run.text).toBe('')
    expect(run.text).toMatch(/Selected: (\d+)\/\1\n +Tested: \1\n/)
    const status = await front.admin('/admin/status')
    expect(status.text).not.toContain('INTERNAL')
    const { deployments } = JSON.parse(status.text) as { deployments: { requests: number }[] }
    expect(deployments[0]?.requests).toBeGreaterThan(0)
  }, 120_000)
})
