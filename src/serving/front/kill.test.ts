import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDecisionReader } from '../decisions/reader.ts'
import { bundleFront, bundleScorer } from '../testing/bundle.ts'
import { deploy, writeRelease } from '../testing/release-fixture.ts'
import { until } from '../testing/test-front.ts'

let folder: string
const children: ChildProcess[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-kill-'))
  deploy(folder, { name: 'late', digest: writeRelease(folder).digest })
})
afterAll(() => {
  for (const each of children) each.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function startFront(): Promise<{ process: ChildProcess; dataUrl: string; adminUrl: string }> {
  const front = spawn(process.execPath, [bundleFront(), folder, bundleScorer()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(front)
  const [line] = (await once(createInterface({ input: front.stdout }), 'line')) as [string]
  return { process: front, ...(JSON.parse(line) as { dataUrl: string; adminUrl: string }) }
}

interface Client {
  readonly acknowledged: string[]
  readonly failed: number[]
  stop: boolean
}

/** Sends one request after another until told to stop or the server is gone. */
async function load(url: string, client: Client): Promise<void> {
  for (let i = 0; !client.stop; i++) {
    try {
      const rows = Array.from({ length: 1 + (i % 3) }, () => ({ origin: 'SEA', distance: i }))
      const response = await fetch(`${url}/predict/late`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows }),
      })
      const body = (await response.json()) as { predictions: { prediction_id: string }[] }
      if (response.ok) client.acknowledged.push(...body.predictions.map(each => each.prediction_id))
      else client.failed.push(response.status)
    } catch {
      return
    }
  }
}

async function allIds(): Promise<string[]> {
  const reader = createDecisionReader(join(folder, 'log'))
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await reader.latest('late', { limit: 500, ...(cursor ? { cursor } : {}) })
    ids.push(...page.items.map(each => each.predictionId))
    cursor = page.next
  } while (cursor)
  return ids
}

describe('a front that is killed', () => {
  it('six times at random moments: every acknowledged prediction is in the log, none twice', async () => {
    const client: Client = { acknowledged: [], failed: [], stop: false }
    for (let kill = 0; kill < 6; kill++) {
      const front = await startFront()
      const loads = Promise.all([1, 2, 3, 4].map(() => load(front.dataUrl, client)))
      const before = client.acknowledged.length
      await until(async () => client.acknowledged.length > before + 10)
      await new Promise(resolve => setTimeout(resolve, Math.random() * 100))
      const gone = once(front.process, 'exit')
      front.process.kill('SIGKILL')
      await Promise.all([loads, gone])
    }
    const ids = await allIds()
    expect(new Set(ids).size).toBe(ids.length)
    const logged = new Set(ids)
    expect(client.acknowledged.filter(id => !logged.has(id))).toEqual([])
    expect(client.acknowledged.length).toBeGreaterThan(60)
    expect(client.failed).toEqual([])
  })

  it('SIGTERM under load: no request fails, the log is sealed', async () => {
    const front = await startFront()
    const client: Client = { acknowledged: [], failed: [], stop: false }
    const loads = Promise.all([1, 2, 3, 4].map(() => load(front.dataUrl, client)))
    await new Promise(resolve => setTimeout(resolve, 150))
    const gone = once(front.process, 'exit')
    front.process.kill('SIGTERM')
    await new Promise(resolve => setTimeout(resolve, 100))
    expect((await fetch(`${front.dataUrl}/v2/health/ready`)).status).toBe(503)
    client.stop = true
    await loads
    expect(await gone).toEqual([0, null])
    expect(client.failed).toEqual([])
    const logged = new Set(await allIds())
    expect(client.acknowledged.filter(id => !logged.has(id))).toEqual([])
  })
})
