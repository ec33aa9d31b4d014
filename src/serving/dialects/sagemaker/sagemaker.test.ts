import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { row, startTestFront, type TestFront } from '../../testing/test-front.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({ dialects: { profile: 'sagemaker' } })
})
afterAll(() => front.close())

async function invoke(body: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${front.url}/invocations`, { method: 'POST', body, headers })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    code: response.headers.get('fettle-error-code'),
    text: await response.text(),
  }
}

describe('the SageMaker profile', () => {
  const scoreOfRow = async () => (await front.post('/predict/late', row)).body.predictions[0]?.score

  it('CSV without a header in, CSV out; unknown headers are ignored', async () => {
    const sent = await invoke('SEA,500\r\nZZZ,\r\n', {
      'content-type': 'text/csv',
      accept: 'text/csv',
      'x-amzn-sagemaker-custom-attributes': 'trace=1',
    })
    expect([sent.status, sent.type]).toEqual([200, 'text/csv; charset=utf-8'])
    expect(sent.text.split('\n')[0]).toBe(`${await scoreOfRow()},warn`)
    expect(sent.text.trimEnd().split('\n')).toHaveLength(2)
    const named = await invoke('distance,origin\n500,SEA\n', { 'content-type': 'text/csv; header=present' })
    expect(JSON.parse(named.text)).toEqual({ predictions: [{ score: await scoreOfRow(), action: 'warn' }] })
  })

  it('one JSON line in, one prediction line out', async () => {
    const sent = await invoke('{"origin":"SEA","distance":500}\n{"origin":"OSLO","distance":null}\n', {
      'content-type': 'application/jsonlines',
    })
    expect(sent.type).toBe('application/jsonlines')
    const lines = sent.text.trimEnd().split('\n')
    expect([lines.length, JSON.parse(lines[0] ?? '')]).toEqual([
      2,
      { score: await scoreOfRow(), action: 'warn' },
    ])
  })

  const bad: [string, string, string, string, RegExp][] = [
    [
      'a line that is no JSON',
      '{"origin":"SEA","distance":1}\n{',
      'application/jsonlines',
      'BAD_JSON',
      /line 2/,
    ],
    ['an empty line', '\n\n', 'application/jsonlines', 'BAD_JSON', /line 1/],
    ['a line that is no record', '3\n', 'application/jsonlines', 'WRONG_TYPE', /record 0/],
    ['a field too many', 'SEA,1,2\n', 'text/csv', 'BAD_CSV', /line 1/],
    ['another order', '1,SEA\n', 'text/csv', 'WRONG_TYPE', /line 1/],
    ['too many lines', '{}\n'.repeat(5000), 'application/jsonlines', 'BATCH_TOO_LARGE', /4096/],
  ]
  it.each(bad)('%s', async (_, body, type, code, message) => {
    const sent = await invoke(body, { 'content-type': type })
    expect([sent.code, sent.status < 500]).toEqual([code, true])
    expect(sent.text).toMatch(message)
  })

  it('says how it is to be asked', async () => {
    const response = await fetch(`${front.url}/execution-parameters`)
    expect(await response.json()).toMatchObject({ BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 })
    expect((await fetch(`${front.url}/ping`)).status).toBe(200)
  })
})
