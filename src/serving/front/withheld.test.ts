import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestFront, type TestFront } from '../testing/test-front.ts'
import { type Caller, tokenHash } from './access.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({ access: { fronts: 1 } })
  const callers: readonly Caller[] = [
    { name: 'shop', token: tokenHash('shop'), permissions: ['predict'] },
    { name: 'desk', token: tokenHash('desk'), permissions: ['predict', 'read-model'] },
  ]
  writeFileSync(join(front.folder, 'access.json'), JSON.stringify({ schema: 1, callers }))
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask('desk', '/predict/late', {})).status !== 401) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
})
afterAll(() => front.close())

async function ask(caller: string, path: string, body: unknown) {
  const response = await fetch(front.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${caller}` },
  })
  return {
    status: response.status,
    code: response.headers.get('fettle-error-code'),
    text: await response.text(),
  }
}

it.each([
  ['/predict/late', { rows: [{ origin: 'SEA' }] }],
  ['/v1/models/late:predict', { inputs: { origin: ['SEA'] } }],
  ['/deployments/late/invocations', { dataframe_records: [{ origin: 'SEA' }] }],
  ['/v2/models/late/infer', { inputs: [{ name: 'origin', shape: [1], datatype: 'BYTES', data: ['SEA'] }] }],
])('%s: an input that was not sent is named to who may read the model alone', async (path, body) => {
  const [told, withheld] = [await ask('desk', path, body), await ask('shop', path, body)]
  expect([told.status, told.code, withheld.status, withheld.code]).toEqual([
    ...[400, 'MISSING_INPUT', 400, 'MISSING_INPUT'],
  ])
  expect(told.text).toContain('distance')
  expect(withheld.text).not.toContain('distance')
  expect(withheld.text).toContain('lacks an input')
})
