import { FettleError } from '../kernel/errors/index.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { createDataPlane, type DataPlane } from './data-plane.ts'
import { type FeatureCalls, featureCalls } from './features.ts'
import { type FeedbackCalls, feedbackCalls } from './feedback.ts'
import { createHttp, type HttpOptions } from './http.ts'

export type { FeaturesOf, KeysOf, RequestOf } from '../definitions/index.ts'
export { FettleError, isFettleError } from '../kernel/errors/index.ts'
export type { ApiClient } from './api-client.ts'
export type {
  DeploymentClient,
  FeatureRow,
  FeatureViewClient,
  Prediction,
  PredictOptions,
} from './data-plane.ts'

export type { FeatureCalls, FeaturesReply, ReadFeatures, WriteFeatures, WriteReport } from './features.ts'

export type { FeedbackCalls, FeedbackInput } from './feedback.ts'

export interface ConnectOptions extends HttpOptions {
  /** Address of the control plane. Default: FETTLE_URL, else the page's own origin in a browser, else http://127.0.0.1:4747. */
  readonly url?: string
  /** Address of the data plane; asked of the control plane once when left out. With it, predictions need no control plane. */
  readonly dataUrl?: string
}

/**
 * A typed client of a running Fettle: `api` has a method for every route, `deployment(live).predict(…)` and
 * `features(view).read(…)` take their types from the definitions. Nothing is sent before the first call.
 */
export interface FettleClient extends DataPlane, FeatureCalls, FeedbackCalls {
  readonly url: string
  readonly api: ApiClient
}

export function connect(options: ConnectOptions = {}): FettleClient {
  const url = trimSlash(options.url ?? defaultUrl())
  const http = createHttp(options)
  const api = createApiClient(http, url)
  const dataUrl = dataAddress(options.dataUrl, api)
  return {
    url,
    api,
    ...createDataPlane(http, dataUrl),
    ...featureCalls(http, dataUrl),
    ...feedbackCalls(http, dataUrl),
  }
}

function dataAddress(given: string | undefined, api: ApiClient): () => Promise<string> {
  let known = given === undefined ? undefined : trimSlash(given)
  return async () => {
    if (known !== undefined) return known
    const { dataUrl } = await api.health()
    if (dataUrl === null)
      throw new FettleError(
        'NOT_READY',
        'the server has no data plane yet; it starts with the first deployment',
      )
    known = trimSlash(dataUrl)
    return known
  }
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function defaultUrl(): string {
  const { process, location } = globalThis as {
    process?: { env?: Readonly<Record<string, string | undefined>> }
    location?: { origin?: string }
  }
  return process?.env?.['FETTLE_URL'] ?? location?.origin ?? 'http://127.0.0.1:4747'
}
