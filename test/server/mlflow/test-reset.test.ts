import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startServer } from '../../../src/platform/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-test-reset-'))
writeFileSync(join(folder, 'fettle.json'), '{"project":"suite"}')
afterAll(() => rmSync(folder, { recursive: true }))

const post = async (url: string, path: string, body: object = {}) => {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return [answer.status, await answer.json()] as const
}
const create = (url: string, name: string) => post(url, '/api/2.0/mlflow/experiments/create', { name })

describe('a server for suites of tests', () => {
  it('begins anew on request, counts from 1 and leaves the store of the project alone', async () => {
    const usual = await startServer({ folder, port: 0 })
    await create(usual.url, 'kept')
    await usual.stop()
    const server = await startServer({ folder, port: 0, testReset: true })
    for (let suite = 0; suite < 3; suite++) {
      expect(await create(server.url, 'first')).toEqual([200, { experiment_id: '1' }])
      expect((await create(server.url, 'first'))[0]).toBe(400)
      expect(await post(server.url, '/fettle/test/reset')).toEqual([
        200,
        { artifact_root: 'mlflow-artifacts:/' },
      ])
    }
    await server.stop()
    expect(readdirSync(join(folder, '.fettle')).filter(name => name.startsWith('test-'))).toEqual([])
    const again = await startServer({ folder, port: 0 })
    expect(await create(again.url, 'kept')).toMatchObject([400, { error_code: 'RESOURCE_ALREADY_EXISTS' }])
    expect((await post(again.url, '/fettle/test/reset'))[0]).toBe(404)
    await again.stop()
  })

  it('answers resets that come at once one after another', async () => {
    const server = await startServer({ folder, port: 0, testReset: true })
    const answers = await Promise.all([1, 2, 3].map(() => post(server.url, '/fettle/test/reset')))
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200])
    const began = performance.now()
    await post(server.url, '/fettle/test/reset')
    expect(performance.now() - began).toBeLessThan(1000)
    await server.stop()
  })

  it('is not had beyond this machine', async () => {
    await expect(startServer({ folder, port: 0, host: '0.0.0.0', testReset: true })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})
