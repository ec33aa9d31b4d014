/** A built Python environment. */
export interface PythonEnvironment {
  /** sha256 of interpreter version, platform and lock, 32 hex digits. */
  readonly id: string
  /** Absolute path of its interpreter. */
  readonly python: string
  /** Interpreter, platform and lock, for the model's manifest. */
  readonly interpreter: string
  readonly platform: string
  /** sha256 of the lock file. */
  readonly lock: string
  /** Pinned packages by name. */
  readonly packages: Readonly<Record<string, string>>
}

export interface EnvironmentRequest {
  /** Where environments are kept: one folder per id below it. */
  readonly folder: string
  /** requirements file with a hash on every line. */
  readonly lock: string
  /** Folder of package files: when given, all come from there and nothing is downloaded. */
  readonly packages?: string
  onProgress(update: ProgressUpdate): void
  log(line: string): void
  readonly signal?: AbortSignal
}

/**
 * Builds each environment once per folder, also when two processes ask at the same time; a build that was killed
 * leaves nothing usable behind and is repeated. PYTHON_MISSING without Python ≥ 3.10 and venv; ENVIRONMENT_FAILED
 * with the last lines of pip.
 */
export interface EnvironmentProvider {
  ensureEnvironment(request: EnvironmentRequest): Promise<PythonEnvironment>
  /**
   * Ensures the environment; paths of the package files it is installed from, which are downloaded if they were not kept.
   * ENVIRONMENT_FAILED when that cannot be.
   */
  packageFiles(request: EnvironmentRequest): Promise<readonly string[]>
}

/** Where the tracked runs of one pipeline step are written. Every call is acknowledged once it resolves. */
export interface TrainingTracker {
  startRun(request: {
    readonly experiment: string
    readonly name: string
    readonly trainingSet?: string
    readonly tags?: Readonly<Record<string, string>>
  }): Promise<{ readonly id: string }>
  /** All of the batch or nothing; repeating a batch changes nothing. */
  log(run: string, batch: TrackedBatch): Promise<void>
  finish(run: string, state: 'finished' | 'failed' | 'killed'): Promise<void>
}

export interface TrackedBatch {
  readonly params?: Readonly<Record<string, string>>
  /** `value` may be NaN or infinite. */
  readonly metrics?: readonly { readonly key: string; readonly value: number; readonly step: number }[]
  readonly tags?: Readonly<Record<string, string>>
}

/** Numbers with NaN for null; booleans are 0 and 1, timestamps µs and dates days since the epoch. */
export interface NumberColumn {
  readonly kind: 'number'
  /** Type as the engine names it. */
  readonly type: string
  readonly values: Float64Array
}

/** Texts as indices into `dictionary`; −1 is null. */
export interface TextColumn {
  readonly kind: 'text'
  readonly type: string
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

export interface ColumnTable {
  readonly rows: number
  /** By name. */
  readonly columns: Readonly<Record<string, NumberColumn | TextColumn>>
}

export interface ColumnRequest {
  /** Parquet files, read one after another; or one CSV or JSON file. */
  readonly files: readonly string[]
  readonly columns: readonly string[]
  /** Columns read as text whatever their type, such as ids beyond 2⁵³. */
  readonly asText?: readonly string[]
  /** Only rows where this text column has this value. */
  readonly where?: { readonly column: string; readonly equals: string }
}

/** Reads columns of files in file order into memory. COLUMN_MISSING, SOURCE_UNREADABLE. */
export interface ColumnReader {
  readColumns(request: ColumnRequest): Promise<ColumnTable>
}

export interface ProgressUpdate {
  readonly done: number
  readonly total: number | null
  readonly unit: string
  readonly message: string
}
