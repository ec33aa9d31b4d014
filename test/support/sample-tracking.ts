import { localPrincipal } from '../../src/governance/index.ts'
import type { TrackingServer } from './tracking-server.ts'

const second = 1_000_000n
export const startedAt = 1_767_225_600_000_000n

export interface SampleRuns {
  readonly experiment: string
  /** By name. */
  readonly runs: ReadonlyMap<string, string>
}

/** An experiment `late` with runs that differ in all that a page shows: curves, NaN, nesting, files, a death. */
export async function sampleRuns({
  tracking,
  records,
}: Pick<TrackingServer, 'tracking' | 'records'>): Promise<SampleRuns> {
  const { experiments, runs, artifacts } = tracking
  const { id: experiment } = await experiments.ensure('late', localPrincipal)
  const made = new Map<string, string>()
  for (let index = 0; index < 8; index++) {
    const name = `candidate-${index}`
    const begun = startedAt + BigInt(index) * 600n * second
    const run = await runs.create(
      {
        experiment,
        name,
        user: index % 2 === 0 ? 'mila' : 'noor',
        startedAt: begun,
        tags: { team: index < 4 ? 'ops' : 'data', 'mlflow.source.git.commit': `c0ffee${index}` },
      },
      localPrincipal,
    )
    made.set(name, run.id)
    await runs.log(
      run.id,
      {
        params: [
          { key: 'depth', value: String(4 + index) },
          { key: 'booster', value: index % 3 === 0 ? 'dart' : 'gbdt' },
          { key: 'seed', value: '7' },
        ],
        metrics: [
          { key: 'roc_auc', value: index === 7 ? Number.NaN : 0.7 + index / 100, step: 0, at: begun },
          ...Array.from({ length: 200 }, (_, step) => ({
            key: 'loss',
            value: step === 90 ? Number.NaN : 1 / (1 + step / (10 + index)) + 0.05 * Math.sin(step),
            step,
            at: begun + BigInt(step) * second,
          })),
        ],
      },
      localPrincipal,
    )
    if (index !== 6)
      await runs.update(
        run.id,
        { status: index === 5 ? 'failed' : 'finished', endedAt: begun + 300n * second },
        localPrincipal,
      )
  }
  const parent = made.get('candidate-0') ?? ''
  for (const name of ['fold-1', 'fold-2']) {
    const child = await runs.create(
      { experiment, name, startedAt: startedAt + 1n * second, tags: { 'mlflow.parentRunId': parent } },
      localPrincipal,
    )
    made.set(name, child.id)
    await runs.update(child.id, { status: 'finished', endedAt: startedAt + 90n * second }, localPrincipal)
  }
  const file = (path: string, text: string) =>
    artifacts.put(
      {
        owner: { kind: 'run', id: parent },
        path,
        bytes: (async function* () {
          yield Buffer.from(text)
        })(),
      },
      localPrincipal,
    )
  await file('report/metrics.json', '{"auc":0.7,"note":"<b>text</b>"}')
  await file('report/rows.csv', 'airport,delay\nJFK,12\n"O, Hare",7\n')
  await file('report/page.html', '<script>document.title = "owned"</script><h1>hello</h1>')
  await file('model/model.pkl', '\0\u0001bytes')
  await file(
    'model/MLmodel',
    'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n',
  )
  await runs.logInputs(
    parent,
    {
      datasets: [
        {
          name: 'flights',
          digest: 'abc123',
          sourceType: 'local',
          source: 'flights.csv',
          schema: null,
          profile: null,
          tags: { 'mlflow.data.context': 'training' },
        },
      ],
    },
    localPrincipal,
  )
  await records.models.create({ name: 'late', description: 'Will it be late?' }, localPrincipal)
  for (const _ of [1, 2])
    await records.versions.create(
      { model: 'late', source: `runs:/${parent}/model`, run: parent },
      localPrincipal,
    )
  await records.aliases.set({ model: 'late', alias: 'champion', version: 1, reason: 'first' }, localPrincipal)
  await records.aliases.set(
    { model: 'late', alias: 'champion', version: 2, reason: 'better' },
    localPrincipal,
  )
  await records.versions.setStage(
    { model: 'late', version: 1 },
    { stage: 'Staging', archiveExisting: false },
    localPrincipal,
  )
  return { experiment, runs: made }
}
