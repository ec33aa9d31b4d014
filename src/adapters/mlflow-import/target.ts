import type {
  SourceExperiment,
  SourceFile,
  SourceLoggedModel,
  SourceModel,
  SourcePoint,
  SourceRun,
} from './model.ts'

type Read = 'artifacts' | 'deleted'

/** What is sent to be taken over; experiments before runs, those before logged models, those before links. */
export type CopyItem =
  | ({ readonly kind: 'experiment' } & Omit<SourceExperiment, 'deleted'>)
  | ({ readonly kind: 'run' } & Omit<
      SourceRun,
      Read | 'metricKeys' | 'metricState' | 'modelInputs' | 'modelOutputs'
    >)
  | { readonly kind: 'points'; readonly run: string; readonly points: readonly SourcePoint[] }
  | ({ readonly kind: 'loggedModel' } & Omit<SourceLoggedModel, Read>)
  | {
      readonly kind: 'links'
      readonly run: string
      readonly inputs: readonly string[]
      readonly outputs: SourceRun['modelOutputs']
    }
  | ({ readonly kind: 'model'; readonly from: string } & SourceModel)
  | { readonly kind: 'removeRun'; readonly id: string }
  | { readonly kind: 'removeLoggedModel'; readonly id: string }
  | { readonly kind: 'removeExperiment'; readonly id: string }

export interface CopyResult {
  /** Experiment id there. */
  readonly id?: string | undefined
  /** What was left out, with why. */
  readonly refused: readonly string[]
}

/** Where an import goes to. */
export interface CopyTarget {
  /** At most 1 000 items; one result each, when they are durable. */
  send(items: readonly CopyItem[]): Promise<readonly CopyResult[]>
  upload(
    to: { readonly kind: 'run' | 'loggedModel'; readonly id: string; readonly experiment: string },
    file: SourceFile,
  ): Promise<void>
}

/** What was copied before, by key, with a fingerprint of what it was then. */
export interface Journal {
  get(key: string): string | undefined
  set(key: string, value: string): Promise<void>
}
