import type { ErrorEntry } from './index.ts'

export const featureErrors = {
  TYPE_MISMATCH: {
    status: 400,
    title: 'A value has the wrong type',
    hint: 'Send the declared type; no value is coerced.',
  },
  COLUMN_MISSING: {
    status: 400,
    title: 'A declared column is missing',
    hint: 'Add the column, or change the declaration.',
  },
  SCHEMA_MISMATCH: {
    status: 422,
    title: 'The data do not have the declared columns',
    hint: 'Compare the declared columns with the file; declare what is there.',
  },
  SOURCE_UNREADABLE: {
    status: 422,
    title: 'A source cannot be read',
    hint: 'Check that the path exists and is readable.',
  },
  SOURCE_BAD_VALUE: {
    status: 422,
    title: 'A source holds a value that cannot be used',
    hint: 'Mend the value at the named place.',
  },
  CHECK_FAILED: {
    status: 400,
    title: 'Data fail a blocking check',
    hint: 'Look at the failing rows: fettle checks show. Mend the data, or change the check.',
  },
  CHECK_INCONCLUSIVE: {
    status: 422,
    title: 'A blocking check could not be judged',
    hint: 'Give it what it lacks, as the message says; not evaluated is never a pass.',
  },
  ERASURE_UNKNOWN: {
    status: 404,
    title: 'There is no such erasure',
    hint: 'List them: fettle erase list',
  },
  ERASURE_LIST_DAMAGED: {
    status: 500,
    title: 'The list of erased keys cannot be read',
    hint: 'Put the file back from a backup; until then nothing that consults it goes on.',
  },
  ERASURE_RECEIPT_INVALID: {
    status: 422,
    title: 'A receipt does not hold',
    hint: 'Compare it with what the project keeps: fettle erase list',
  },
  ENTITY_UNKNOWN: {
    status: 404,
    title: 'There is no entity of this name',
    hint: 'List what is applied: fettle catalog entity',
  },
  SOURCE_CHANGED: {
    status: 409,
    title: 'The source changed while it was read',
    hint: 'Run again; nothing was published.',
  },
  SQL_ERROR: {
    status: 400,
    title: 'The engine refused the SQL',
    hint: 'Mend the fragment named in the message.',
  },
  DIALECT_MISSING: {
    status: 400,
    title: 'A SQL source has no text for the engine',
    hint: "Give the same SELECT in the engine's dialect too.",
  },
  ENGINE_UNSUPPORTED: {
    status: 400,
    title: 'The offline engine cannot read such a source',
    hint: 'Declare the source over Parquet or CSV files, or use another offline engine.',
  },
  ENGINE_UNAVAILABLE: {
    status: 503,
    title: 'The offline engine does not answer',
    hint: 'Check that the server named in fettle.json runs, then run again; nothing was published.',
  },
  SPINE_TIME_NULL: {
    status: 400,
    title: 'Spine rows have no time',
    hint: 'Filter them out or fill the time column.',
  },
  EMPTY_SPINE: {
    status: 422,
    title: 'The spine has no rows',
    hint: 'Check the source and the filters of the training set.',
  },
  NO_ROWS_LEFT: {
    status: 422,
    title: 'No row is left after exclusion',
    hint: 'Look at the counts by reason; often the label is not mature yet.',
  },
  LABEL_ONE_CLASS: {
    status: 422,
    title: 'The label has one class only',
    hint: 'Check the label expression and the time range.',
  },
  MATURITY_TOO_SHORT: {
    status: 400,
    title: 'Label maturity is shorter than its horizon',
    hint: 'Make labelMaturity at least as long as the horizon.',
  },
  EXPIRY_TOO_SHORT: {
    status: 400,
    title: 'A key would be forgotten while it is still needed',
    hint: 'Make expiry at least maxAge, and at least window + hop of every window; or leave it out.',
  },
  FRESHNESS_TOO_LONG: {
    status: 400,
    title: 'Freshness is longer than maxAge',
    hint: 'Values would be outside max age before anybody is told: shorten freshness.',
  },
  SPLITS_OVERLAP: {
    status: 400,
    title: 'Splits overlap in time',
    hint: 'Splits are half-open intervals [from, to) and must be disjoint.',
  },
  RESERVED_NAME: {
    status: 400,
    title: 'The name is reserved',
    hint: 'Names beginning with two underscores belong to Fettle.',
  },
  NAME_COLLISION: {
    status: 400,
    title: 'Two outputs have the same name',
    hint: 'Use fullNames, or name a lookup with as.',
  },
  BAD_DURATION: {
    status: 400,
    title: 'Not a duration',
    hint: 'Write a whole number and a unit: 500ms, 15m, 24h, 7d.',
  },
  BAD_WINDOW: {
    status: 400,
    title: 'Not a usable window',
    hint: 'The window must be positive and at least as long as its hop.',
  },
  BAD_PARAMETER: {
    status: 400,
    title: 'A parameter is out of range',
    hint: 'See the operator table in docs/features.md.',
  },
  OPERATOR_TYPE: {
    status: 400,
    title: 'The operator does not take this type',
    hint: 'See the operator table in docs/features.md.',
  },
  FEATURE_VIEW_UNKNOWN: {
    status: 404,
    title: 'No such feature view',
    hint: 'fettle catalog lists the views.',
  },
  FEATURE_UNKNOWN: { status: 404, title: 'No such feature', hint: 'The view page lists its features.' },
  TRAINING_SET_UNKNOWN: {
    status: 404,
    title: 'No such training set',
    hint: 'fettle catalog lists the training sets.',
  },
  VERSION_UNKNOWN: {
    status: 404,
    title: 'No such version of the feature view',
    hint: 'Leave out the version to read the live one.',
  },
  EXACTLY_ONE_OF: {
    status: 400,
    title: 'Exactly one of several members must be sent',
    hint: 'Send features, or the name of a feature list, not both.',
  },
  SOURCE_UNKNOWN: { status: 404, title: 'No such source', hint: 'fettle catalog lists the sources.' },
  SOURCE_NOT_WRITABLE: {
    status: 409,
    title: 'The source takes no rows',
    hint: 'Only push sources are written to; declare the source with push().',
  },
  BATCH_ID_REQUIRED: {
    status: 400,
    title: 'The write needs a batch id',
    hint: 'Send batchId, or declare eventId on the source: a retry would count events twice.',
  },
  BATCH_ID_REUSED: {
    status: 409,
    title: 'The batch id was used for other rows',
    hint: 'Use a new batchId for new rows; repeat the same body to repeat a write.',
  },
  JOURNAL_UNWRITABLE: {
    status: 503,
    title: 'The journal of a push source cannot be written',
    hint: 'Free disk space and write again; nothing was acknowledged.',
  },
  JOURNAL_DAMAGED: {
    status: 500,
    title: 'The journal of a push source is damaged',
    hint: 'Restore the named file from a backup; the other files are not affected.',
  },
  BAD_REFERENCE: {
    status: 400,
    title: 'Not a feature reference',
    hint: 'Write view:feature or view@v3:feature.',
  },
  NO_FEATURES: { status: 400, title: 'No features asked for', hint: 'Name at least one feature.' },
  EXPLANATION_UNAVAILABLE: {
    status: 409,
    title: 'A row of a training set whose definition has changed cannot be explained',
    hint: 'Build the set again, and explain a row of that.',
  },
  ROW_UNKNOWN: {
    status: 404,
    title: 'A training set has no such row',
    hint: 'Rows are numbered from 0 in the full spine; excluded rows keep their number.',
  },
  KEY_MISSING: { status: 400, title: 'An entity key is missing', hint: 'Send every key of the entity.' },
  KEY_BAD_TEXT: {
    status: 400,
    title: 'An entity key has text that cannot be a key',
    hint: 'Keys are valid Unicode without U+0000.',
  },
  KEY_TOO_LONG: {
    status: 400,
    title: 'An entity key is too long',
    hint: 'Keys encode to at most 1024 bytes.',
  },
  REQUEST_FIELD_MISSING: {
    status: 400,
    title: 'A request field is missing',
    hint: 'Send the field named in the message.',
  },
  RAGGED_DATA: {
    status: 400,
    title: 'Columns have unequal lengths',
    hint: 'Send the same number of values for every column.',
  },
  ONDEMAND_THREW: {
    status: 422,
    title: 'An on-demand feature threw',
    hint: 'See the line of the function in the message.',
  },
  ONDEMAND_BAD_OUTPUT: {
    status: 422,
    title: 'An on-demand feature returned a wrong type',
    hint: 'Return exactly the declared outputs.',
  },
  ONDEMAND_FORBIDDEN: {
    status: 400,
    title: 'An on-demand feature uses something it may not',
    hint: 'On-demand features are pure functions of their inputs.',
  },
  ONDEMAND_TIMEOUT: {
    status: 422,
    title: 'An on-demand feature takes too long',
    hint: 'Do less per row: a function has 5 ms for each, and a batch at least 50 ms.',
  },
  ALREADY_RUNNING: {
    status: 409,
    title: 'A run for this view is going on',
    hint: 'Wait for the run named in the message, or cancel it.',
  },
  SKEW_NOT_MEASURED: {
    status: 404,
    title: 'Served features have not been compared with their replay',
    hint: 'Measure it: fettle skew DEPLOYMENT',
  },
  ONLINE_DIFFERS: {
    status: 409,
    title: 'The online store differs from the offline answer',
    hint: 'The log of the step names the keys with both rows; --param repair=true makes them anew.',
  },
  GENERATION_GONE: {
    status: 409,
    title: 'No former generation of the view is kept',
    hint: 'Materialize the view; the next full run keeps the generation it replaces.',
  },
  STORE_FULL: {
    status: 507,
    title: 'The online store has no space left',
    hint: 'Free disk space and run again; finished chunks are kept.',
  },
  STORE_UNAVAILABLE: { status: 503, title: 'The online store does not answer', hint: 'Retry later.' },
  NOT_REPRODUCIBLE: {
    status: 409,
    title: 'A rebuild gave other bytes',
    hint: 'This is an incident: compare source versions and engine versions.',
  },
  OUT_OF_SPACE: {
    status: 507,
    title: 'The engine ran out of memory or disk',
    hint: 'Raise the memory limit or free disk space, then run again; nothing was published.',
  },
  SQL_UNDECLARED_TABLE: {
    status: 400,
    title: 'The SQL names a table that is no reference',
    hint: 'Refer to a source object in the template instead of the name of a table.',
  },
  SQL_NOT_A_SELECT: {
    status: 400,
    title: 'The SQL is not one SELECT',
    hint: 'A SQL source is exactly one SELECT over other sources.',
  },
  SQL_NOT_DETERMINISTIC: {
    status: 400,
    title: 'The SQL depends on clock or chance',
    hint: 'Take times and ids from columns.',
  },
  SQL_CYCLE: {
    status: 400,
    title: 'SQL sources refer to each other in a circle',
    hint: 'Break the circle named in the message.',
  },
} as const satisfies Record<string, ErrorEntry>
