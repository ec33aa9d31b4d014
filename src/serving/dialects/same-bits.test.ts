import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import { type BinaryDatatype, encodeTensor } from '../oip/binary-tensor.ts'
import { startTestFront, type TestFront } from '../testing/test-front.ts'
import { grpcInfer } from './testing/grpc-client.ts'

/** One row: the key, and the request field `distance` of the deployment's type; null is missing. */
interface Row {
  readonly origin: string
  readonly distance: Value
}
interface Kind {
  readonly type: ValueType
  readonly datatype: BinaryDatatype
  readonly distances: fc.Arbitrary<Value>
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n, 2n ** 63n - 1n),
)
const kinds: readonly Kind[] = [
  {
    type: 'float64',
    datatype: 'FP64',
    distances: fc.oneof(
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.constantFrom(-0, 5e-324, 0.1 + 0.2, 1.7976931348623157e308),
    ),
  },
  { type: 'float32', datatype: 'FP32', distances: fc.float({ noDefaultInfinity: true, noNaN: true }) },
  { type: 'int64', datatype: 'INT64', distances: int64 },
  { type: 'bool', datatype: 'BOOL', distances: fc.boolean() },
]

interface Answer {
  readonly scores: readonly number[]
  readonly actions: readonly string[]
  readonly base: string
}
/** How a dialect asks; rows with a missing value only where it can say so. */
type Ask = (kind: Kind, rows: readonly Row[]) => Promise<Answer>

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({
    others: kinds.map(({ type }) => ({
      deployment: `of-${type}`,
      distanceType: type,
      // Small enough that scores differ in their last bits.
      weights: [type === 'int64' ? 1e-19 : 1e-3, 0.1, -1],
    })),
    dialects: { profile: 'sagemaker' },
    grpcPort: 0,
  })
})
afterAll(() => front.close())

const nameOf = ({ type }: Kind) => `of-${type}`

/** JSON with every digit: NaN and 64-bit integers as they are. */
function json(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return String(value)
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
const record = (row: Row) => `{"origin":${json(row.origin)},"distance":${json(row.distance)}}`
const records = (rows: readonly Row[]) => `[${rows.map(record).join(',')}]`

interface Output {
  readonly score: number
  readonly action: string
}

async function post(path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(front.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(`${response.status} ${response.status === 200 ? '' : bytes.toString()}`).toBe('200 ')
  const length = response.headers.get('inference-header-content-length')
  return { bytes, length: Number(length), base: response.headers.get('fettle-prediction-base') ?? '' }
}

function answerOf(outputs: readonly Output[], base: string): Answer {
  return { scores: outputs.map(each => each.score), actions: outputs.map(each => each.action), base }
}

const native: Ask = async (kind, rows) => {
  const { bytes, base } = await post(`/predict/${nameOf(kind)}`, `{"rows":${records(rows)}}`)
  const { predictions } = JSON.parse(bytes.toString()) as {
    predictions: { score: number; action?: string }[]
  }
  return answerOf(
    predictions.map(({ score, action = 'none' }) => ({ score, action })),
    base,
  )
}

const oipJson: Ask = async (kind, rows) => {
  const tensor = (name: string, datatype: string, data: readonly string[]) =>
    `{"name":"${name}","shape":[${rows.length}],"datatype":"${datatype}","data":[${data.join(',')}]}`
  const inputs = [
    tensor(
      'distance',
      kind.datatype,
      rows.map(row => json(row.distance)),
    ),
    tensor(
      'origin',
      'BYTES',
      rows.map(row => json(row.origin)),
    ),
  ]
  const { bytes, base } = await post(`/v2/models/${nameOf(kind)}/infer`, `{"inputs":[${inputs.join(',')}]}`)
  const { outputs } = JSON.parse(bytes.toString()) as { outputs: [{ data: number[] }, { data: string[] }] }
  return { scores: outputs[0].data, actions: outputs[1].data, base }
}

/** Missing is NaN where the datatype has it. */
function rawDistances({ datatype }: Kind, rows: readonly Row[]): Buffer {
  return encodeTensor(
    datatype,
    rows.map(row => row.distance ?? Number.NaN),
  )
}

const oipBinary: Ask = async (kind, rows) => {
  const tensors = [
    rawDistances(kind, rows),
    encodeTensor(
      'BYTES',
      rows.map(row => row.origin),
    ),
  ]
  const head = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: ['distance', 'origin'].map((name, at) => ({
        name,
        shape: [rows.length],
        datatype: at === 0 ? kind.datatype : 'BYTES',
        parameters: { binary_data_size: tensors[at]?.length },
      })),
    }),
  )
  const { bytes, length, base } = await post(
    `/v2/models/${nameOf(kind)}/infer`,
    Buffer.concat([head, ...tensors]),
    {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  )
  const raw = bytes.subarray(length)
  return { ...rawAnswer(raw.subarray(0, rows.length * 8), raw.subarray(rows.length * 8)), base }
}

function rawAnswer(scores: Buffer, actions: Buffer): Omit<Answer, 'base'> {
  const texts: string[] = []
  for (let at = 0; at < actions.length; ) {
    const length = actions.readUInt32LE(at)
    texts.push(actions.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return {
    scores: Array.from({ length: scores.length / 8 }, (_, row) => scores.readDoubleLE(row * 8)),
    actions: texts,
  }
}

const grpc: Ask = async (kind, rows) => {
  const reply = await grpcInfer(front.grpc, {
    model_name: nameOf(kind),
    inputs: [
      { name: 'distance', datatype: kind.datatype, shape: [rows.length] },
      { name: 'origin', datatype: 'BYTES', shape: [rows.length] },
    ],
    raw_input_contents: [
      rawDistances(kind, rows),
      encodeTensor(
        'BYTES',
        rows.map(row => row.origin),
      ),
    ],
  })
  const [scores = Buffer.alloc(0), actions = Buffer.alloc(0)] = reply.raw_output_contents
  return { ...rawAnswer(scores, actions), base: reply.parameters['prediction_base']?.string_param ?? '' }
}

const v1Rows: Ask = async (kind, rows) => {
  const { bytes, base } = await post(`/v1/models/${nameOf(kind)}:predict`, `{"instances":${records(rows)}}`)
  return answerOf((JSON.parse(bytes.toString()) as { predictions: Output[] }).predictions, base)
}

const v1Columns: Ask = async (kind, rows) => {
  const column = (pick: (row: Row) => Value) => `[${rows.map(row => json(pick(row))).join(',')}]`
  const { bytes, base } = await post(
    `/v1/models/${nameOf(kind)}:predict`,
    `{"inputs":{"distance":${column(row => row.distance)},"origin":${column(row => row.origin)}}}`,
  )
  const { outputs } = JSON.parse(bytes.toString()) as { outputs: { score: number[]; action: string[] } }
  return { scores: outputs.score, actions: outputs.action, base }
}

const mlflowBody =
  (body: (rows: readonly Row[]) => string, headers: Readonly<Record<string, string>> = {}): Ask =>
  async (kind, rows) => {
    const { bytes, base } = await post(`/deployments/${nameOf(kind)}/invocations`, body(rows), headers)
    return answerOf((JSON.parse(bytes.toString()) as { predictions: Output[] }).predictions, base)
  }

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
const csvLine = ({ origin, distance }: Row) =>
  `${quoted(origin)},${distance === null ? '' : json(distance)}\r\n`

const sagemakerLines: Ask = async (kind, rows) => {
  const { bytes, base } = await post(
    `/deployments/${nameOf(kind)}/invocations`,
    rows.map(row => `${record(row)}\n`).join(''),
    { 'content-type': 'application/jsonlines' },
  )
  return answerOf(
    bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Output),
    base,
  )
}

const sagemakerCsv: Ask = async (kind, rows) => {
  const { bytes, base } = await post(`/deployments/${nameOf(kind)}/invocations`, rows.map(csvLine).join(''), {
    'content-type': 'text/csv',
    accept: 'text/csv',
  })
  const outputs = bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map(line => line.split(',') as [string, string])
  return answerOf(
    outputs.map(([score, action]) => ({ score: Number(score), action })),
    base,
  )
}

const dialects: Readonly<Record<string, Ask>> = {
  'OIP JSON': oipJson,
  'OIP binary': oipBinary,
  gRPC: grpc,
  'V1 instances': v1Rows,
  'V1 inputs': v1Columns,
  'MLflow split': mlflowBody(
    rows =>
      `{"dataframe_split":{"columns":["extra","distance","origin"],"data":[${rows
        .map(({ origin, distance }) => `[1,${json(distance)},${json(origin)}]`)
        .join(',')}]}}`,
  ),
  'MLflow records': mlflowBody(rows => `{"dataframe_records":${records(rows)}}`),
  'MLflow instances': mlflowBody(rows => `{"instances":${records(rows)}}`),
  'MLflow CSV': mlflowBody(rows => `origin,distance\r\n${rows.map(csvLine).join('')}`, {
    'content-type': 'text/csv; header=present',
  }),
  'SageMaker JSON lines': sagemakerLines,
  'SageMaker CSV': sagemakerCsv,
}

const bits = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
const shown = ({ scores, actions }: Answer) => scores.map((score, row) => `${bits(score)} ${actions[row]}`)

describe('the same rows through every dialect', () => {
  const origins = fc.oneof(
    fc.constantFrom('SEA', 'OSLO', 'ZZZ', 'ÅÄÖ 東京 👍', 'a,"b"\nc'),
    fc.string({ minLength: 1, maxLength: 12 }).filter(text => !/[\0\r]/.test(text) && text !== 'DOWN'),
  )
  for (const kind of kinds) {
    it(`give the same bits and the same action: ${kind.type}`, async () => {
      const missing = kind.datatype.startsWith('FP')
      const distances = missing
        ? fc.oneof({ weight: 5, arbitrary: kind.distances }, { weight: 1, arbitrary: fc.constant(null) })
        : kind.distances
      const rows = fc.array(fc.record({ origin: origins, distance: distances }), {
        minLength: 1,
        maxLength: 8,
      })
      await fc.assert(
        fc.asyncProperty(rows, async asked => {
          const expected = shown(await native(kind, asked))
          for (const [name, ask] of Object.entries(dialects))
            expect([name, ...shown(await ask(kind, asked))]).toEqual([name, ...expected])
        }),
        { numRuns: 25 },
      )
    })
  }

  it('are recorded as the same values: 2^53 + 1 stays exact', async () => {
    const kind = kinds.find(each => each.type === 'int64') as Kind
    const asked = [{ origin: 'SEA', distance: 2n ** 53n + 1n }]
    const reader = createDecisionReader(join(front.folder, 'log'))
    for (const ask of [native, ...Object.values(dialects)]) {
      const { base } = await ask(kind, asked)
      expect((await reader.find(`${base}-0`))?.entity).toEqual(asked[0])
    }
  })
})
