import type { AttributeType } from './ast.ts'

export type SearchTarget = 'runs' | 'experiments' | 'models' | 'versions' | 'loggedModels'

export interface AttributeRule {
  readonly type: AttributeType
  /** Whether MLflow's grammar takes `IN` and `NOT IN`; Fettle's takes them on every text. */
  readonly list?: true
  /** Not in MLflow's grammar. */
  readonly own?: true
  /** May be ordered by and not filtered by, or the other way round. */
  readonly only?: 'filter' | 'order'
  /** The fixed values it takes, as MLflow writes them, with ours. */
  readonly words?: Readonly<Record<string, string>>
}

export interface TargetRules {
  readonly attributes: Readonly<Record<string, AttributeRule>>
  /** Other spellings of attributes. */
  readonly aliases: Readonly<Record<string, string>>
  readonly keyed: readonly ('metric' | 'param' | 'tag' | 'dataset' | 'model')[]
  readonly orderByKeyed: boolean
  /** Whether OR, NOT, parentheses and IS NULL are taken in MLflow's grammar too. */
  readonly logic: boolean
}

const text: AttributeRule = { type: 'text' }
const listed: AttributeRule = { type: 'text', list: true }
const millis: AttributeRule = { type: 'millis' }

const runStatus = {
  RUNNING: 'running',
  SCHEDULED: 'scheduled',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
}

const loggedModelStatus = {
  LOGGED_MODEL_PENDING: 'pending',
  LOGGED_MODEL_READY: 'ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'upload_failed',
}

const liveness = { ALIVE: 'alive', SILENT: 'silent', LOST: 'lost', UNWATCHED: 'unwatched' }

/** What each search can speak of, and what its rows may be ordered by. */
export const targets: Readonly<Record<SearchTarget, TargetRules>> = {
  runs: {
    attributes: {
      run_id: listed,
      run_name: text,
      user_id: text,
      status: { type: 'text', words: runStatus },
      artifact_uri: text,
      start_time: millis,
      end_time: millis,
      duration: { type: 'micros', own: true },
      liveness: { type: 'text', own: true, only: 'filter', words: liveness },
    },
    aliases: {
      created: 'start_time',
      Created: 'start_time',
      'run name': 'run_name',
      'Run name': 'run_name',
      'Run Name': 'run_name',
    },
    keyed: ['metric', 'param', 'tag', 'dataset', 'model'],
    orderByKeyed: true,
    logic: true,
  },
  experiments: {
    attributes: {
      name: text,
      experiment_id: { type: 'integer', only: 'order' },
      creation_time: millis,
      last_update_time: millis,
    },
    aliases: {},
    keyed: ['tag'],
    orderByKeyed: false,
    logic: false,
  },
  models: {
    attributes: {
      name: text,
      creation_timestamp: { ...millis, only: 'order' },
      last_updated_timestamp: { ...millis, only: 'order' },
    },
    aliases: { timestamp: 'last_updated_timestamp' },
    keyed: ['tag'],
    orderByKeyed: false,
    logic: false,
  },
  versions: {
    attributes: {
      name: text,
      run_id: listed,
      source_path: text,
      version_number: { type: 'integer' },
      creation_timestamp: { ...millis, only: 'order' },
      last_updated_timestamp: { ...millis, only: 'order' },
    },
    aliases: {},
    keyed: ['tag'],
    orderByKeyed: false,
    logic: false,
  },
  loggedModels: {
    attributes: {
      name: listed,
      model_id: listed,
      model_type: listed,
      status: { ...listed, words: loggedModelStatus },
      source_run_id: listed,
      creation_timestamp: millis,
      last_updated_timestamp: millis,
      experiment_id: { type: 'integer', only: 'order' },
    },
    aliases: {
      creation_time: 'creation_timestamp',
      creation_timestamp_ms: 'creation_timestamp',
      last_updated_time: 'last_updated_timestamp',
      last_updated_timestamp_ms: 'last_updated_timestamp',
    },
    keyed: ['metric', 'param', 'tag'],
    orderByKeyed: true,
    logic: false,
  },
}
