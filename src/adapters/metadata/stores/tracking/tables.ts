import type { DoubleColumn, MicrosColumn, NullableMicrosColumn } from '../../columns.ts'

interface Fact {
  run: number
  /** Of `tracking_keys`. */
  key: number
  experiment: number
  value: string
}

export interface RunTable {
  id: number
  /** 32 hex digits. */
  run_id: string
  experiment: number
  name: string
  user_name: string
  status: string
  started_at: NullableMicrosColumn
  ended_at: NullableMicrosColumn
  /** The negative of `started_at`, {@link neverStarted} without one: ascending is newest first, absent last. */
  newest: MicrosColumn
  deleted: number
  /** 1 when it was deleted with its experiment, to be restored with it. */
  deleted_with: number
  artifact_location: string
  parent: string | null
  fork_run: string | null
  fork_step: number | null
  pipeline_run: string | null
  training_set: string | null
  /** Why it ended, where its writer did not say: `lost`. */
  cause: string | null
  /** Who keeps the heartbeat. */
  client: string | null
  created_at: MicrosColumn
  /** Last write or heartbeat, by the server's clock. */
  seen_at: MicrosColumn
  /** 1 once its client has sent a heartbeat. */
  beats: number
  revision: number
}

export const neverStarted = 1n << 62n

export interface SeriesTable {
  run: number
  key: number
  experiment: number
  points: number
  /** How many of the points are rows of `metric_tail`. */
  tail: number
  chunks: number
  max_step: number
  max_at: MicrosColumn
  first_step: number
  first_at: MicrosColumn
  first_nan: number
  first_value: DoubleColumn
  latest_step: number
  latest_at: MicrosColumn
  /** 1 for NaN, with value 0. */
  latest_nan: number
  latest_value: DoubleColumn
  least_step: number | null
  least_at: NullableMicrosColumn
  least_value: NullableMicrosColumn
  greatest_step: number | null
  greatest_at: NullableMicrosColumn
  greatest_value: NullableMicrosColumn
}

interface Point {
  key: number
  step: number
  at: MicrosColumn
  nan: number
  value: DoubleColumn
}

export interface TrackingTables {
  tracking_keys: { id: number; name: string }
  /** Texts kept once per store: what cursors are signed with, and the last numbers given to rows that were purged. */
  tracking_secrets: { name: string; value: string }
  tracking_experiments: {
    id: number
    name: string
    artifact_location: string
    owner: string
    deleted: number
    created_at: MicrosColumn
    updated_at: MicrosColumn
  }
  tracking_experiment_tags: { experiment: number; key: string; value: string }
  tracking_runs: RunTable
  tracking_params: Fact
  tracking_tags: Fact
  metric_series: SeriesTable
  metric_tail: Point & { run: number }
  metric_chunks: {
    run: number
    key: number
    seq: number
    points: number
    from_step: number
    to_step: number
    from_at: MicrosColumn
    to_at: MicrosColumn
    body: Uint8Array
  }
  metric_blocks: { run: number; seq: number; body: Uint8Array }
  run_documents: { run: number; revision: number; body: string }
  tracking_datasets: {
    id: number
    experiment: number
    name: string
    digest: string
    source_type: string
    source: string
    schema_text: string | null
    profile: string | null
  }
  /** `context` is the value of the input tag `mlflow.data.context`. */
  tracking_inputs: { run: number; dataset: number; position: number; context: string | null }
  tracking_input_tags: { run: number; dataset: number; key: string; value: string }
  /** `model` is `m-` and 32 hex digits, here and in outputs. */
  tracking_model_inputs: { run: number; position: number; model: string }
  tracking_model_outputs: { run: number; position: number; model: string; step: number }
  logged_models: {
    id: number
    model_id: string
    experiment: number
    name: string
    model_type: string
    /** Run id of 32 hex digits. */
    source_run: string | null
    status: string
    artifact_location: string
    deleted: number
    created_at: MicrosColumn
    updated_at: MicrosColumn
  }
  logged_model_params: { model: number; key: number; value: string }
  logged_model_tags: { model: number; key: number; value: string }
  /** The latest point per (model, key, dataset); dataset texts are empty for none; `run` is a run id. */
  logged_model_points: Point & { model: number; dataset_name: string; dataset_digest: string; run: string }
  artifact_files: {
    owner_kind: string
    owner: string
    path: string
    seq: number
    hash: string | null
    bytes: number
    at: MicrosColumn
  }
}
