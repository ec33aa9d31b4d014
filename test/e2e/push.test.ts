import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pushedWatermark } from '../../src/features/index.ts'
import { type Dev, installFettle, makeProject, type Project } from '../kill/dev-project.ts'
import { writePushProject } from './fixture/push-project.ts'

const middle = new Date(Date.now() - 10 * 60_000)
const program = installFettle()
const gates = ['A', 'B', 'C']

/** Push sources in a running Fettle: written, served, materialized, trained on, and still there after a kill. */
describe('push sources', () => {
  let project: Project
  let dev: Dev
  let sent = 0

  const command = async (...argv: string[]): Promise<string> => {
    const { code, output } = await project.command(...argv)
    if (code !== 0) throw new Error(`fettle ${argv.join(' ')} ended with ${code}:\n${output}`)
    return output
  }
  const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
  const reading = (gate: string, queue: number, minutes: number) => ({
    reading: `r${++sent}`,
    gate,
    queue,
    at: minutesAgo(minutes),
  })
  const served = async (): Promise<unknown[][]> => {
    const { columns } = await project.client().readFeatures({
      features: ['gate_now:queue', 'gate_hour:readings_1h', 'gate_hour:longest_1h', 'gate_hour:mean_1h'],
      entities: { gate: gates },
      times: false,
    })
    return columns.map(({ values }) => [...values])
  }
  /** Reports of the views of a run, by view. */
  const materialized = async (params: Record<string, string> = {}): Promise<Record<string, unknown>> => {
    const body = { pipeline: 'late-online', reuse: 'never' as const, params }
    const { id } = await project.client().api.startRun({ body })
    const run = await project.runEnded(id)
    expect(run.state, JSON.stringify(run.steps)).toBe('succeeded')
    const log = await command('logs', id, 'materialize')
    const reports = log
      .split('\n')
      .flatMap(line => (line.includes('{"view"') ? [JSON.parse(line.slice(line.indexOf('{')))] : []))
    return Object.fromEntries(reports.map(report => [report.view, report]))
  }

  beforeAll(async () => {
    project = makeProject(program.bin)
    writePushProject(project.folder, middle)
    dev = await project.started()
    await command('apply', '--yes')
  }, 120_000)
  afterAll(() => {
    project.remove()
    program.remove()
  })

  /** Ends the front without a word and waits for the next one. */
  const killFront = async (): Promise<void> => {
    const { dataUrl } = project.serverFile()
    const front = project.processes().find(each => each.command.includes(' front '))
    process.kill(front?.pid ?? 0, 'SIGKILL')
    await expect.poll(() => project.serverFile().dataUrl, { timeout: 20_000 }).not.toBe(dataUrl)
  }
  const walk = (gate: string, missed: number, minutes: number): void =>
    appendFileSync(
      join(project.folder, 'data', 'walks.jsonl'),
      `${JSON.stringify({ walk: ++sent, gate, bags: sent % 3, missed, at: minutesAgo(minutes) })}\n`,
    )
  /** Rows of the push source `walks` that the front has taken from its file. */
  const walksTaken = (): bigint => pushedWatermark(project.below('serving', 'journal'), 'walks')

  const first = (): readonly unknown[] => [
    reading('A', 5, 30),
    reading('A', 9, 3),
    reading('B', 2, 90),
    reading('B', 4, 20),
  ]

  it('serves what was pushed with the next read, and counts a repeated push once', async () => {
    const write = { source: 'readings', rows: first() as Record<string, unknown>[] }
    const client = project.client()
    expect(await client.writeFeatures(write)).toMatchObject({ received: 4, applied: 4, duplicate: 0 })
    const answer = await served()
    expect(answer).toEqual([
      [9, 4, null],
      [2, 1, 0],
      [9, 4, null],
      [7, 4, null],
    ])
    expect(await client.writeFeatures(write)).toMatchObject({ received: 4, superseded: 2, duplicate: 2 })
    expect(await served()).toEqual(answer)
  })

  it('materializes from the journal what is behind the last run, and changes nothing', async () => {
    const answer = await served()
    const { gate_now, gate_hour } = await materialized()
    expect(gate_now).toMatchObject({ mode: 'incremental', read: 8, watermarkAfter: expect.any(String) })
    expect(gate_hour).toMatchObject({ mode: 'incremental', read: 8 })
    expect(await served()).toEqual(answer)
    expect(await materialized()).toMatchObject({ gate_now: { read: 0 }, gate_hour: { read: 0 } })
    expect(await materialized({ refresh: 'full' })).toMatchObject({ gate_now: { read: 8 } })
    expect(await served()).toEqual(answer)
  }, 120_000)

  it('plans without writing, and compares with the offline answer, by parameter', async () => {
    const answer = await served()
    expect(await materialized({ plan: 'only' })).toMatchObject({
      gate_now: { mode: 'incremental', chunks: expect.any(Number), basis: expect.any(String) },
    })
    expect(await materialized({ verify: '100' })).toMatchObject({
      gate_now: { compared: 2, differences: [] },
      gate_hour: { compared: 2, differences: [] },
    })
    expect(await served()).toEqual(answer)
    await expect(materialized({ verify: 'all' })).rejects.toMatchObject({ code: 'BAD_PARAMETER' })
    await expect(materialized({ rollback: 'nothing' })).rejects.toThrow('FEATURE_VIEW_UNKNOWN')
  }, 120_000)

  it('has no former generation to go back to: what is pushed is merged, never replaced', async () => {
    const answer = await served()
    await expect(materialized({ rollback: 'gate_now' })).rejects.toThrow('GENERATION_GONE')
    expect(await served()).toEqual(answer)
  }, 120_000)

  it('loses and doubles nothing when the front is killed between a push and its materialization', async () => {
    await project
      .client()
      .writeFeatures({ source: 'readings', rows: [reading('A', 7, 1), reading('C', 1, 2)] })
    const answer = await served()
    expect(answer.slice(0, 2)).toEqual([
      [7, 4, 1],
      [3, 1, 1],
    ])
    await killFront()
    expect(await served()).toEqual(answer)
    expect(await materialized()).toMatchObject({ gate_now: { read: 2 }, gate_hour: { read: 2 } })
    expect(await served()).toEqual(answer)
  }, 120_000)

  it('fills the store from the journals when the operator asks', async () => {
    const answer = await served()
    const { adminUrl } = JSON.parse(readFileSync(project.below('server.json'), 'utf8')) as {
      adminUrl: string
    }
    const response = await fetch(`${adminUrl}/admin/rebuild`, { method: 'POST' })
    expect([response.status, await response.json()]).toEqual([200, { rows: 10 }])
    expect(await served()).toEqual(answer)
  })

  it('materializes for clients of the Feast dialect, on its own port too', async () => {
    await project.client().writeFeatures({ source: 'readings', rows: [reading('B', 6, 1)], to: 'offline' })
    const answer = await served()
    const address = JSON.parse(readFileSync(project.below('server.json'), 'utf8')) as Record<string, string>
    const materialize = async (url: string | undefined, body: object): Promise<unknown[]> => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${url}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return [response.status, await response.text()]
    }
    const range = { start_ts: minutesAgo(50), end_ts: minutesAgo(10), feature_views: ['gate_now'] }
    expect(await materialize(`${address['dataUrl']}/feast/materialize`, range)).toEqual([200, 'null'])
    expect(await served()).toEqual(answer)
    const late = { end_ts: minutesAgo(0) }
    expect(await materialize(`${address['feastUrl']}/materialize-incremental`, late)).toEqual([200, 'null'])
    expect((await served())[0]).toEqual([7, 6, 1])
  }, 120_000)

  it('takes rows from a file, and trains on what was known at each instant; a restart does not show', async () => {
    for (const minutes of [60, 50, 40, 30, 20])
      for (const gate of gates) walk(gate, minutes % 20 === 0 ? 1 : 0, minutes)
    await expect.poll(walksTaken, { timeout: 10_000 }).toBe(15n)
    dev.child.kill('SIGINT')
    await dev.ended
    dev = await project.started()
    const answer = await served()
    for (const round of [0, 1]) for (const gate of gates) walk(gate, round, 0)
    await expect.poll(walksTaken, { timeout: 10_000 }).toBe(21n)
    await sleep(1_500)
    await command('run', 'late', '--param', `asOf=${new Date().toISOString()}`)
    const rows = (await command('training-sets', 'read', 'walked@v1'))
      .split('\n')
      .flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
    expect(rows).toHaveLength(21)
    const valuesOf = (row: Record<string, unknown>): unknown[] => [
      row['queue'],
      row['readings_1h'],
      row['longest_1h'],
      row['mean_1h'],
    ]
    // The queue of half an hour ago is in the journal since less than a minute: nobody knew it then.
    for (const row of rows.slice(0, 15)) expect(valuesOf(row)).toEqual([null, 0, null, null])
    for (const row of rows.slice(15))
      expect(valuesOf(row)).toEqual(answer.map(values => values[gates.indexOf(row['gate'] as string)]))
  }, 120_000)

  it('serves a model on pushed features without skew', async () => {
    await command('deploy', 'late')
    for (const gate of [...gates, 'D']) {
      await command('predict', 'late', `gate=${gate}`, 'bags=2')
      await project.client().writeFeatures({ source: 'readings', rows: [reading(gate, 11, 0)] })
      await command('predict', 'late', `gate=${gate}`, 'bags=1')
    }
    expect(await command('skew', 'late', '--min-requests', '8')).toMatch(/pass {2}served features are what/)
  }, 120_000)
})
