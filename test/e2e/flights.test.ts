import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { openExplainer } from '../../src/evaluation/index.ts'
import { type CheckReport, historical, type SkewReport } from '../../src/features/index.ts'
import type { Value } from '../../src/kernel/values/index.ts'
import { type BuildRecord, checksRef } from '../../src/projects/index.ts'
import type { Release } from '../../src/registry/index.ts'
import { createDecisionReader, type DecisionRecord, explainDecision } from '../../src/serving/index.ts'

// The main job of the README on the real three million rows, twice, in a folder of its own. The folder is two levels
// below the repository, as examples/flights is, because the definitions name their data relative to it.
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const project = join(root, '.cache', 'flights')
const kept = join(project, '.fettle')

function mainJob(): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(
    process.execPath,
    ['scripts/run.mjs', 'examples/flights/main-job.ts', '--exit', '--folder', project, '--port', '0'],
    {
      cwd: root,
      env: { ...process.env, FETTLE_ENVIRONMENTS: join(root, '.cache', 'environments'), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => (output += text))
  return new Promise(resolve => child.once('exit', code => resolve({ code, output })))
}

async function decisions(): Promise<readonly DecisionRecord[]> {
  const reader = createDecisionReader(join(kept, 'serving', 'log'))
  const records: DecisionRecord[] = []
  let cursor: string | undefined
  do {
    const page = await reader.latest('late', { limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    records.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return records
}

/** Those of the hour that is replayed before anything is rolled out; the traffic of the rollouts leaves later. */
async function firstHour(): Promise<readonly DecisionRecord[]> {
  const { clock } = JSON.parse(readFileSync(join(project, 'fettle.json'), 'utf8')) as {
    clock: { replay: string }
  }
  const end = BigInt(Date.parse(clock.replay) + 3_600_000) * 1000n
  return (await decisions()).filter(({ asOf }) => asOf < end)
}

async function newestReport<Report>(ref: BuildRecord['ref']): Promise<Report> {
  const database = await openMetadata({ kind: 'sqlite', path: join(kept, 'meta.sqlite') })
  try {
    const [newest] = await database.read.definitions.listBuilds(ref, 1)
    if (newest === undefined) throw new Error(`there is no report of ${ref}`)
    return newest.report as Report
  } finally {
    await database.close()
  }
}

function releaseOf(record: DecisionRecord): { readonly release: Release; readonly folder: string } {
  const folder = join(kept, 'serving', 'releases', record.release.digest.replace('sha256:', ''))
  return { folder, release: JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8')) as Release }
}

describe('the main job on three million flights', () => {
  let first: Awaited<ReturnType<typeof mainJob>>
  beforeAll(async () => {
    rmSync(project, { recursive: true, force: true })
    cpSync(join(root, 'examples', 'flights'), project, {
      recursive: true,
      filter: path => !path.includes('.fettle/') && !path.endsWith('.fettle'),
    })
    first = await mainJob()
  }, 900_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('ends well and shows predictions with reasons', () => {
    expect(first.output).toContain('Why the highest: decision')
    expect(first.output).toContain('Flights from this airport have been arriving late')
    expect(first.output).toContain('Where the time went')
    expect(first.code).toBe(0)
  })

  it('trains on over a million rows, and the better model is as good as is honest on April', async () => {
    const database = await openMetadata({ kind: 'sqlite', path: join(kept, 'meta.sqlite') })
    try {
      const [version, tooClean, eager, deeper, ...others] = await database.read.registry.listVersions('late')
      expect(others).toEqual([])
      // All challengers are better on average.
      for (const challenger of [tooClean, eager, deeper])
        expect(Number(challenger?.metrics['roc_auc'])).toBeGreaterThan(Number(version?.metrics['roc_auc']))
      expect(version?.trainingSet?.rows).toBeGreaterThan(1_000_000)
      expect(version?.metrics['roc_auc']).toBeGreaterThan(0.755)
      expect(version?.metrics['roc_auc']).toBeLessThan(0.775)
      expect(version?.format).toBe('onnx')
      expect(await database.read.registry.aliases('late')).toEqual({ challenger: 4, champion: 4 })
    } finally {
      await database.close()
    }
  })

  it('refuses the challenger that breaks one airport, says why, and releases the one that breaks nothing', async () => {
    expect(first.output).toMatch(/Release 2 of late does not serve/)
    const database = await openMetadata({ kind: 'sqlite', path: join(kept, 'meta.sqlite') })
    try {
      const { deployments } = database.read
      const releases = await deployments.listReleases('late')
      expect(releases.map(({ release }) => release.model.version).sort()).toEqual([1, 2, 3, 4])
      expect((await deployments.listServings('late')).map(({ number }) => number)).toEqual([4, 1])
      const verdicts = await deployments.listVerdicts('late')
      const byNumber = new Map(verdicts.map(({ page }) => [page.release.number, page]))
      expect([1, 2, 3, 4].map(number => byNumber.get(number)?.verdict)).toEqual([
        ...['pass', 'fail', 'pass', 'pass'],
      ])
      const [failing, ...more] = (byNumber.get(2)?.checks ?? []).filter(check => check.verdict === 'fail')
      expect(more).toEqual([])
      expect(failing?.name).toBe('contracts')
      expect(failing?.finding).toMatch(/origin=SEA: Recall fell by 0\.1/)
      const sets = releases.map(({ release }) => Object.keys(release.thresholdSet?.segments ?? {}).length)
      expect(Math.min(...sets)).toBeGreaterThan(200)
    } finally {
      await database.close()
    }
  })

  it('takes back from its shadow what one desk asked for, and ramps the one that breaks nothing to champion', async () => {
    const database = await openMetadata({ kind: 'sqlite', path: join(kept, 'meta.sqlite') })
    try {
      const rows = await database.read.rollouts.listRows('late')
      const events = (release: number) =>
        rows.filter(row => row.release === release).map(({ event, weight }) => `${event} ${weight}`)
      expect(events(3)).toEqual([
        'verify_passed 0',
        'start_shadow 0',
        'abort 0',
        'incident_opened 0',
        'incident_closed 0',
      ])
      expect(rows.find(({ event }) => event === 'abort')).toMatchObject({
        reasonCode: 'harm',
        actor: { kind: 'rule' },
      })
      expect(rows.find(({ event }) => event === 'abort')?.reason).toContain('desk=ATL')
      expect(events(4)).toEqual([
        ...[
          'verify_passed 0',
          'start_shadow 0',
          'start_canary 10',
          'step_up 50',
          'start_probation 100',
          'confirm 100',
        ],
      ])
    } finally {
      await database.close()
    }
  })

  it('served exactly the features that the same definitions give offline at the same instants', async () => {
    const records = await firstHour()
    expect(records.length).toBeGreaterThan(1_000)
    const [newest] = records
    if (!newest) throw new Error('nothing was decided')
    const { release } = releaseOf(newest)
    const keys = release.features.request.filter(field => field.role === 'key')
    const offline = await historical(createDuckDBEngine(), {
      sources: release.features.sources,
      views: release.features.views,
      lookups: release.features.lookups,
      fullNames: release.features.fullNames,
      projectFolder: project,
      time: 'as_of',
      spine: {
        fields: [...keys.map(({ name, type }) => ({ name, type })), { name: 'as_of', type: 'timestamp' }],
        rows: records.map(record => [
          ...keys.map(({ name }): Value => record.entity[name] ?? null),
          record.asOf,
        ]),
      },
    })
    const different: string[] = []
    offline.fields.forEach((field, column) => {
      const position = release.features.vector.findIndex(each => each.name === field.name)
      expect(position).toBeGreaterThanOrEqual(0)
      records.forEach((record, row) => {
        const value = offline.rows[row]?.[column] ?? null
        const expected = value === null ? Number.NaN : Number(value)
        const served = record.vector[position]
        if (!Object.is(served, expected))
          different.push(`${record.predictionId} ${field.name}: served ${served}, offline ${expected}`)
      })
    })
    expect(different).toEqual([])
  }, 300_000)

  it('says so itself: fettle skew found every value equal to the bit, and the checks of the sources passed', async () => {
    const records = await firstHour()
    const { report } = await newestReport<{ readonly report: SkewReport }>('deployment:#skew/late')
    expect(report).toMatchObject({ verdict: 'pass', requests: records.length, warnings: [] })
    expect(report.features.length).toBeGreaterThan(10)
    const others = report.features.filter(({ equal, worst }) => equal !== records.length || worst.length > 0)
    expect(others).toEqual([])
    for (const [source, count] of [
      ['flights_file', 6],
      ['airports', 2],
    ] as const) {
      const checked = await newestReport<CheckReport>(checksRef(`source:${source}`))
      expect(checked.results.map(each => each.state)).toEqual(Array(count).fill('pass'))
    }
  })

  it('explains a decision exactly: baseline and contributions add up to the raw score', async () => {
    const records = (await decisions()).slice(0, 50)
    for (const record of records) {
      const { release, folder } = releaseOf(record)
      const explained = await explainDecision(record, release, folder, openExplainer)
      const sum = explained.features.reduce(
        (total, feature) => total + (feature.contribution ?? Number.NaN),
        explained.baseline ?? Number.NaN,
      )
      expect(Math.abs(sum - (explained.rawScore ?? Number.NaN))).toBeLessThan(1e-6)
      expect(Math.abs(1 / (1 + Math.exp(-sum)) - record.score)).toBeLessThan(1e-5)
    }
  })

  it('changes nothing and is quick when nothing has changed', async () => {
    const before = await firstHour()
    const begun = Date.now()
    const second = await mainJob()
    expect(second.code).toBe(0)
    expect(second.output).toContain('8 reused')
    expect(Date.now() - begun).toBeLessThan(240_000)
    const database = await openMetadata({ kind: 'sqlite', path: join(kept, 'meta.sqlite') })
    try {
      expect(await database.read.registry.listVersions('late')).toHaveLength(4)
      // The refused version was tried again, now against the new champion.
      expect((await database.read.deployments.listServings('late')).map(({ number }) => number)).toEqual([
        4, 1,
      ])
      expect(await database.read.definitions.listBuilds('trainingSet:late_flights', 10)).toHaveLength(1)
      expect((await database.read.definitions.listCurrent()).every(each => each.version === 1)).toBe(true)
      expect(existsSync(join(kept, 'server.json'))).toBe(false)
    } finally {
      await database.close()
    }
    const after = await firstHour()
    expect(after).toHaveLength(2 * before.length)
    expect(new Set(after.map(each => each.predictionId)).size).toBe(after.length)
  }, 300_000)
})
