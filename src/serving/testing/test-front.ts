import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Release } from '../../registry/index.ts'
import { type FrontOptions, runFront } from '../front/run-front.ts'
import { startProcess } from '../scorer/start-process.ts'
import { bundleScorer } from './bundle.ts'
import { fakeFeatures, noFeatures } from './fake-platform.ts'
import { deploy, type FixtureOptions, writeRelease } from './release-fixture.ts'

/** What any reply may hold; which of it is there is for the test to say. */
export interface Body {
  readonly id: string
  readonly predictions: readonly {
    readonly prediction_id: string
    readonly score: number
    readonly served_by: string
  }[]
  readonly error: { readonly code: string; readonly message: string }
  readonly outputs: readonly { readonly name: string }[]
  readonly columns: unknown
}

export interface TestFront {
  readonly folder: string
  readonly url: string
  /** `host:port`; empty without. */
  readonly grpc: string
  readonly release: Release
  post(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: Body }>
  admin(path: string, body?: unknown): Promise<{ status: number; text: string }>
  close(): Promise<void>
}

export interface TestFrontOptions
  extends Pick<FrontOptions, 'access' | 'dialects' | 'grpcPort' | 'limits' | 'standby'> {
  /** Deployments beside `late`. */
  readonly others?: readonly FixtureOptions[]
}

/** A front on the fakes, with release 1 of deployment `late`, on the replay clock, taking bodies of 12 MiB; no standby. */
export async function startTestFront({ others = [], ...options }: TestFrontOptions = {}): Promise<TestFront> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-front-'))
  const scorer = bundleScorer()
  const release = writeRelease(folder)
  const more = others.map(each => writeRelease(folder, each))
  deploy(folder, ...[release, ...more].map(({ deployment, digest }) => ({ name: deployment, digest })))
  const front = await runFront({
    servingFolder: folder,
    prepareFeatures: fakeFeatures,
    features: noFeatures,
    startScorer: request => startProcess(process.execPath, [scorer, JSON.stringify(request)]),
    dataPort: 0,
    adminPort: 0,
    clock: 'replay',
    graceMillis: 0,
    standby: false,
    bodyBytes: 12 * 1024 * 1024,
    ...options,
  })
  return {
    folder,
    url: front.dataUrl,
    grpc: front.grpcAddress ?? '',
    release,
    async post(path, body, headers = {}) {
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const response = await fetch(front.dataUrl + path, {
        method: 'POST',
        body: text as string,
        headers: { 'content-type': 'application/json', ...headers },
      })
      return {
        status: response.status,
        headers: response.headers,
        body: JSON.parse(await response.text()) as Body,
      }
    },
    async admin(path, body) {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const response = await fetch(front.adminUrl + path, init)
      return { status: response.status, text: await response.text() }
    },
    async close() {
      await front.drain()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The weights of release 1, and the vector the fake features make of a row. */
export const weights = [0.001, 0.1, 2]
export const row = { origin: 'SEA', distance: 500 }
export function vectorOf(origin: string, distance: number): readonly number[] {
  return [distance, origin.length, origin.replace(/[^AEIOU]/g, '').length / origin.length]
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('did not come true in 10 s')
}
