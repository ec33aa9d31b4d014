import type { ExportReport } from './export.ts'
import type { MlflowSource, SourceFile } from './model.ts'
import { type Json, type MlflowRest, NotThere } from './rest.ts'
import type { Journal } from './target.ts'

export const api = '/api/2.0/mlflow'

export interface RestExport {
  readonly source: MlflowSource
  readonly rest: MlflowRest
  /**
   * By `experiment:`, `run:`, `loggedModel:` and `version:`, the id there of each id here: MLflow's API takes neither ids nor
   * times of creation. What it holds is not sent again.
   */
  readonly mapping: Journal
  /** `path` is below the folder that the server serves its artifacts from. */
  upload(path: string, file: SourceFile): Promise<void>
}

export interface RestExportReport extends ExportReport {
  /** Runs and logged models that are there as they are here. */
  unchanged: number
  /** What the server did not take, with why. */
  readonly left: string[]
}

/** One export under way. */
export interface Exporting extends RestExport {
  readonly report: RestExportReport
}

/** What Fettle notes by itself stays here. */
export const pairs = (facts: Readonly<Record<string, string>>) =>
  Object.entries(facts)
    .filter(([key]) => !key.startsWith('fettle.'))
    .map(([key, value]) => ({ key, value }))

export async function orNothing(answer: Promise<Json>): Promise<Json | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof NotThere) return undefined
    throw error
  }
}
