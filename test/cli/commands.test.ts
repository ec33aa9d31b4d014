import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { fakeIo } from '../support/fake-io.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { failedAttempt, pipelineRun, stepRecord } from '../support/sample-records.ts'

const { app, services } = fakeServer()
const folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'))
beforeAll(async () => {
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  mkdirSync(join(folder, '.fettle'))
  writeFileSync(join(folder, 'fettle.json'), '{ "project": "flights" }')
  writeFileSync(join(folder, '.fettle', 'server.json'), JSON.stringify({ pid: process.pid, url, token }))
  mkdirSync(join(folder, 'definitions'))
  writeFileSync(
    join(folder, 'definitions', 'a.ts'),
    "import { entity, string } from 'fettle'\nexport const airport = entity('airport', { key: { airport: string() } })\n",
  )
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true })
})

async function fettle(...argv: string[]) {
  const io = fakeIo()
  const code = await main([...argv, '--folder', folder], io, '1.2.3')
  return { code, ...io.written }
}

const oneJson = (text: string): unknown => {
  expect(text.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(text)
}

describe('what commands print', () => {
  it('runs', async () => {
    expect(await fettle('runs')).toEqual({
      code: 0,
      err: '',
      out: 'RUN    PIPELINE  STATE      STEPS  STARTED    TOOK   AT\nprn_1  late      succeeded  2/2    3 min ago  2 min\n',
    })
  })

  it('runs ID', async () => {
    const { out } = await fettle('runs', 'latest')
    expect(out).toBe(
      [
        'late  prn_1',
        'succeeded, 2 steps, took 2 min',
        '',
        'STEP   STATE      TOOK   TRIES  RESULT',
        'build  reused                   reused from prn_0',
        'train  succeeded  1 min',
        '',
      ].join('\n'),
    )
  })

  it('logs, with the step before each line unless one is asked for, and without what would move a terminal', async () => {
    expect((await fettle('logs', 'prn_1', 'train')).out).toBe('epoch 1\n[fettle] red\n')
    const json = oneJson((await fettle('logs', 'prn_1', 'train', '--json')).out)
    expect(json).toMatchObject({
      run: 'prn_1',
      lines: [{ step: 'train', text: 'epoch 1' }, { stream: 'system' }],
    })
  })

  it('catalog', async () => {
    expect((await fettle('catalog')).out).toBe(
      'KIND    NAME     VERSION  APPLIED   OWNER  DESCRIPTION\nentity  airport  v1       just now         An airport\n',
    )
    expect((await fettle('catalog', 'entity', 'airport')).out).toBe(
      [
        'entity airport v1',
        'An airport',
        'written at definitions/features.ts:4',
        'used by feature view origin_landings',
        'rows: 3 000 000, just now',
        '',
        'Versions:',
        '  v1  sha256:abababababab  just now by local',
        '',
        'use: in training sets; feature views origin_landings',
        'idle: no deployment that answers now rests on it',
        '',
        'COLUMN   TYPE    UNIT, CLASS  USE  WHAT',
        'airport  string',
        '',
      ].join('\n'),
    )
  })

  it('models', async () => {
    expect((await fettle('models')).out).toBe(
      'MODEL  VERSIONS  CHAMPION  ALIASES      DESCRIPTION\nlate   2         v2        champion=v2  late?\n',
    )
    expect((await fettle('models', 'late')).out).toContain(
      'v2       champion  onnx    just now    roc_auc 0.761235, ece not measured (too few rows)',
    )
  })

  it('models NAME --alias: its history, and what it was at an instant', async () => {
    expect((await fettle('models', 'late', '--alias', 'champion')).out).toMatch(
      /^SINCE +VERSION +BY +WHY\n\S+ +v2 +local +better\n$/,
    )
    const at = (time: string) => fettle('models', 'late', '--alias', 'champion', '--as-of', time)
    expect((await at('1999-01-01')).out).toBe('late champion at 1999-01-01T00:00:00Z: none\n')
    expect((await at('2999-01-01')).out).toMatch(/^late champion at \S+: v2\nset at \S+ by local: better\n$/)
    expect((await fettle('models', 'late', '--alias', 'nobody')).out).toContain('never pointed')
    expect((await at('soon')).err).toContain('is no instant')
    for (const words of [
      ['late', '--as-of', '2027-03-01'],
      ['--alias', 'champion'],
    ])
      expect((await fettle('models', ...words)).code).not.toBe(0)
  })

  it('models verify, sign and card MODEL@VERSION', async () => {
    const signed = await fettle('models', 'verify', 'late@1')
    expect([signed.code, signed.out]).toEqual([
      0,
      expect.stringMatching(/^late@1 is signed by mila at \S+ with the key k: its files are those/),
    ])
    expect((await fettle('models', 'sign', 'late@v1')).out).toContain('is signed')
    expect((await fettle('models', 'card', 'late@1')).out).toContain('| Verdicts | not measured |')
    expect((await fettle('models', 'card', 'late@1', '--format', 'html')).out).toContain('&lt;b&gt;')
    expect(oneJson((await fettle('models', 'card', 'late@1', '--json')).out)).toMatchObject({ model: 'late' })
    expect((await fettle('models', 'verify', 'late@9')).err).toContain('MODEL_VERSION_UNKNOWN')
  })

  it('models request-alias, approve, decline, withdraw, requests, protect', async () => {
    expect((await fettle('models', 'protect', 'late', 'live', '--check', 'evaluation')).out).toContain(
      'live of late moves by requests now: 1 approval, checked: evaluation. Who asks cannot agree',
    )
    expect((await fettle('models', 'request-alias', 'late', 'live', 'v1', '--reason', 'better')).out).toMatch(
      /^apr_1: late live from none to v1 is requested\n {2}asked for by mila at \S+: better\n/,
    )
    expect((await fettle('models', 'requests', 'late')).out).toMatch(
      /apr_1 +late +live +v1 +requested +mila +1 of 1/,
    )
    for (const verb of ['approve', 'decline'])
      expect((await fettle('models', verb, 'apr_1', '--yes', '--as', 'jon')).code).toBe(0)
    expect((await fettle('models', 'withdraw', 'apr_1')).code).toBe(0)
    expect((await fettle('models', 'unprotect', 'late', 'live')).out).toBe('live of late moves freely now.\n')
    const wrong = [
      ['approve', 'apr_1'],
      ['approve', 'apr_1', 'apr_2'],
      ['verify', 'late'],
      ['request-alias', 'late', 'live', 'two'],
      ['protect', 'late', 'live', '--approvals', 'some'],
      ['frob', 'late'],
      ['approve'],
      ['protect', 'late', 'live', '--check', 'eval'],
    ]
    for (const words of wrong) expect((await fettle('models', ...words)).code).toBe(2)
  })

  it('alerts and their rules', async () => {
    expect((await fettle('alerts')).out).toMatch(/^run_1 {2}.* loss became NaN at step 3\n$/)
    expect((await fettle('alerts', 'rules')).out).toBe('alr_1  nan  (experiment 1, mila)\n')
    const added = await fettle('alerts', 'add', '--experiment', 'late', '--above', 'loss=3')
    expect(added.out).toContain('bound key loss above 3')
    expect((await fettle('alerts', 'mute', 'alr_1', '--until', '2030-01-01T00:00:00Z')).out).toContain(
      'muted until',
    )
    expect((await fettle('alerts', 'remove', 'alr_1')).out).toContain('removed')
    expect((await fettle('alerts', 'add', '--above', 'loss')).err).toContain('a metric and a number')
    expect((await fettle('alerts', 'add')).err).toContain('what is to be watched')
    expect(await fettle('alerts', 'wave')).toMatchObject({ code: 2 })
    expect((await fettle('alerts', 'remove', 'x')).err).toContain('ALERT_RULE_UNKNOWN')
  })

  it('sync', async () => {
    const spools = mkdtempSync(join(tmpdir(), 'fettle-spools-'))
    expect(await fettle('sync', spools)).toMatchObject({ code: 0, out: 'Nothing to send.\n' })
    mkdirSync(join(spools, 'c'))
    expect((await fettle('sync', spools)).err).toContain('SPOOL_INVALID')
    const state = { client: 'c', server: { id: 'f'.repeat(32), name: 'elsewhere' }, acknowledged: 0, pid: 1 }
    const write = (more: object) =>
      writeFileSync(join(spools, 'c', 'state.json'), JSON.stringify({ ...state, ...more }))
    write({})
    expect((await fettle('sync', spools)).err).toMatch(/"elsewhere" \(f+\); this is "late"/)
    write({ server: null })
    const { code, out } = await fettle('sync', spools)
    expect(code).toBe(1)
    expect(out).toMatch(/^c {2}0 runs, 0 points, 0 B to late/)
    expect(out).toContain('3  run run_1  PARAM_CHANGED: another value')
    rmSync(spools, { recursive: true })
  })

  it('import mlflow: asks nobody, so it refuses without --yes', async () => {
    const refused = await fettle('import', 'mlflow', 'http://127.0.0.1:9')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('there is nobody to ask')])
  })

  it('experiments', async () => {
    expect((await fettle('experiments')).out).toBe('EXPERIMENT  RUNS  LAST RUN\nlate        1     never\n')
    expect((await fettle('experiments', 'late')).out).toMatch(
      /^RUN +NAME +STATE +STARTED +AUC +LOSS\nrun_1 +boosting +\S.*NaN +text\n/,
    )
    const asked = await fettle('experiments', 'late', '--columns', 'params.a', '--filter', 'params.a > 1')
    expect(asked.out).toMatch(/^RUN +NAME +STATE +STARTED +PARAMS.A\n/)
    expect((await fettle('experiments', '--compare', 'run_1,run_1')).out).toMatch(
      /^A +boosting +run_1\n.*\n?\n0 params differ, \d equal\n/,
    )
    expect((await fettle('experiments', '--compare', 'run_1')).err).toContain('two runs or more')
    expect((await fettle('experiments', '--fliter', 'x')).err).toContain('Did you mean --filter?')
    expect(await fettle('experiments', 'late', '--filter', 'metrics.los > 1')).toEqual({
      code: 0,
      out: 'No run matches.\n',
      err: 'No run of it has the metric los. Did you mean loss?\n',
    })
    expect((await fettle('experiments', '--filter', 'params.a > 1')).err).toContain('of which experiment')
    expect((await fettle('experiments', 'late', '--limit', '0')).err).toContain('from 1 to 500')
    expect((await fettle('experiments', 'lat')).err).toContain('Did you mean fettle experiments late?')
  })

  it('predict, and the decision behind it', async () => {
    expect((await fettle('predict', 'late', 'origin=JFK', 'distance=300')).out).toBe(
      'score 0.625, action warn, served by model\n- late_share_3h is missing\nDecision b-0; all of it: fettle decision b-0\n',
    )
    expect(services.calls.at(-1)).toEqual(['predict', { rows: [{ origin: 'JFK', distance: 300 }] }])
    const { out } = await fettle('decision', 'b-0')
    expect(out).toBe(
      [
        'late: score 0.625, action warn',
        'for origin=JFK',
        'decided 2001-05-08T17:00:00.000000Z with features as of 2001-05-08T17:00:00.000000Z',
        'by late v1, release 1, served by model',
        'logged in late-0001.log at byte 64',
        '',
        '- late_share_3h is missing',
        '',
        'FEATURE                VALUE    STATE    CONTRIBUTION',
        'origin__late_share_3h  missing  missing  +0.7500',
        'distance               300      request  −0.2500',
        'Baseline +0.0100 and all contributions give +0.5100 (log-odds).',
        '',
      ].join('\n'),
    )
    expect((await fettle('predict', 'late', 'origin=JFK', 'distance=300', '--explain')).out).toBe(out)
  })

  it('plan', async () => {
    const plan = await fettle('plan')
    expect(plan.err).toBe('')
    expect(plan.out).toBe(
      ' + create   entity airport  v1  definitions/features.ts:4\nPlan for flights: 1 to create.\nApply it: fettle apply\n',
    )
    expect(plan.code).toBe(0)
    expect((await fettle('plan', '--detailed-exitcode')).code).toBe(3)
  })

  it('apply: asks nobody, so it refuses without --yes', async () => {
    const refused = await fettle('apply')
    expect([refused.code, refused.out]).toEqual([2, ''])
    expect(refused.err).toContain('Add --yes to apply without asking.')
    const done = await fettle('apply', '--yes')
    expect([done.code, done.out]).toEqual([0, 'Applied 1 change.\n'])
    expect(services.calls.at(-1)).toMatchObject([
      'apply',
      { directory: folder, allowDelete: false, principal: { name: 'local' } },
    ])
  })

  it('deploy', async () => {
    expect((await fettle('deploy', 'late', '--model-version', '1', '--reason', 'better')).out).toBe(
      'Deployment late is ready with release 1 (late v1).\n',
    )
    expect(services.calls.at(-1)).toMatchObject(['deploy', { name: 'late', version: 1, reason: 'better' }])
  })

  it('release', async () => {
    expect((await fettle('release', 'list', 'late')).out).toMatch(/2 +late v2 +verified/)
    const files = { junit: join(folder, 'gate.xml'), html: join(folder, 'gate.html') }
    const shown = await fettle('release', 'show', 'late', '--junit', files.junit, '--html', files.html)
    expect(shown.out).toMatch(/pass +self-test +32 rows are equal \(n 32\)/)
    expect(readFileSync(files.junit, 'utf8')).toContain('<testsuite name="gate of late release 2" tests="1"')
    expect(readFileSync(files.html, 'utf8')).toContain('<h1>late release 2: pass</h1>')
    await fettle('release', 'create', 'late', '--model-version', '2')
    expect(services.calls.at(-1)).toMatchObject(['createRelease', { name: 'late', version: 2 }])
    expect((await fettle('release', 'show', 'late', '9')).err).toContain('RELEASE_UNKNOWN')
  })

  it('contracts', async () => {
    const { out } = await fettle('contracts', 'late')
    expect(out).toContain('Release 2: Undecided: 1 of 2 checks could not be decided.\n')
    expect(out).toContain(
      'recall may not fall by more than 0.02  noWorse_recall_on_origin, protected, offline\n',
    )
    expect(out).toMatch(/^origin=HNL +700 +1 200 +never +inconclusive +500 rows, 5 days$/m)
    expect(out).toContain("origin=HNL: a window of 48d: .window('48d'); watch it: .watched()\n")
    expect(JSON.parse((await fettle('contracts', 'late', '--json')).out)).toMatchObject({
      contracts: [{ cells: [{ slice: 'origin=ORD' }, { last: { needed: 500 } }] }],
    })
    expect((await fettle('contracts', 'x')).code).toBe(1)
  })

  it('purpose', async () => {
    expect((await fettle('purpose', 'show', 'late')).out).toContain('50 % of the way to the target')
    await fettle('purpose', 'record', 'late', '30', '--at', '2001-05-08T00:00:00Z')
    expect(services.calls.at(-1)).toMatchObject(['recordPurposeValue', { name: 'late', value: 30 }])
    expect((await fettle('purpose', 'record', 'late', 'many')).code).toBe(2)
  })

  it('help and version', async () => {
    const io = fakeIo()
    expect(await main(['--version'], io, '1.2.3')).toBe(0)
    expect(io.written.out).toBe('1.2.3\n')
    const help = fakeIo()
    expect(await main([], help)).toBe(0)
    for (const word of ['init', 'dev', 'plan', 'apply', 'run', 'predict', 'doctor'])
      expect(help.written.out).toContain(`  ${word} `)
  })
})

describe('run', () => {
  const finished = services.pipelines.listRuns({})

  it('without a name lists the pipelines', async () => {
    expect((await fettle('run')).out).toBe(
      [
        'PIPELINE  TITLE       STEPS  LAST RUN         BY ITSELF',
        'late      Train late  1      succeeded prn_1  weekly, next 1970-01-01 00:00 UTC',
        'Start one: fettle run PIPELINE',
        '',
      ].join('\n'),
    )
  })

  it('follows to the end: a line for each change, where the time went, exit 0', async () => {
    services.setRuns((await finished).items)
    expect(await fettle('run', 'late', '--param', 'rows=5', '--reuse', 'never')).toEqual({
      code: 0,
      out: '',
      err: [
        'Run prn_1 of late',
        'Step build: unchanged, reused',
        'Step train: done in 1 min',
        'Run prn_1 succeeded: 2 steps, 1 reused, 2 min, most of it: train 1 min.',
        '',
      ].join('\n'),
    })
    expect(services.calls).toContainEqual([
      'compilePipeline',
      { name: 'late', options: { params: { rows: 5 }, reuse: 'never' } },
    ])
  })

  it('exits with 1 when the run fails, and says why', async () => {
    services.setRuns([
      pipelineRun('failed', [
        stepRecord('build', 'succeeded'),
        stepRecord('train', 'failed', { attempts: [failedAttempt] }),
      ]),
    ])
    const { code, err } = await fettle('run', 'late')
    expect(code).toBe(1)
    expect(err).toContain('Step train: failed after 1 min\n')
    expect(err).toContain(
      'train failed with LABEL_ONE_CLASS: the label late is 0 in all 10 rows\nCheck the label.\nIts log: fettle logs prn_1 train\n',
    )
    services.setRuns((await finished).items)
  })

  it('with --json prints the run alone on standard output', async () => {
    expect(oneJson((await fettle('run', 'late', '--json')).out)).toMatchObject({
      id: 'prn_1',
      state: 'succeeded',
    })
    expect(oneJson((await fettle('run', 'late', '--detach', '--json')).out)).toMatchObject({
      state: 'queued',
    })
  })

  it('names the pipeline that was meant', async () => {
    const { code, err } = await fettle('run', 'lat')
    expect(code).toBe(1)
    expect(err).toContain('error PIPELINE_UNKNOWN: there is no pipeline lat\nDid you mean fettle run late?\n')
  })
})

describe('wrong command lines', () => {
  it.each([
    [['rnu'], 'there is no command rnu', 'Did you mean fettle run?'],
    [['xyzzy'], 'there is no command xyzzy', 'See: fettle --help'],
    [['runs', '--stat', 'failed'], "unknown option '--stat'", 'See: fettle runs --help'],
    [['runs', '--state', 'done'], 'Allowed choices are', 'See: fettle runs --help'],
    [['predict'], "missing required argument 'deployment'", 'See: fettle predict --help'],
    [
      ['predict', 'late'],
      'late wants origin, distance',
      'For example: fettle predict late origin=JFK distance=INT64',
    ],
    [['predict', 'late', 'origin'], '"origin" is not name=value', 'for example origin=JFK'],
    [['predict', 'late', 'orgin=JFK'], 'orgin is not a field', 'Its fields are origin, distance.'],
    [
      ['predict', 'late', 'distance=1,5'],
      'distance="1,5" is not a whole number',
      'Write decimals with a point.',
    ],
    [
      ['predict', 'late', 'distance=far'],
      'distance="far" is not a whole number',
      'distance takes a whole number, or null.',
    ],
    [['catalog', 'modle'], 'modle is not a kind', 'Did you mean model?'],
    [
      ['deploy', 'late', '--model-version', 'x'],
      '--model-version x is not a version number',
      'whole numbers from 1',
    ],
    [['predict', 'late', 'origin=JFK'], 'late also wants distance', 'write distance=null'],
    [['runs', '--limit', '0'], '--limit 0 is not a number of runs', 'from 1 to 500'],
    [['init', '--folder', 'x'], "unknown option '--folder'", 'See: fettle init --help'],
    [['catalog', 'airport'], 'airport is not a kind', 'fettle catalog source airport'],
    [['dev', '--port', '99999'], '99999 is not a port', 'from 0 (any free one) to 65535'],
  ])('%j exits with 2', async (argv, message, hint) => {
    const io = fakeIo()
    expect(
      await main([...argv, ...(argv.length > 1 || argv[0] === 'predict' ? ['--folder', folder] : [])], io),
    ).toBe(2)
    expect(io.written.err).toContain(message)
    expect(io.written.err).toContain(hint)
    expect(io.written.out).toBe('')
  })

  it.each([
    [['runs', 'x'], 1, 'RUN_UNKNOWN'],
    [['predict', 'x', 'a=1'], 1, 'UNKNOWN_DEPLOYMENT'],
    [['decision', 'x'], 1, 'DECISION_UNKNOWN'],
    [['models', 'x'], 1, 'MODEL_UNKNOWN'],
  ])('%j --json exits with %d and tells the error as one JSON value', async (argv, code, errorCode) => {
    const result = await fettle(...argv, '--json')
    expect([result.code, result.out]).toEqual([code, ''])
    expect(oneJson(result.err)).toMatchObject({
      error: {
        code: errorCode,
        requestId: expect.stringMatching(/^req_/),
        message: expect.any(String),
        hint: expect.any(String),
      },
    })
  })

  it.each([
    [['predict', 'lat', 'a=1'], 'Did you mean fettle predict late?'],
    [['deploy', 'lat'], 'Did you mean fettle deploy late?'],
    [['models', 'lat'], 'Did you mean fettle models late?'],
    [['models', 'unlike'], 'There are: late.'],
    [['catalog', 'entity', 'airprt'], 'Did you mean fettle catalog entity airport?'],
    [['runs', '--pipeline', 'lat'], 'Did you mean --pipeline late?'],
  ])('%j names what was meant', async (argv, hint) => {
    const result = await fettle(...argv)
    expect([result.code, result.out]).toEqual([1, ''])
    expect(result.err).toContain(hint)
  })

  it('plan where there is no project says how to name one', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'fettle-none-'))
    const io = fakeIo()
    expect(await main(['plan', '--folder', empty], io)).toBe(1)
    expect(io.written.err).toContain('name one with --folder')
    rmSync(empty, { recursive: true })
  })

  it('a server that is not there exits with 69', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'fettle-none-'))
    const io = fakeIo()
    expect(await main(['runs', '--folder', empty], io)).toBe(69)
    expect(io.written.err).toBe(
      `error SERVER_UNREACHABLE: no server runs in ${empty}, which is no project: it has no fettle.json\nGo to the project, or name it with --folder, or the server with --server.\ndocs/errors.md#SERVER_UNREACHABLE\n`,
    )
    mkdirSync(join(empty, '.fettle'))
    writeFileSync(
      join(empty, '.fettle', 'server.json'),
      JSON.stringify({ pid: 2 ** 22 + 1, url: 'http://127.0.0.1:1' }),
    )
    const gone = fakeIo()
    expect(await main(['runs', '--folder', empty], gone)).toBe(69)
    expect(gone.written.err).toContain('has stopped')
    const address = fakeIo()
    expect(await main(['runs', '--server', 'nowhere'], address)).toBe(2)
    rmSync(empty, { recursive: true })
  })
})

describe('init', () => {
  it('writes a project into an empty folder, refuses a full one, and merges without changing anything', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'fettle-init-'))
    const target = join(parent, 'parcels')
    const first = fakeIo()
    expect(await main(['init', target, '--json'], first)).toBe(0)
    expect(oneJson(first.written.out)).toEqual({
      folder: target,
      written: ['fettle.json', 'definitions/parcels.ts', 'data/parcels.csv', '.gitignore'],
      kept: [],
    })
    expect(
      readFileSync(join(target, 'data', 'parcels.csv'), 'utf8')
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1681)
    const { loadProject } = await import('../../src/projects/index.ts')
    expect((await loadProject(target)).definitions).toHaveLength(6)
    const again = fakeIo()
    expect(await main(['init', target], again)).toBe(2)
    expect(again.written.err).toContain('is not empty (.gitignore, data, definitions …)')
    writeFileSync(join(target, 'fettle.json'), '{}')
    rmSync(join(target, '.gitignore'))
    const merged = fakeIo()
    expect(await main(['init', target, '--merge', '--json'], merged)).toBe(0)
    expect(JSON.parse(merged.written.out)).toMatchObject({
      written: ['.gitignore'],
      kept: ['fettle.json', 'definitions/parcels.ts', 'data/parcels.csv'],
    })
    expect(readFileSync(join(target, 'fettle.json'), 'utf8')).toBe('{}')
    rmSync(parent, { recursive: true })
  })
})

describe('doctor', () => {
  it('checks everything and says what it found', async () => {
    const { code, out } = await fettle('doctor', '--json')
    const { checks } = oneJson(out) as { checks: { name: string; verdict: string; value: string }[] }
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'python', 'disk space', 'server', 'lmdb', 'onnxruntime-node']),
    )
    expect(checks.find(({ name }) => name === 'node')).toMatchObject({ verdict: 'ok' })
    expect(code).toBe(checks.some(({ verdict }) => verdict === 'fail') ? 1 : 0)
  })
})
