import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  DeclaredContractsView,
  ReleaseDetailView,
  ReleaseSummaryView,
  VerdictPageView,
} from '../../src/api/releases.ts'
import { type DevServer, ensureBuilt, fettle, startDev } from './dev-server.ts'
import { writeJourneyProject } from './fixture/journey-project.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const execute = promisify(execFile)

/** The second fails a model that is as good as another for all but one airport. */
const terms = `  fallback: constant(0.3),
  slices: [byColumn('origin', ['AMS', 'CPH', 'LIS', 'OSL', 'VIE'])],
  contracts: [atLeast('roc_auc', 0.55), noWorse('brier', { margin: 0.08 }).on('origin')],
  purpose: purpose({
    audience: 'cabin crews',
    story: 'Crews hear of a delay before they board.',
    number: { name: 'missed', unit: 'a week', direction: 'down', baseline: 40, target: 20, matters: 2 },
    owner: 'operations',
    review: '30d',
  }),
`

interface Prediction {
  readonly predictions?: readonly { readonly served_by: string; readonly score: number }[]
  readonly error?: { readonly code: string }
}

/** Releases of a small project through the gate; the tests follow each other. */
describe('fettle deploy, and what it refuses', () => {
  let folder: string
  let server: DevServer
  const definitions = () => join(folder, 'definitions', 'late.ts')

  const api = async <Body>(path: string, init?: RequestInit): Promise<Body> => {
    const { url, token } = serverFile()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await (await fetch(`${url}/api/v1${path}`, { ...init, headers })).json()) as Body
  }
  const serverFile = () =>
    JSON.parse(readFileSync(join(folder, '.fettle', 'server.json'), 'utf8')) as {
      readonly pid: number
      readonly url: string
      readonly dataUrl: string
      readonly token: string
    }
  const command = (...args: readonly string[]) => {
    const given = [join(root, 'bin', 'fettle'), ...args, '--json', '--folder', folder]
    return execute(process.execPath, given).then(
      ({ stdout }) => ({ code: 0, value: JSON.parse(stdout) as ReleaseDetailView }),
      ({ stdout, code }: { readonly stdout: string; readonly code: number }) => ({
        code,
        value: JSON.parse(stdout) as ReleaseDetailView,
      }),
    )
  }
  const serving = async () => (await api<{ release: number | null }>('/deployments/late')).release
  const predict = async (): Promise<Prediction> => {
    const body = JSON.stringify({ origin: 'LIS', distance: 500 })
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(`${serverFile().dataUrl}/predict/late`, { method: 'POST', headers, body })
    return (await reply.json()) as Prediction
  }
  const objectFile = (hash: string) =>
    join(folder, '.fettle', 'objects', 'sha256', hash.slice(7, 9), hash.slice(7))
  const train = async (change: readonly [string, string]) => {
    writeFileSync(definitions(), readFileSync(definitions(), 'utf8').replace(...change))
    await fettle(folder, 'apply', '--yes')
    await fettle(folder, 'run', 'late')
  }
  const check = (page: VerdictPageView | null, name: string) => page?.checks.find(each => each.name === name)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-releases-'))
    await Promise.all([writeJourneyProject(folder), ensureBuilt()])
    const text = readFileSync(definitions(), 'utf8')
      .replace('constant, csv,', 'atLeast, byColumn, constant, csv, noWorse, purpose,')
      .replace('  fallback: constant(0.3),\n', terms)
    writeFileSync(definitions(), text)
    server = await startDev(folder)
    await fettle(folder, 'apply', '--yes')
    await fettle(folder, 'run', 'late')
    await fettle(folder, 'run', 'late-online')
  }, 120_000)
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves a version that passes, with a signed page that names every check', async () => {
    const told = await fettle(folder, 'deploy', 'late', '--reason', 'first')
    expect(told).toContain('Judge it on held-out rows: done')
    expect(told).toContain('Deployment late is ready with release 1 (late v1)')
    const { page, state, document } = await api<ReleaseDetailView>('/deployments/late/releases/1')
    expect([state, page?.verdict, page?.champion]).toEqual(['serving', 'pass', null])
    expect(page?.checks.map(each => `${each.name} ${each.verdict}`)).toEqual([
      'resolve pass',
      'compatible pass',
      'scorer pass',
      'self-test pass',
      'signature-fuzz pass',
      'online-batch pass',
      'load pass',
      'safety pass',
      'contracts pass',
      'reasons pass',
      'purpose pass',
    ])
    expect(page?.servingPlan).toMatchObject({ kind: 'linear', place: 'front', release: page?.release.digest })
    const published = join(folder, '.fettle', 'serving', 'releases', page?.release.digest.slice(7) ?? '')
    expect(JSON.parse(readFileSync(join(published, 'serving-plan.json'), 'utf8'))).toEqual(page?.servingPlan)
    expect(document).toMatchObject({ contracts: { hash: page?.contractSet } })
    const verify = (body: unknown) =>
      api<{ ok: boolean }>('/releases/verify-page', { method: 'POST', body: JSON.stringify(body) })
    expect(await verify(page)).toMatchObject({ ok: true })
    expect(await verify({ ...page, summary: 'better still' })).toMatchObject({ ok: false })
  }, 60_000)

  it('deploys the same again without another verdict', async () => {
    expect(await fettle(folder, 'deploy', 'late')).not.toContain('Run prn_')
    const { items } = await api<{ items: readonly ReleaseSummaryView[] }>('/deployments/late/releases')
    expect(items.map(each => each.number)).toEqual([1])
  })

  it('refuses a version that breaks a contract, says which, and leaves what serves', async () => {
    await train(['logistic({ l2: 1 })', 'logistic({ l2: 1_000_000_000 })'])
    const { code, value } = await command('deploy', 'late')
    expect(code).toBe(3)
    expect(value).toMatchObject({ number: 2, modelVersion: 2, state: 'refused', changed: expect.any(Array) })
    expect(check(value.page, 'contracts')).toMatchObject({
      verdict: 'fail',
      finding: expect.stringContaining('origin=LIS'),
    })
    expect(check(value.page, 'load')?.verdict).not.toBe('fail')
    expect(await serving()).toBe(1)
    const { report } = await api<{ report: { verdict: string } }>('/deployments/late/releases/2/contracts')
    expect(report.verdict).toBe('fail')
    const refused = await api<{ error: { code: string } }>('/deployments/late/deploy', {
      method: 'POST',
      body: JSON.stringify({ release: 2 }),
    })
    expect(refused.error.code).toBe('CONTRACT_FAILED')
    const aliases = await api<{ aliases: Record<string, number> }>('/models/late')
    expect(aliases.aliases['champion']).toBe(1)
    const declared = await api<DeclaredContractsView>('/deployments/late/contracts')
    expect([declared.from, declared.last?.release]).toEqual(['judged-releases', 2])
    expect(declared.contracts[1]?.cells.find(({ slice }) => slice === 'origin=LIS')?.last).toMatchObject({
      verdict: 'fail',
    })
  }, 60_000)

  it('refuses a version whose file was altered, and names the file', async () => {
    await train(['logistic({ l2: 1_000_000_000 })', 'logistic({ l2: 2 })'])
    const { versions } = await api<{
      versions: readonly { version: number; files: readonly { path: string; hash: string }[] }[]
    }>('/models/late')
    const newest = versions.find(({ version }) => version === 3)
    const file = objectFile(newest?.files.find(({ path }) => path === 'linear.json')?.hash ?? '')
    const copy = join(folder, 'linear.kept')
    copyFileSync(file, copy)
    chmodSync(file, 0o644)
    writeFileSync(file, readFileSync(copy, 'utf8').replace('{', '{ '))
    await expect(fettle(folder, 'deploy', 'late')).rejects.toThrow(/MODEL_ALTERED.*linear\.json is altered/)
    expect(await serving()).toBe(1)
    rmSync(file)
    copyFileSync(copy, file)
  }, 60_000)

  it('refuses a version whose rows are gone, and takes it when they are back', async () => {
    const { manifest } = await api<{ manifest: { data: { files: readonly { hash: string }[] } } }>(
      '/models/late/versions/3/manifest',
    )
    const file = objectFile(manifest.data.files[0]?.hash ?? '')
    const copy = join(folder, 'rows.kept')
    copyFileSync(file, copy)
    rmSync(file)
    const { code, value } = await command('deploy', 'late')
    expect(code).toBe(3)
    expect(check(value.page, 'resolve')).toMatchObject({
      verdict: 'fail',
      finding: expect.stringMatching(/not to be had: ds-\w+\/\S+\.parquet \(OBJECT_UNKNOWN\)/),
    })
    expect(await serving()).toBe(1)
    copyFileSync(copy, file)
    expect(await fettle(folder, 'deploy', 'late')).toContain('(late v3)')
    const { page } = await api<ReleaseDetailView>('/deployments/late/releases/latest')
    expect(page?.champion).toMatchObject({ number: 1, version: 1 })
    expect(page?.release.changed).toContain('model')
  }, 90_000)

  it('is switched off and on again on its host', async () => {
    const within = async (holds: (answer: Prediction) => boolean) => {
      for (let i = 0; i < 40 && !holds(await predict()); i++) await new Promise(go => setTimeout(go, 50))
      return predict()
    }
    await fettle(folder, 'kill-switch', 'late', '--level', 'model')
    const off = await within(({ predictions }) => predictions?.[0]?.served_by === 'fallback')
    expect(off.predictions?.[0]).toMatchObject({ served_by: 'fallback', score: 0.3 })
    await fettle(folder, 'kill-switch', 'late', '--level', 'closed')
    expect((await within(({ error }) => error !== undefined)).error?.code).toBe('KILLED')
    await fettle(folder, 'kill-switch', 'late', '--level', 'lift')
    const on = await within(({ predictions }) => predictions?.[0]?.served_by === 'model')
    expect(on.predictions?.[0]?.served_by).toBe('model')
    await expect(fettle(folder, 'kill-switch', 'nobody', '--level', 'lift')).rejects.toThrow(
      'UNKNOWN_DEPLOYMENT',
    )
  }, 30_000)

  it('follows the number it is judged by', async () => {
    const told = await fettle(folder, 'purpose', 'record', 'late', '30')
    expect(told).toContain('50 % of the way to the target')
    expect(told).toContain('impact: undefined (no-holdback)')
  })

  it('signs one verdict when it is killed while it concludes, and goes on by itself', async () => {
    const { run } = await api<{ run: string }>('/deployments/late/releases/verify', {
      method: 'POST',
      body: JSON.stringify({ version: 1 }),
    })
    const stateOf = async (step: string) => {
      const { steps } = await api<{ steps: readonly { id: string; state: string }[] }>(`/runs/${run}`)
      return steps.find(({ id }) => id === step)?.state ?? ''
    }
    while (!/running|succeeded/.test(await stateOf('conclude'))) await new Promise(go => setTimeout(go, 20))
    process.kill(serverFile().pid, 'SIGKILL')
    server = await startDev(folder)
    while ((await stateOf('conclude')) !== 'succeeded') await new Promise(go => setTimeout(go, 100))
    const { items } = await api<{ items: readonly ReleaseSummaryView[] }>('/deployments/late/releases')
    expect(items.filter(each => each.verdict?.run === run)).toHaveLength(1)
    const { items: events } = await api<{ items: readonly { action: string; details: { run?: string } }[] }>(
      '/audit?limit=100',
    )
    const told = events.filter(({ action, details }) => action.startsWith('release.') && details.run === run)
    expect(told).toHaveLength(1)
  }, 60_000)
})
