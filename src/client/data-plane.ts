import type { PredictResponse } from '../api/deployments.ts'
import type { FeedbackReply } from '../api/feedback.ts'
import type {
  DeploymentDefinition,
  FeaturesOf,
  FeatureViewDefinition,
  KeysOf,
  RequestOf,
} from '../definitions/index.ts'
import { keyNames } from '../definitions/located.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { FeatureStatus } from '../kernel/values/model.ts'
import { type FeedbackInput, feedbackCalls } from './feedback.ts'
import type { Http } from './http.ts'

export type Prediction = PredictResponse['predictions'][number]

export interface PredictOptions {
  /** Request id, echoed in the reply and kept in the decision record. */
  readonly id?: string
  readonly signal?: AbortSignal
}

/** A deployment, typed by its definition: a misspelt or missing field does not compile. */
export interface DeploymentClient<Deployment> {
  /** One row. Throws FettleError: MISSING_INPUT, WRONG_TYPE, NOT_READY … */
  predict(row: RequestOf<Deployment>, options?: PredictOptions): Promise<Prediction>
  /** Predictions in the order of the rows, all or none. */
  predictMany(
    rows: readonly RequestOf<Deployment>[],
    options?: PredictOptions,
  ): Promise<readonly Prediction[]>
  /** What became of its predictions; a key is made of fields of the request. See `FeedbackCalls.feedback`. */
  feedback(items: readonly FeedbackInput<Partial<RequestOf<Deployment>>>[]): Promise<FeedbackReply>
}

/** Features of one entity as the online store has them. */
export interface FeatureRow<View> {
  readonly values: FeaturesOf<View>
  readonly statuses: { readonly [Name in keyof FeaturesOf<View>]: FeatureStatus }
  /** The instant they were read at, RFC 3339. */
  readonly asOf: string
}

export interface FeatureViewClient<View> {
  read(request: { readonly keys: KeysOf<View>; readonly signal?: AbortSignal }): Promise<FeatureRow<View>>
}

export interface DataPlane {
  deployment<Deployment extends DeploymentDefinition>(definition: Deployment): DeploymentClient<Deployment>
  features<View extends FeatureViewDefinition>(definition: View): FeatureViewClient<View>
}

/** `dataUrl` is asked for when it is first needed. */
export function createDataPlane(http: Http, dataUrl: () => Promise<string>): DataPlane {
  return {
    deployment: definition => deploymentClient({ http, dataUrl, name: definition.name }),
    features: definition => featureViewClient({ http, dataUrl, view: definition }),
  }
}

interface Target {
  readonly http: Http
  readonly dataUrl: () => Promise<string>
}

function deploymentClient<Deployment>({
  http,
  dataUrl,
  name,
}: Target & { name: string }): DeploymentClient<Deployment> {
  const predictMany = async (rows: readonly RequestOf<Deployment>[], { id, signal }: PredictOptions = {}) => {
    const reply = await http({
      method: 'POST',
      url: `${await dataUrl()}/predict/${encodeURIComponent(name)}`,
      body: { rows, ...(id === undefined ? {} : { id }) },
      ...(signal === undefined ? {} : { signal }),
    })
    return (reply as PredictResponse).predictions
  }
  return {
    predictMany,
    feedback: items => feedbackCalls(http, dataUrl).feedback(name, items as readonly FeedbackInput[]),
    async predict(row, options) {
      const [prediction] = await predictMany([row], options)
      if (prediction === undefined)
        throw new FettleError('INTERNAL', `${name} answered one row with no prediction`)
      return prediction
    },
  }
}

interface ColumnarReply {
  readonly as_of: string
  readonly columns: readonly {
    readonly name: string
    readonly values: readonly unknown[]
    readonly status: string
  }[]
}

const statusOfLetter: Readonly<Record<string, FeatureStatus>> = {
  P: 'PRESENT',
  N: 'NULL_VALUE',
  F: 'NOT_FOUND',
  A: 'OUTSIDE_MAX_AGE',
  E: 'ERROR',
}

function featureViewClient<View>({
  http,
  dataUrl,
  view,
}: Target & { view: FeatureViewDefinition }): FeatureViewClient<View> {
  return {
    async read({ keys, signal }) {
      const reply = (await http({
        method: 'POST',
        url: `${await dataUrl()}/features/read`,
        body: {
          features: view.features.map(feature => `${view.name}:${feature.name}`),
          entities: Object.fromEntries(
            Object.entries(sourceKeys(view, keys as object)).map(([name, value]) => [name, [value]]),
          ),
          times: false,
        },
        ...(signal === undefined ? {} : { signal }),
      })) as ColumnarReply
      const values = Object.fromEntries(reply.columns.map(column => [column.name, column.values[0]]))
      const statuses = Object.fromEntries(
        reply.columns.map(({ name, status }) => [name, statusOfLetter[status.charAt(0)] ?? 'ERROR']),
      )
      return { values, statuses, asOf: reply.as_of } as unknown as FeatureRow<View>
    },
  }
}

/** Keys under the names of the view's source columns, which is how the data plane knows them. Throws KEY_MISSING. */
function sourceKeys(view: FeatureViewDefinition, keys: object): Record<string, unknown> {
  const given = new Map(Object.entries(keys))
  const names = view[keyNames] ?? view.keys
  const missing = names.filter(name => !given.has(name))
  if (missing.length > 0)
    throw new FettleError(
      'KEY_MISSING',
      `${view.name} is read by ${names.join(', ')}; ${missing.join(', ')} is missing`,
    )
  return Object.fromEntries(names.map((name, index) => [view.keys[index] ?? name, given.get(name)]))
}
