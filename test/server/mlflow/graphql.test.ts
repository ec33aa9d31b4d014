import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
let run: string
beforeAll(async () => {
  server = await startDialect()
  run = await server.createRun('shown')
  const metrics = [
    { key: 'auc', value: 0.5, timestamp: 1_700_000_000_000, step: 3 },
    { key: 'nan', value: 'NaN', timestamp: 1, step: 0 },
  ]
  await server.ok('POST', '/runs/log-batch', {
    json: { run_id: run, metrics, params: [{ key: 'p', value: '1' }] },
  })
  await server.ok('POST', '/registered-models/create', { json: { name: 'm' } })
  await server.ok('POST', '/model-versions/create', { json: { name: 'm', source: 's3://b/m', run_id: run } })
})
afterAll(() => server.close())

const ask = (query: string, variables: object = {}, more: object = {}) =>
  server.ok('POST', '/graphql', { json: { query, variables, ...more } })

describe('the questions of pages', () => {
  it('show a run with its experiment and versions, 64-bit integers as text', async () => {
    const query = `
      # what the page of a run asks
      query GetRun($data: MlflowGetRunInput!, $more: Boolean = false) @component(name: "page") {
        mlflowGetRun(input: $data) {
          apiError { helpUrl code message }
          run {
            __typename
            ...Info
            data { metrics { key value step timestamp } params { key value } tags @include(if: $more) { key } }
            experiment { experimentId name tags { key value } }
            versions: modelVersions { name version status }
            inputs { datasetInputs { dataset { name } } }
            ... on MlflowRun { outputs { modelOutputs { modelId } } }
          }
        }
      }
      fragment Info on MlflowRun { info { runId runName status startTime endTime } }`
    expect(await ask(query, { data: { runId: run } })).toEqual({
      data: {
        mlflowGetRun: {
          apiError: null,
          run: {
            __typename: 'MlflowRunExtension',
            info: { runId: run, runName: 'shown', status: 'RUNNING', startTime: '0', endTime: null },
            data: {
              metrics: [
                { key: 'auc', value: 0.5, step: '3', timestamp: '1700000000000' },
                { key: 'nan', value: null, step: '0', timestamp: '1' },
              ],
              params: [{ key: 'p', value: '1' }],
            },
            experiment: { experimentId: '0', name: 'Default', tags: [] },
            versions: [{ name: 'm', version: '1', status: 'READY' }],
            inputs: { datasetInputs: [] },
            outputs: { modelOutputs: [] },
          },
        },
      },
      errors: null,
    })
  })

  it('are seven, with inputs as literals too', async () => {
    const query = `{
      e: mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } }
      h: mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run}"], metricKey: "auc", maxResults: 10}) { metrics { value step runId } }
      a: mlflowListArtifacts(input: {runId: "${run}"}) { rootUri files { path } }
      v: mlflowSearchModelVersions(input: {filter: "name='m'", maxResults: "5"}) { modelVersions { version } nextPageToken }
      r: mlflowSearchRuns(input: {experimentIds: ["0"], runViewType: ACTIVE_ONLY}) { runs { info { runId } } }
      d: mlflowSearchDatasets(input: {experimentIds: ["0"]}) { datasetSummaries { name } }
    }`
    expect(await ask(query)).toEqual({
      data: {
        e: { experiment: { name: 'Default' } },
        h: { metrics: [{ value: 0.5, step: '3', runId: run }] },
        a: { rootUri: `mlflow-artifacts:/0/${run}/artifacts`, files: [] },
        v: { modelVersions: [{ version: '1' }], nextPageToken: null },
        r: { runs: [{ info: { runId: run } }] },
        d: { datasetSummaries: [] },
      },
      errors: null,
    })
  })

  it('are answered to GET, and by the name of an operation', async () => {
    const query =
      'query A { __typename } query B { mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } } }'
    const answer = await server.ok('GET', '/graphql', {
      query: [
        ['query', query],
        ['operationName', 'B'],
      ],
    })
    expect(answer['data']).toEqual({ mlflowGetExperiment: { experiment: { name: 'Default' } } })
  })

  it('tell what is not there beside the answer', async () => {
    const query =
      'query Q($id: String) { mlflowGetRun(input: {runId: $id}) { run { info { runId } } apiError { code message } } }'
    expect(await ask(query, { id: '0'.repeat(32) })).toEqual({
      data: {
        mlflowGetRun: {
          run: null,
          apiError: { code: 'RESOURCE_DOES_NOT_EXIST', message: `Run with id=${'0'.repeat(32)} not found` },
        },
      },
      errors: null,
    })
  })
})

describe('other questions', () => {
  it.each([
    ['{ nothing }', /Cannot query field 'nothing' on type 'Query'/],
    ['{ constructor }', /Cannot query field/],
    [
      '{ mlflowGetExperiment(input: {experimentId: "0"}) { colour } }',
      /'colour' on type 'MlflowGetExperimentResponse'/,
    ],
    ['{ ...F } fragment F on Query { ...F }', /at most 1000 fields|call stack/],
    ['{ ...Gone }', /does not define/],
    [`{ ${Array.from({ length: 11 }, (_, i) => `a${i}: __typename`).join(' ')} }`, /at most 10 questions/],
    ['query A { __typename } query B { __typename }', /operationName/],
  ])('%.60s is refused in the errors', async (query, message) => {
    const answer = await ask(query)
    expect(answer['data']).toBeNull()
    expect((answer['errors'] as string[])[0]).toMatch(message)
  })

  it.each(['{', '{ a(', '} ', '', '"text"', '{ a: }', `${'{ a '.repeat(10_000)}`, '{ § }'])(
    '%.30s is no query: 400',
    async query => {
      const answer = await server.send('POST', '/graphql', { json: { query } })
      expect([answer.status, answer.body['error_code']]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    },
  )
})
