import type { Field, ValueType } from '../kernel/values/model.ts'
import type {
  ContractData,
  FairnessData,
  PurposeData,
  ReasonTableData,
  SliceData,
  ThresholdRuleData,
} from './release-terms.ts'
import type { FallbackData, FeedbackData, HoldbackData, RolloutData } from './rollout-terms.ts'

/**
 * Definitions as data. The functions of the language return these (with phantom types on top);
 * they are plain JSON: no functions, no dates, no bigint. Durations are canonical text (`24h`), instants RFC 3339.
 * `description`, `owner`, `tags` are descriptive and never change a semantic hash.
 */
export interface Descriptive {
  readonly description?: string
  readonly owner?: string
  readonly tags?: readonly string[]
}

export interface ColumnData extends Field {
  readonly unit?: string
  readonly description?: string
  /** Personal data class; masked in samples unless the reader may see it. */
  readonly pii?: 'personal' | 'sensitive'
}

export interface EntityData extends Descriptive {
  readonly kind: 'entity'
  readonly name: string
  /** Key components in order. */
  readonly key: readonly ColumnData[]
}

export type SourceLocation =
  /** `rowNumber` names an int64 column that holds the 0-based row number in file order. Paths are relative to the project. */
  | { readonly kind: 'parquet'; readonly path: string; readonly rowNumber?: string }
  | { readonly kind: 'csv'; readonly path: string; readonly delimiter?: string; readonly header?: boolean }
  | { readonly kind: 'duckdb'; readonly path: string; readonly table: string }
  /** `url` is the name of an environment variable that holds the connection string, never the string itself. */
  | { readonly kind: 'postgres'; readonly url: string; readonly table: string }
  /** One SELECT; `parts` alternates text and references to other sources by name. */
  | {
      readonly kind: 'sql'
      readonly dialect: 'duckdb'
      readonly parts: SqlParts
      /** The same SELECT in Spark's dialect. An engine without a text of its own is refused at plan. */
      readonly spark?: SqlParts
    }
  /** Rows that Fettle accepts itself, by HTTP or from a feed, and keeps in its journal. */
  | { readonly kind: 'push'; readonly feed?: FeedData }

/** Text of a SELECT, alternating with the sources it reads. */
export type SqlParts = readonly (string | { readonly source: string })[]

/** Where a push source also takes rows from, each once and in order. URLs are names of environment variables. */
export type FeedData =
  /** A file of JSON lines that is only appended to; the path is relative to the project. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string; readonly stream: string }
  /** A table with an increasing int64 column, read in its order. */
  | { readonly kind: 'postgres'; readonly url: string; readonly table: string; readonly sequence: string }

/** When a row could first be known. 'assumed' = not declared on a batch source: known when it happens, flagged. */
export type KnownAt =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'delay'; readonly delay: string }
  | { readonly kind: 'ingest' }
  | { readonly kind: 'event' }
  | { readonly kind: 'assumed' }

export interface SourceData extends Descriptive {
  readonly kind: 'source'
  readonly name: string
  readonly from: SourceLocation
  readonly columns: readonly ColumnData[]
  readonly eventTime: string | null
  readonly knownAt: KnownAt
  readonly sequence?: string
  readonly eventId?: string
  readonly deleted?: string
  /** Zone of naive timestamps: 'UTC', an IANA name, or `{ column }` holding one per row. */
  readonly zone?: string | { readonly column: string }
  /** Times finer than microseconds are rounded down instead of refused. */
  readonly floor?: 'us'
  /** Fettle keeps its own copy of what it reads, which gives the source a version. */
  readonly copy?: boolean
  readonly checks?: readonly CheckData[]
  /** Set in closures, never written: names of the checks whose bad rows are invisible to everything that reads on. */
  readonly quarantine?: readonly string[]
}

/**
 * One data check (monitoring.md §1). `check` is a word of the vocabulary (`not_missing`, `between`, …), `params` what it
 * takes beside its columns. The severity is descriptive, everything else is meaning.
 */
export interface CheckData {
  readonly check: string
  /** Unique among the checks of one definition. */
  readonly name: string
  readonly columns: readonly string[]
  readonly params: Readonly<Record<string, CheckParameter>>
  readonly severity: 'block' | 'warn' | 'info'
  /** Share of rows that must hold, ≤ 6 decimals; default 1. */
  readonly mostly?: number
  readonly warnMostly?: number
  /** Rows the check looks at. */
  readonly where?: PredicateData
  /** Values that stand for missing beside null and NaN. */
  readonly missingValues?: readonly PredicateValue[]
  /** Not evaluated counts as failed. */
  readonly required?: boolean
  readonly owner?: string
  readonly reason?: string
  /** RFC 3339; from then on the check is an error. */
  readonly expires?: string
}
export type CheckParameter =
  | null
  | PredicateValue
  | readonly CheckParameter[]
  | { readonly [name: string]: CheckParameter }

/** `column op value`; a null satisfies `is_null` only, whose value is always true. */
export interface PredicateData {
  readonly column: string
  readonly op: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'in' | 'is_null' | 'is_not_null'
  readonly value: PredicateValue | readonly PredicateValue[]
}
export type PredicateValue = boolean | number | string

export type WindowOperator =
  | 'count'
  | 'count_distinct'
  | 'approx_count_distinct'
  | 'sum'
  | 'mean'
  | 'var_pop'
  | 'var_samp'
  | 'stddev_pop'
  | 'stddev_samp'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'first_k'
  | 'last_k'
  | 'top_k'
  | 'bottom_k'
  | 'mode'
  | 'histogram'
  | 'quantile'
  | 'approx_quantile'
  | 'any'
  | 'all'
  | 'since_last'

export interface LookupFeatureData {
  readonly kind: 'lookup'
  readonly name: string
  readonly column: string
  readonly type: ValueType
  readonly description?: string
}

export interface WindowFeatureData {
  readonly kind: 'window'
  readonly name: string
  readonly description?: string
  readonly op: WindowOperator
  /** Absent for count() and since_last(). */
  readonly column?: string
  /** Canonical duration, or 'all'. */
  readonly window: string
  /** Canonical duration; the left edge of the window is rounded down to a multiple of it. */
  readonly hop: string
  readonly where?: PredicateData
  /** Number of elements for first_k and its kin. */
  readonly k?: number
  /** Probability for quantile. */
  readonly p?: number
  /** Most distinct values of a histogram. */
  readonly limit?: number
  readonly type: ValueType
}

export type FeatureData = LookupFeatureData | WindowFeatureData

export interface FeatureViewData extends Descriptive {
  readonly kind: 'featureView'
  readonly name: string
  /** null: a view without entity joins on time alone. */
  readonly entity: string | null
  readonly source: string
  /** Source column of each key component, in the order of the entity's key. */
  readonly keys: readonly string[]
  readonly at: 'at' | 'before'
  /** 'latest' ignores known time: a declared leak, for demonstrations and for comparison. */
  readonly knownTime: 'cutoff' | 'latest'
  /** Online: older is OUTSIDE_MAX_AGE. */
  readonly maxAge?: string
  /** Training; defaults to maxAge. */
  readonly lookback?: string
  /** Online, what OUTSIDE_MAX_AGE answers: null (default) or the old value. The status is the same. */
  readonly expired?: 'return'
  /** When the online store may forget a key; never, if left out. */
  readonly expiry?: string
  /** How old the newest merged row may be before somebody is told. Descriptive. */
  readonly freshness?: string
  /** When the view is materialized: a word (`hourly`, `daily`, `weekly`) or five cron fields, UTC. Descriptive. */
  readonly schedule?: string
  /** Of the feature values. */
  readonly checks?: readonly CheckData[]
  /** All features of a view are of one kind. */
  readonly features: readonly FeatureData[]
}

export type OnDemandInput =
  | { readonly name: string; readonly from: 'request'; readonly type: ValueType }
  | {
      readonly name: string
      readonly from: 'feature'
      readonly lookup: string
      readonly feature: string
      readonly type: ValueType
    }

export interface OnDemandData extends Descriptive {
  readonly kind: 'onDemand'
  readonly name: string
  readonly inputs: readonly OnDemandInput[]
  readonly outputs: readonly Field[]
  /** Share of training rows that may have an error, which is null there; default 0. */
  readonly maxErrorShare?: number
  /** JavaScript text of a pure function from the inputs object to the outputs object. */
  readonly compute: string
}

/** One join of a view to the spine. `as` is the name by which features are referred to. */
export interface LookupData {
  readonly view: string
  readonly as: string
  /** Spine column for each key component, in the order of the entity's key. */
  readonly keys: readonly string[]
  readonly features: readonly string[]
}

export type LabelData =
  | ({ readonly kind: 'column'; readonly name: string; readonly known: 'maturity' | 'as-of' } & PredicateData)
  | {
      readonly kind: 'later'
      readonly name: string
      readonly known: 'maturity' | 'as-of'
      readonly source: string
      readonly op: 'exists' | 'count' | 'sum' | 'mean' | 'min' | 'max' | 'first' | 'last'
      readonly column?: string
      readonly horizon: string
      /** Label-source column for each spine key column. */
      readonly keys: readonly { readonly spine: string; readonly source: string }[]
    }

export interface SplitData {
  readonly name: string
  /** Half-open [from, to) of spine time, RFC 3339. */
  readonly from: string
  readonly to: string
}

export interface TrainingSetData extends Descriptive {
  readonly kind: 'trainingSet'
  readonly name: string
  readonly spine: {
    readonly source: string
    readonly time: string
    readonly where?: readonly PredicateData[]
    /**
     * Spine columns by which rows of one time are ordered before the whole row is; default: the key columns in order of
     * first use. Kept by a set made `without` features, so that its rows have the same numbers.
     */
    readonly order?: readonly string[]
  }
  /** Spine columns kept in the set (keys, ids, slices, request features), in order. */
  readonly columns: readonly string[]
  /** Spine columns that are model inputs and arrive with the request when serving. */
  readonly request: readonly string[]
  readonly lookups: readonly LookupData[]
  readonly onDemand: readonly string[]
  readonly label: LabelData
  readonly labelMaturity: string
  readonly splits: readonly SplitData[]
  readonly embargo: boolean
  readonly fullNames: boolean
  readonly keepUnlabelled: boolean
  readonly checks?: readonly CheckData[]
}

export interface CandidateData {
  readonly name: string
  /**
   * 'logistic' is built in and needs no Python, nor does 'external', whose model is on another server; a path names a script
   * that follows the trainer contract.
   */
  readonly trainer:
    | { readonly kind: 'builtin'; readonly name: 'logistic' | 'external' }
    | { readonly kind: 'python'; readonly name: 'lightgbm' | 'sklearn' }
    | { readonly kind: 'script'; readonly path: string }
  readonly params: Readonly<Record<string, number | string | boolean>>
  /** Trained only when a run names it: `--param candidates=NAME`. */
  readonly asked?: true
}

export interface ModelData extends Descriptive {
  readonly kind: 'model'
  readonly name: string
  readonly trainingSet: string
  readonly task: 'binary'
  readonly candidates: readonly CandidateData[]
  readonly trainOn: string
  readonly judgeOn: string
  /** Metric by which the better candidate is chosen, on the judged split. */
  readonly metric: 'roc_auc' | 'log_loss' | 'pr_auc' | 'brier'
  /** Columns of the training set; 'month' slices by UTC month of spine time. */
  readonly slices: readonly string[]
  readonly schedule: string
}

export interface DeploymentData extends Descriptive {
  readonly kind: 'deployment'
  readonly name: string
  readonly model: string
  /** act iff score > threshold; with a rule, the threshold holds until the rule has chosen others. */
  readonly action?: { readonly name: string; readonly threshold: number; readonly rule?: ThresholdRuleData }
  /** Answered, marked degraded, when the model cannot. */
  readonly fallback: FallbackData
  readonly deadline: string
  readonly log: 'written' | 'synced' | 'none'
  /** Column of the training set that names the unit which repeats, a customer say. Default: every row stands alone. */
  readonly entity?: string
  readonly slices?: readonly SliceData[]
  readonly contracts?: readonly ContractData[]
  /** What a false positive and a false negative cost, for the metric `cost`. */
  readonly costs?: { readonly falsePositive: number; readonly falseNegative: number }
  readonly purpose?: PurposeData
  readonly reasons?: ReasonTableData
  readonly fairness?: FairnessData
  /** How a release replaces another; absent: at once, when somebody deploys it. */
  readonly rollout?: RolloutData
  readonly holdback?: HoldbackData
  /** Kinds of feedback it takes; absent: none. */
  readonly feedback?: readonly FeedbackData[]
}

/** Where the outputs of a batch go: a folder of Parquet files, or a table. */
export type BatchTargetData =
  | { readonly kind: 'parquet'; readonly path: string }
  | { readonly kind: 'duckdb'; readonly path: string; readonly table: string }
  /** `url` names an environment variable. */
  | { readonly kind: 'postgres'; readonly url: string; readonly table: string }

/** Rows that a deployment's release scores, on a schedule or when it is asked to. */
export interface BatchData extends Descriptive {
  readonly kind: 'batch'
  readonly name: string
  readonly deployment: string
  /** A source, or the spine of a training set before any label. */
  readonly rows: { readonly source: string } | { readonly trainingSet: string }
  /** `row`: features as known at each row's own time; `run`: at the instant of the run; else an instant (RFC 3339). */
  readonly asOf: string
  /** Columns of the rows that stand in the output, in order. */
  readonly columns: readonly string[]
  readonly to: BatchTargetData
  /** Absent: only when it is asked to. */
  readonly schedule?: string
  /** Most rows, as a share, that may be put aside; default 0.001. */
  readonly maxBadRate: number
  /** Whether every decision is recorded; default true. */
  readonly log: boolean
}

export type Definition =
  | EntityData
  | SourceData
  | FeatureViewData
  | OnDemandData
  | TrainingSetData
  | ModelData
  | DeploymentData
  | BatchData
export type DefinitionKind = Definition['kind']
export type DefinitionRef = `${DefinitionKind}:${string}`

/** What a loader hands over: every definition of a project, sorted by kind and name, with where each was written. */
export interface Project {
  readonly name: string
  readonly definitions: readonly Definition[]
  /** `file:line` relative to the project folder, by reference. */
  readonly locations: Readonly<Record<string, string>>
}
