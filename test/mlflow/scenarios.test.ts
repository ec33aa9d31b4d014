import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMlflow } from '../services/mlflow.ts'
import { isDialectCall } from './dialect-routes.ts'
import { type FettleServer, startFettle } from './fettle-server.ts'
import { playScenario, type ScenarioReport, serverTime } from './scenario.ts'

/** A step of many calls too, on a machine that runs other things beside. */
const slowestStepMs = 2_000
const failed = ({ steps }: ScenarioReport) =>
  steps.filter(({ error }) => error !== null).map(({ step, error }) => `${step}\n${error}`)

describe.each([
  ['mlflow3', 75],
  ['mlflow2', 69],
] as const)('the unmodified packages of %s against Fettle', (line, count) => {
  let server: FettleServer
  let report: ScenarioReport

  beforeAll(async () => {
    server = await startFettle()
    report = await playScenario(line, server)
  }, 300_000)

  afterAll(() => server?.remove())

  it('pass every step', () => {
    expect(failed(report)).toEqual([])
    expect(report.steps.length, report.lastWords).toBeGreaterThanOrEqual(count)
  })

  it('call only routes of the dialect, and none fails on the server', () => {
    expect(report.calls.length).toBeGreaterThan(500)
    expect(report.calls.filter(call => !isDialectCall(call))).toEqual([])
    expect(report.calls.filter(({ status }) => status >= 500 || status === 0)).toEqual([])
  })

  it('wait for the server less than two seconds in any step', () => {
    const slow = report.steps.filter(step => serverTime(step, report.calls) > slowestStepMs)
    expect(slow.map(step => `${step.step}: ${serverTime(step, report.calls)} ms`)).toEqual([])
  })
})

/** Models and autologging of MLflow against MLflow say little for their minutes: FETTLE_MLFLOW_STEPS=all plays them too. */
const ownParts = process.env['FETTLE_MLFLOW_STEPS'] === 'all' ? {} : { parts: 'experiments,runs,search' }

describe('the same steps against MLflow’s own server', () => {
  it('pass too, so that they ask for nothing but MLflow', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fettle-mlflow-own-'))
    const server = await startMlflow(folder)
    try {
      const report = await playScenario('mlflow3', { url: server.url, own: true, ...ownParts })
      expect(failed(report)).toEqual([])
      expect(report.steps.length, report.lastWords).toBeGreaterThan('parts' in ownParts ? 30 : 70)
    } finally {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }, 300_000)
})
