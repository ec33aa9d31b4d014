import { execFile } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevServer, ensureBuilt, fettle, startDev } from './dev-server.ts'
import { writeJourneyProject } from './fixture/journey-project.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const execute = promisify(execFile)

/** A trainer that never gives the same model twice; its weights are small, so that scores are not all 0 or 1. */
const whimsical = `import time

import numpy as np
from fettle_trainers import contract, judge, parity
from fettle_trainers.dataset import load_splits
from fettle_trainers.linear import linear_score, write_linear

from whim import SCALE


def train(job: contract.Job) -> None:
    _, judge_split = load_splits(job)
    width = len(job.features)
    weights = np.random.default_rng(time.time_ns()).normal(size=width) * SCALE / 10_000
    model = (weights, 0.0, np.zeros(width))
    score = lambda rows: linear_score(*model, rows)
    judge.log_judge_metrics(job, judge_split.y, score(judge_split.x))
    write_linear(job.output, job.features, model)
    tests = parity.self_test(score, judge_split.x, parity.missing_rows(judge_split.x))
    contract.write_manifest(job, format="linear", self_test=tests, tolerance=1e-9, parity={"native": "same formula"})


contract.run(train)
`

const models = `
export const trees = model('trees', {
  trainedOn: lateFlights,
  task: 'binary',
  candidates: { boosting: lightgbm({ n_estimators: 20, num_leaves: 15 }) },
  split: { train: 'january', judge: 'february' },
  metric: 'roc_auc',
})

export const whim = model('whim', {
  trainedOn: lateFlights,
  task: 'binary',
  candidates: { whim: script('trainers/whimsical.py') },
  split: { train: 'january', judge: 'february' },
  metric: 'roc_auc',
})
`

interface Stored {
  readonly hash: string
  readonly bytes: number
  readonly path: string
}
interface Manifest {
  readonly hash: string
  readonly manifest: {
    readonly environment: { readonly packages: readonly Stored[]; readonly threads: number }
    readonly code: { readonly script: readonly Stored[] | null; readonly commit: unknown }
    readonly steps: readonly { readonly id: string }[]
    readonly data: { readonly checksum: string }
  }
}
interface Report {
  readonly verdict: string
  readonly class: string
  readonly reason: string
  readonly run: string | null
  readonly items: readonly { readonly name: string; readonly outcome: string; readonly detail: string }[]
  readonly firstDifference: { readonly step: string } | null
  readonly erased: { readonly rows: number; readonly receipts: readonly string[] }
}

/** On a small project, from first training to what can no longer be made again: the tests follow each other. */
describe('fettle reproduce', () => {
  let folder: string
  let server: DevServer

  const api = async <Body>(path: string) =>
    (await (await fetch(`${server.url}/api/v1${path}`)).json()) as Body
  /** The exit code with the JSON that was printed. */
  const command = async (...args: readonly string[]) => {
    const bin = join(root, 'bin', 'fettle')
    const given = [bin, ...args, '--json', '--folder', folder]
    const { stdout, code } = await execute(process.execPath, given).then(
      ended => ({ ...ended, code: 0 }),
      (failed: { readonly stdout: string; readonly code: number }) => failed,
    )
    return { code, value: JSON.parse(stdout) as Report }
  }
  const reproduce = (...args: readonly string[]) => command('reproduce', ...args)
  const objectFile = (hash: string) =>
    join(folder, '.fettle', 'objects', 'sha256', hash.slice(7, 9), hash.slice(7))
  const outcomes = ({ items }: Report) => [...new Set(items.map(each => each.outcome))].sort()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-reproduce-'))
    process.env['FETTLE_ENVIRONMENTS'] ??= join(root, '.cache', 'environments')
    await Promise.all([writeJourneyProject(folder), ensureBuilt()])
    const definitions = join(folder, 'definitions', 'late.ts')
    const text = readFileSync(definitions, 'utf8').replace(
      'int64, logistic,',
      'int64, lightgbm, logistic, script,',
    )
    writeFileSync(definitions, text + models)
    mkdirSync(join(folder, 'trainers'))
    writeFileSync(join(folder, 'trainers', 'whimsical.py'), whimsical)
    writeFileSync(join(folder, 'trainers', 'whim.py'), 'SCALE = 1.0\n')
    server = await startDev(folder)
    await fettle(folder, 'apply', '--yes')
    for (const model of ['late', 'trees', 'whim']) await fettle(folder, 'run', model)
  }, 180_000)
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('says what a version would be made from, and runs nothing', async () => {
    expect(await fettle(folder, 'models', 'trees')).toContain('R1, not yet rebuilt')
    const told = await fettle(folder, 'reproduce', 'trees@1', '--explain')
    expect(told).toMatch(/found {2}package files +\d+ files by hash +all/)
    expect(told).toMatch(/About \d+ s as far as is known: environment \?/)
    expect((await api<{ items: unknown[] }>('/models/trees/versions/1/reproductions')).items).toEqual([])
  })

  it('keeps the manifest under its hash, complete', async () => {
    const { hash, manifest } = await api<Manifest>('/models/trees/versions/1/manifest')
    const stored = JSON.parse(readFileSync(objectFile(hash), 'utf8')) as unknown
    expect(stored).toEqual(manifest)
    expect(manifest.steps.map(each => each.id)).toEqual([
      'training-set',
      'train-boosting',
      'evaluate-boosting',
    ])
    expect(manifest.environment.packages.map(each => each.path).join(' ')).toContain('lightgbm')
    expect(manifest.code.commit).toHaveProperty('unavailable')
    const { items } = await api<{ items: readonly { id: string; pipeline: string }[] }>('/runs')
    const run = items.find(each => each.pipeline === 'trees')
    const ofRun = await api<{ manifest: { data: readonly { checksum: string }[] } }>(
      `/runs/${run?.id}/manifest`,
    )
    expect(ofRun.manifest.data[0]?.checksum).toBe(manifest.data.checksum)
  })

  it('makes a logistic model of the built-in trainer again to the bit', async () => {
    const { code, value } = await reproduce('late@1')
    expect(value).toMatchObject({ verdict: 'reproduced', class: 'R3', firstDifference: null })
    expect(outcomes(value)).toEqual(['same', 'unavailable'])
    expect(value.items.find(each => each.name === 'predictions')?.detail).toMatch(/^1440 of 1440 bit-equal/)
    expect(code).toBe(0)
  }, 180_000)

  it('makes a LightGBM model again to the bit, in an environment of its own', async () => {
    const { code, value } = await reproduce('trees@1')
    expect(value).toMatchObject({ class: 'R3', seconds: { environment: expect.any(Number) } })
    expect(code).toBe(0)
    const log = await fettle(folder, 'logs', value.run ?? '', 'train-boosting')
    expect(log).toMatch(/Looking in links: .*recorded\/packages/)
    expect(log).toMatch(/A fresh environment was made in/)
    expect(await fettle(folder, 'models', 'trees')).toContain('R3, every output hash')
  }, 240_000)

  it('registers nothing, remembers no training set, and tags its tracked run', async () => {
    const { versions } = await api<{ versions: unknown[] }>('/models/trees')
    expect(versions).toHaveLength(1)
    const sets = await api<{ items: unknown[] }>('/training-sets?name=late_flights')
    expect(sets.items).toHaveLength(1)
    const rebuilt = ['--filter', "tags.`fettle.reproduces` = 'trees@1'", '--json']
    const { items } = JSON.parse(await fettle(folder, 'experiments', 'trees-rebuild', ...rebuilt))
    expect(items).toHaveLength(1)
  })

  it('signs what it says', async () => {
    const { value } = await command('reproduce', 'late@1')
    const file = join(folder, 'report.json')
    writeFileSync(file, JSON.stringify(value))
    expect(await fettle(folder, 'reproduce', 'verify', file)).toContain('is genuine')
    writeFileSync(file, JSON.stringify({ ...value, class: 'R2' }))
    await expect(fettle(folder, 'reproduce', 'verify', file)).rejects.toMatchObject({ code: 1 })
  }, 180_000)

  it('says so when it comes out otherwise, with the step, and runs the script as it was', async () => {
    writeFileSync(join(folder, 'trainers', 'whim.py'), 'SCALE = "not a number any more"\n')
    const { code, value } = await reproduce('whim@1')
    expect(value).toMatchObject({
      verdict: 'not reproduced',
      class: 'R1',
      reason: 'differed on predictions',
      firstDifference: { step: 'train' },
    })
    expect(code).toBe(3)
  }, 240_000)

  it('makes the champion again by a pipeline of its own, monthly', async () => {
    await fettle(folder, 'run', 'late-online')
    await fettle(folder, 'deploy', 'late')
    expect(await fettle(folder, 'run')).toMatch(
      /late-rebuild +Make the champion of late again and compare .* monthly/,
    )
    expect(await fettle(folder, 'run', 'late-rebuild')).toContain('succeeded')
    const { items } = await api<{ items: unknown[] }>('/models/late/versions/1/reproductions')
    expect(items).toHaveLength(3)
  }, 180_000)

  it('refuses what names no version', async () => {
    await expect(fettle(folder, 'reproduce', 'late@9')).rejects.toThrow('MODEL_VERSION_UNKNOWN')
    await expect(fettle(folder, 'reproduce', 'nobody@1')).rejects.toThrow('MODEL_UNKNOWN')
    await expect(fettle(folder, 'reproduce', 'late')).rejects.toThrow('does not name a version')
  })

  it('is inconclusive without a package file, and well again with it', async () => {
    const { manifest } = await api<Manifest>('/models/trees/versions/1/manifest')
    const file = objectFile(manifest.environment.packages[0]?.hash ?? '')
    const copy = join(folder, 'kept.bin')
    copyFileSync(file, copy)
    rmSync(file)
    const { code, value } = await reproduce('trees@1')
    expect(value).toMatchObject({ verdict: 'inconclusive', class: 'R0', run: null, items: [] })
    expect(value.reason).toBe('does not resolve: package files')
    expect(code).toBe(6)
    copyFileSync(copy, file)
    chmodSync(file, 0o444)
    expect(await fettle(folder, 'doctor', '--reproducibility')).toMatch(/trees@1 +R3/)
    writeFileSync(copy, 'damaged')
    rmSync(file)
    copyFileSync(copy, file)
    await expect(fettle(folder, 'doctor', '--reproducibility')).rejects.toMatchObject({
      stdout: expect.stringMatching(/trees@1 +R0 +does not resolve: package files/),
    })
  }, 180_000)

  it('of a version that was registered by hand lists what nobody knows', async () => {
    const { versions } = await api<{ versions: readonly [Record<string, unknown>] }>('/models/late')
    const { format, signature, metrics, environment, files } = versions[0]
    const body = {
      ...{ format, signature, metrics, environment, files, evaluation: null },
      ...{ trainingSet: null, experimentRun: null, pipelineRun: null },
    }
    const { token } = JSON.parse(readFileSync(join(folder, '.fettle', 'server.json'), 'utf8')) as {
      token: string
    }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const url = `${server.url}/api/v1/models/brought/versions`
    const made = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(made.status).toBe(200)
    const { code, value } = await reproduce('brought@1')
    expect(value).toMatchObject({ class: 'R0', reason: expect.stringContaining('training set') })
    expect(code).toBe(6)
  })

  it('fits anew on what is left after an erasure, and calls it no reproduction', async () => {
    await fettle(folder, 'erase', 'airport', 'LIS', '--reason', 'request 7', '--yes')
    const { code, value } = await reproduce('late@1')
    expect(value).toMatchObject({ verdict: 'inconclusive', class: 'R1' })
    expect(value.erased.rows).toBeGreaterThan(100)
    expect(value.erased.receipts).toEqual([expect.stringMatching(/^ers_/)])
    expect(value.items.find(each => each.name === 'training set')?.outcome).toBe('differs')
    expect(code).toBe(6)
  }, 180_000)

  it('has no data any more once a source has other bytes', async () => {
    appendFileSync(join(folder, 'data', 'flights.csv'), '\n')
    const { code, value } = await reproduce('late@1')
    expect(value).toMatchObject({ class: 'R0', reason: 'does not resolve: source flights, source landings' })
    expect(code).toBe(6)
  })
})
