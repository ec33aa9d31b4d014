import type { FeatureAnswer, FeatureReadRequest } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FrontState } from '../front/front-state.ts'
import { parseBody } from '../json/parse-body.ts'
import { decodeValue, describeValue } from './decode-value.ts'
import { deploymentAnswer } from './deployment-answer.ts'

/** Members of a body that is an object. Throws BAD_JSON. */
export function bodyMembers(body: Buffer): Readonly<Record<string, unknown>> {
  const value = parseBody(body, { integers: true })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FettleError('BAD_JSON', 'the body is not an object')
  return value as Readonly<Record<string, unknown>>
}

/** What a native read asks for, and its answer. `times` is false where the caller does without. */
export async function readFeatures(
  state: FrontState,
  body: Buffer,
): Promise<{ readonly answer: FeatureAnswer; readonly times: boolean }> {
  const members = bodyMembers(body)
  const asOf = state.featureClock.nowMicros()
  const times = flag(members, 'times') ?? true
  const entities = { ...columnsOf(members, 'request'), ...columnsOf(members, 'entities') }
  const { deployment } = members
  if (deployment !== undefined) {
    refuseBoth(members)
    if (typeof deployment !== 'string') throw notAText('deployment')
    return { answer: await deploymentAnswer(state, deployment, { entities, decode, asOf }), times }
  }
  return { answer: await state.features.read(readRequest(members, entities, asOf)), times }
}

function readRequest(
  members: Readonly<Record<string, unknown>>,
  entities: FeatureReadRequest['entities'],
  asOf: Micros,
): FeatureReadRequest {
  const { features, trainingSet } = members
  if (features === undefined && trainingSet === undefined)
    throw new FettleError('NO_FEATURES', 'neither features nor trainingSet nor deployment is named')
  if (trainingSet !== undefined && typeof trainingSet !== 'string') throw notAText('trainingSet')
  if (features !== undefined && !Array.isArray(features))
    throw new FettleError('BAD_REFERENCE', 'features is not a list of view:feature')
  const fullNames = flag(members, 'fullNames')
  const partial = flag(members, 'partial')
  return {
    entities,
    decode,
    asOf,
    ...(features === undefined ? {} : { features: features as string[] }),
    ...(trainingSet === undefined ? {} : { service: trainingSet }),
    ...(fullNames === undefined ? {} : { fullNames }),
    ...(partial === undefined ? {} : { partial }),
  }
}

const decode: FeatureReadRequest['decode'] = (value, type, { column, row }) => {
  const decoded = decodeValue(value, type)
  if (decoded !== undefined) return decoded
  throw new FettleError(
    'TYPE_MISMATCH',
    `"${column}" of row ${row} is ${describeValue(value)}, not a ${type}`,
    {
      details: { column, row, wanted: type },
    },
  )
}

function refuseBoth(members: Readonly<Record<string, unknown>>): void {
  if (members['features'] === undefined && members['trainingSet'] === undefined) return
  throw new FettleError('EXACTLY_ONE_OF', 'a read names one of features, trainingSet and deployment')
}

/** An optional true or false of a body. */
export function flag(members: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const value = members[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw new FettleError('BAD_REQUEST', `${name} is ${describeValue(value)}, not true or false`)
}

function columnsOf(members: Readonly<Record<string, unknown>>, name: string): FeatureReadRequest['entities'] {
  const value = members[name]
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as FeatureReadRequest['entities']
  throw new FettleError('KEY_MISSING', `${name} is ${describeValue(value)}, not an object of columns`, {
    hint: `Send ${name} as {"column": [values]}.`,
  })
}

function notAText(name: string): FettleError {
  return new FettleError('BAD_REQUEST', `${name} is not a name`)
}
