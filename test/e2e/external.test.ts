import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevServer, ensureBuilt, fettle, startDev } from './dev-server.ts'
import { writeJourneyProject } from './fixture/journey-project.ts'

interface Infer {
  readonly inputs: readonly {
    readonly shape: readonly [number, number]
    readonly data: readonly (number | null)[]
  }[]
}

/** A model on a server of somebody else, from its declaration to an answer; the tests follow each other. */
describe('a model that another server scores', () => {
  let folder: string
  let dev: DevServer
  let other: Server
  let isDown = false

  /** The last column, distance, ÷ 4 000, as float32, and 0.5 where the airport is not known. */
  const score = (row: readonly (number | null)[]): number =>
    Math.fround(row.includes(null) ? 0.5 : (row.at(-1) ?? 0) / 4000)
  const answer = ({ inputs: [tensor] }: Infer) => {
    const [rows, width] = tensor?.shape ?? [0, 0]
    const data = Array.from({ length: rows }, (_, row) =>
      score((tensor?.data ?? []).slice(row * width, (row + 1) * width)),
    )
    return { model_name: 'late', outputs: [{ name: 'score', shape: [rows], datatype: 'FP32', data }] }
  }
  const predict = async (distance: number) => {
    const { dataUrl } = JSON.parse(readFileSync(join(folder, '.fettle', 'server.json'), 'utf8')) as {
      dataUrl: string
    }
    const body = JSON.stringify({ origin: 'LIS', distance })
    const reply = await fetch(`${dataUrl}/predict/late`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body },
    })
    const { predictions } = (await reply.json()) as {
      predictions: readonly { score: number; served_by: string }[]
    }
    return predictions[0]
  }

  beforeAll(async () => {
    other = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const reply = request.url?.endsWith('/infer')
        ? answer(JSON.parse(Buffer.concat(chunks).toString()) as Infer)
        : { name: 'gpu', version: '2.1', versions: ['7'], extensions: [] }
      response
        .writeHead(isDown ? 503 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(reply))
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', () => resolve()))
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    folder = mkdtempSync(join(tmpdir(), 'fettle-external-'))
    await Promise.all([writeJourneyProject(folder), ensureBuilt()])
    const definitions = join(folder, 'definitions', 'late.ts')
    const text = readFileSync(definitions, 'utf8')
      .replace('int64, logistic,', 'external, int64,')
      .replace(
        '{ logistic: logistic({ l2: 1 }) }',
        `{ gpu: external({ url: '${url}', name: 'late', output: 'score' }) }`,
      )
    writeFileSync(definitions, text)
    dev = await startDev(folder)
    await fettle(folder, 'apply', '--yes')
  }, 60_000)
  afterAll(async () => {
    await dev?.stop()
    other.closeAllConnections()
    other.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is measured, registered, verified and served like any other', async () => {
    await fettle(folder, 'run', 'late')
    await fettle(folder, 'run', 'late-online')
    const told = await fettle(folder, 'deploy', 'late', '--reason', 'a graphics card')
    expect(told).toContain('Deployment late is ready with release 1 (late v1)')
    expect(await predict(1000)).toMatchObject({ score: 0.25, served_by: 'model' })
    const page = await fettle(folder, 'release', 'show', 'late', '1')
    expect(page).toContain('oip gpu 2.1 late 7 in the front')
  }, 90_000)

  it('leaves the answer to the fallback while its server is down, and comes back with it', async () => {
    isDown = true
    expect(await predict(1000)).toMatchObject({ score: 0.3, served_by: 'fallback' })
    isDown = false
    for (let i = 0; i < 100 && (await predict(1000))?.served_by !== 'model'; i++)
      await new Promise(resolve => setTimeout(resolve, 100))
    expect(await predict(1000)).toMatchObject({ score: 0.25, served_by: 'model' })
  }, 30_000)
})
