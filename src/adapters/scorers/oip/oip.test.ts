import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { scorerConformance } from '../../../../test/conformance/scorer.ts'
import { type Release, releaseDigest } from '../../../registry/index.ts'
import { type RunningFront, runFront, startProcess } from '../../../serving/index.ts'
import { bundleScorer } from '../../../serving/testing/bundle.ts'
import { fakeFeatures, noFeatures, scoreOf } from '../../../serving/testing/fake-platform.ts'
import { deploy, releaseFolder, writeRelease } from '../../../serving/testing/release-fixture.ts'
import { openOip } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-oip-'))
const weights = [0.5, -1.25, 2]
const columns = ['a', 'b', 'c']
const front = await ourServer()
const others: Server[] = []
afterAll(async () => {
  await front.drain()
  for (const other of others) {
    other.closeAllConnections()
    other.close()
  }
  rmSync(folder, { recursive: true })
})

/** A Fettle front whose release takes the whole vector from its callers. */
async function ourServer(): Promise<RunningFront> {
  const serving = join(folder, 'serving')
  const { digest: _, ...made } = writeRelease(serving, { weights })
  const field = (name: string) => ({ name, type: 'float64', nullable: true }) as const
  const content = {
    ...made,
    signature: { ...made.signature, inputs: columns.map(field) },
    features: {
      ...{ ...made.features, lookups: [], views: [] },
      request: columns.map(name => ({ ...field(name), role: 'request' as const, description: null })),
      vector: columns.map(name => ({ name, from: 'request' as const, ref: name })),
    },
  }
  const release: Release = { ...content, digest: releaseDigest(content) }
  const target = releaseFolder(serving, release.digest)
  mkdirSync(target)
  writeFileSync(join(target, 'weights.json'), JSON.stringify({ weights }))
  writeFileSync(join(target, 'release.json'), JSON.stringify(release))
  deploy(serving, { name: 'late', digest: release.digest })
  return runFront({
    ...{ servingFolder: serving, prepareFeatures: fakeFeatures, features: noFeatures },
    startScorer: asked => startProcess(process.execPath, [bundleScorer(), JSON.stringify(asked)]),
    ...{ dataPort: 0, adminPort: 0, graceMillis: 0, standby: false },
  })
}

function modelFolder(name: string, settings: object): string {
  const path = join(folder, name)
  mkdirSync(path)
  const selfTest = Array.from({ length: 32 }, (_, i) => {
    const vector = [i / 8, i % 5 === 0 ? null : i % 3, (i % 7) / 4]
    return {
      vector,
      score: scoreOf(
        vector.map(value => value ?? Number.NaN),
        weights,
      ),
    }
  })
  const inputs = columns.map(each => ({ name: each, type: 'float64', nullable: true }))
  const outputs = [{ name: 'score', type: 'float64', nullable: false }]
  const manifest = { schema: 1, format: 'oip', inputs, outputs, selfTest, tolerance: 1e-9 }
  writeFileSync(join(path, 'model.json'), JSON.stringify(manifest))
  writeFileSync(join(path, 'oip.json'), JSON.stringify({ schema: 1, ...settings }))
  return path
}

scorerConformance({
  kind: 'oip',
  open: openOip,
  folder: modelFolder('ours', { url: front.dataUrl, name: 'late', columns }),
  file: 'oip.json',
})

interface Asked {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly (number | null)[] }[]
}

/** A server that speaks the protocol in JSON only, as MLServer does, and describes no tensors. */
async function plainServer(
  infer: (asked: Asked, request: IncomingMessage) => Promise<[status: number, body: unknown]>,
  metadata: object = { name: 'late', versions: ['3'], platform: '', inputs: [], outputs: [] },
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const [status, body] =
      request.url === '/v2'
        ? [200, { name: 'plain', version: '1.2.3', extensions: [] }]
        : request.url?.endsWith('/infer')
          ? await infer(JSON.parse(text) as Asked, request)
          : [200, metadata]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  others.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const request = (name: string) => ({ folder: join(folder, name), format: 'oip' as const, inputs: 3 })
const classes = { name: 'predict_proba', shape: [2, 2], datatype: 'FP64', data: [0.25, 0.75, 0.5, 0.5] }

describe('a server that takes JSON only', () => {
  test('gets one matrix, missing values as null, the deadline, and the output that is read', async () => {
    const seen: { asked?: Asked; timeout?: unknown; path?: string | undefined } = {}
    const url = await plainServer(async (asked, { headers, url: path }) => {
      Object.assign(seen, { asked, path, timeout: headers['fettle-timeout-ms'] })
      return [200, { outputs: [{ name: 'other', shape: [2], datatype: 'FP32', data: [1, 2] }, classes] }]
    })
    modelFolder('plain', { url, name: 'late', version: '3', output: 'predict_proba' })
    const scorer = await openOip(request('plain'))
    expect(scorer.build).toBe('plain 1.2.3 late 3')
    const scores = await scorer.score(Float64Array.of(1, Number.NaN, 0.1, 4, 5, 6), 2, { timeoutMillis: 200 })
    expect([...scores]).toEqual([0.75, 0.5])
    expect(seen.timeout).toBe('200')
    expect(seen.path).toBe('/v2/models/late/versions/3/infer')
    expect(seen.asked).toMatchObject({
      parameters: { timeout: 200_000 },
      inputs: [{ datatype: 'FP32', shape: [2, 3], data: [1, null, Math.fround(0.1), 4, 5, 6] }],
      outputs: [{ name: 'predict_proba' }],
    })
    await scorer.close()
  })

  test('that is late, fails, or gives something else is a failure that says so', async () => {
    let reply: [number, unknown] = [422, { error: 'no such thing' }]
    const url = await plainServer(async () => {
      if (reply[0] === 0) await new Promise(resolve => setTimeout(resolve, 300))
      return reply[0] === 0 ? [200, {}] : reply
    })
    modelFolder('failing', { url, name: 'late', output: 'score' })
    const scorer = await openOip(request('failing'))
    const score = () => (async () => scorer.score(Float64Array.of(1, 2, 3), 1, { timeoutMillis: 100 }))()
    await expect(score()).rejects.toMatchObject({ code: 'SCORER_FAILED', details: { status: 422 } })
    reply = [200, { outputs: [{ name: 'label', data: [1] }] }]
    await expect(score()).rejects.toThrow('no output "score"')
    reply = [200, { outputs: [{ name: 'score', datatype: 'FP32', data: [1, 2, 3] }] }]
    await expect(score()).rejects.toThrow('3 numbers for 1 rows')
    reply = [0, {}]
    await expect(score()).rejects.toThrow('no answer within 100 ms')
    await scorer.close()
  })

  test('a connection that was closed between two calls is opened again', async () => {
    const url = await plainServer(async () => [200, { outputs: [{ name: 'score', data: [0.5] }] }])
    modelFolder('closing', { url, name: 'late', output: 'score' })
    const scorer = await openOip(request('closing'))
    for (let call = 0; call < 5; call++) {
      expect([...(await scorer.score(Float64Array.of(1, 2, 3), 1))]).toEqual([0.5])
      others.at(-1)?.closeAllConnections()
    }
    await scorer.close()
  })
})

describe('a model that does not fit is refused when it is opened', () => {
  const tensors = (...names: readonly string[]) =>
    names.map(name => ({ name, datatype: 'FP32', shape: [-1, 1] }))
  const score = [{ name: 'score', datatype: 'FP32', shape: [-1] }]
  test.each([
    ['other names', { inputs: tensors('a', 'b', 'd'), outputs: score }, 'an input "d"'],
    ['fewer', { inputs: tensors('a', 'b'), outputs: score }, '2 inputs'],
    ['a matrix of another width', { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 7] }] }, '7 columns'],
    ['texts', { inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1, 3] }] }, 'wants BYTES'],
    ['no known output', { inputs: tensors('a', 'b', 'c'), outputs: tensors('x', 'y') }, 'say which'],
  ])('%s', async (what, metadata, message) => {
    const url = await plainServer(async () => [500, {}], { versions: ['1'], ...metadata })
    modelFolder(what, { url, name: 'late', columns })
    const opening = openOip(request(what))
    await expect(opening).rejects.toMatchObject({ code: 'SIGNATURE_MISMATCH' })
    await expect(opening).rejects.toThrow(message)
  })

  test('nobody answers, or the address is none', async () => {
    modelFolder('nobody', { url: 'http://127.0.0.1:9', name: 'late' })
    await expect(openOip(request('nobody'))).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' })
    modelFolder('secret', { url: 'http://me:secret@127.0.0.1:9', name: 'late' })
    await expect(openOip(request('secret'))).rejects.toThrow('without credentials')
  })
})
