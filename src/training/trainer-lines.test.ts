import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { followMetrics, parseMetric } from './follow-metrics.ts'
import { parseProgress, runProcess } from './run-process.ts'

test('metric lines: numbers, NaN and infinities as text; anything else is none', () => {
  expect(parseMetric('{"key":"a","step":3,"value":0.5}')).toEqual({ key: 'a', step: 3, value: 0.5 })
  expect(parseMetric('{"key":"a","value":"-Infinity"}')).toEqual({ key: 'a', step: 0, value: -Infinity })
  expect(parseMetric('{"key":"a","value":"NaN"}')?.value).toBeNaN()
  for (const line of [
    '',
    'text',
    '3',
    '{"key":"","value":1}',
    '{"key":"a","value":"1"}',
    '{"value":1}',
    '{"key":"a"',
  ]) {
    expect(parseMetric(line)).toBeUndefined()
  }
})

test('progress lines: a count is needed, the rest has defaults', () => {
  expect(parseProgress('{"done":1,"total":2,"unit":"trees","message":"m"}')).toEqual({
    done: 1,
    total: 2,
    unit: 'trees',
    message: 'm',
  })
  expect(parseProgress('{"done":1}')).toEqual({ done: 1, total: null, unit: 'steps', message: '' })
  for (const line of ['', 'nonsense', 'null', '{"done":"1"}']) expect(parseProgress(line)).toBeUndefined()
})

test('points are handed over in order as they are written, also when the last line has no end yet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-metrics-'))
  const file = join(folder, 'metrics.ndjson')
  const seen: number[] = []
  const follower = followMetrics(file, async points => void seen.push(...points.map(point => point.value)))
  await appendFile(file, '{"key":"ü","step":0,"value":1}\n{"key":"ü","step":1,"va')
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(seen).toEqual([1])
  await appendFile(file, 'lue":2}\nnot a point\n{"key":"ü","step":2,"value":3}\n')
  expect(await follower.finish()).toEqual({ points: 3, badLines: 1 })
  expect(seen).toEqual([1, 2, 3])
  await rm(folder, { recursive: true })
})

test('a failure to log is not swallowed; no file is no points', async () => {
  const none = followMetrics('/nonexistent/metrics.ndjson', async () => undefined)
  expect(await none.finish()).toEqual({ points: 0, badLines: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'fettle-metrics-'))
  await appendFile(join(folder, 'm'), '{"key":"a","value":1}\n')
  const failing = followMetrics(join(folder, 'm'), () => Promise.reject(new Error('server gone')))
  await expect(failing.finish()).rejects.toThrow('server gone')
  await rm(folder, { recursive: true })
})

test('a process: lines of both streams, progress apart, the end with its last lines', async () => {
  const lines: string[] = []
  const updates: number[] = []
  const script = 'echo one; echo two >&2; echo \'{"done":4}\' >&3; echo junk >&3; exit 7'
  const end = await runProcess({
    command: '/bin/sh',
    args: ['-c', script],
    env: {},
    onLine: line => void lines.push(line),
    onProgress: update => void updates.push(update.done),
  })
  expect(end).toMatchObject({ exitCode: 7, signal: null })
  expect(lines.sort()).toEqual(['one', 'two'])
  expect(updates).toEqual([4])
  await expect(runProcess({ command: '/nonexistent', args: [], onLine: () => undefined })).rejects.toThrow(
    'ENOENT',
  )
})
