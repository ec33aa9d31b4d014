import { FettleError } from '../kernel/errors/index.ts'
import type { Http } from './http.ts'

/** A read of features by reference, or of a training set's feature list. */
export interface ReadFeatures {
  /** `view:feature` or `view@v3:feature`; or the name of a training set. Exactly one of them. */
  readonly features?: readonly string[]
  readonly trainingSet?: string
  /** Key columns, equally long. */
  readonly entities: Readonly<Record<string, readonly unknown[]>>
  /** Request fields of on-demand features. */
  readonly request?: Readonly<Record<string, readonly unknown[]>>
  readonly fullNames?: boolean
  /** Views that cannot be read give ERROR instead of failing the request. */
  readonly partial?: boolean
  /** false leaves out event time, known time and age of each row. */
  readonly times?: boolean
}

export interface FeaturesReply {
  readonly as_of: string
  readonly rows: number
  /** `status`: a letter a row, or one if all are equal: P present, N null, F not found, A outside max age, E error. */
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly values: readonly unknown[]
    readonly status: string
  }[]
  readonly views: readonly {
    readonly name: string
    readonly version: number
    readonly watermark?: string | null
  }[]
  readonly errors: readonly { readonly code: string; readonly message: string }[]
}

/** Rows for a push source. */
export interface WriteFeatures {
  readonly source: string
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly columns?: Readonly<Record<string, readonly unknown[]>>
  /** Default both. */
  readonly to?: 'online' | 'offline' | 'both'
  /** All or none. */
  readonly atomic?: boolean
  /** The same id and rows within seven days are written once. */
  readonly batchId?: string
}

/** received = applied + superseded + duplicate + deferred + rejected; `rows` has the first 1 000 that were not applied. */
export interface WriteReport {
  readonly received: number
  readonly applied: number
  readonly superseded: number
  readonly duplicate: number
  readonly deferred: number
  readonly rejected: number
  readonly replayed?: boolean
  readonly rows: readonly {
    readonly row: number
    readonly outcome: string
    readonly code?: string
    readonly column?: string
    readonly message?: string
  }[]
}

export interface FeatureCalls {
  readFeatures(request: ReadFeatures): Promise<FeaturesReply>
  /** The report, also when every row was rejected. Acknowledged rows are durable and in the next read. */
  writeFeatures(request: WriteFeatures): Promise<WriteReport>
}

export function featureCalls(http: Http, dataUrl: () => Promise<string>): FeatureCalls {
  const post = async (path: string, body: unknown, alsoGood?: number): Promise<unknown> =>
    http({
      method: 'POST',
      url: `${await dataUrl()}${path}`,
      body,
      ...(alsoGood === undefined ? {} : { alsoGood }),
    })
  return {
    readFeatures: async request => (await post('/features/read', request)) as FeaturesReply,
    async writeFeatures(request) {
      const report = (await post('/features/write', request, 422)) as WriteReport
      if (typeof report.received === 'number') return report
      throw new FettleError('INTERNAL', 'the write was answered with no report')
    },
  }
}
