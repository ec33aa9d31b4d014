/** Sentences that teach: what a thing is, why there is none yet, and what makes one. */
export interface EmptyText {
  readonly title: string
  readonly why: string
  readonly command?: string
}

export const emptyTexts = {
  needsMe: {
    title: 'Nothing needs you.',
    why: 'Failed runs, degraded deployments and missing releases would be listed here.',
  },
  suggestions: {
    title: 'No suggestion waits for you.',
    why: 'Rules for thresholds, promotions, retrains, checks and rollbacks suggest before they act. They earn the right to act by themselves: by what people accept, and by what comes of it.',
    command: 'fettle suggestions levels',
  },
  autonomy: {
    title: 'No rule has suggested anything yet.',
    why: 'A rule starts by observing: what it would do is shown, and nothing is done. A person lets it suggest; evidence and an approver let it act, with a time to object and then by itself.',
  },
  approvals: {
    title: 'No request waits for an approval.',
    why: 'A protected alias moves when others agree. Requests to move one are listed here.',
    command: 'fettle models requests',
  },
  pace: {
    title: 'Nobody has decided anything in the last 28 days.',
    why: 'How long people look at a suggestion before they decide, and how many they accept in one act, is measured and shown here.',
  },
  happened: {
    title: 'Nothing has happened yet.',
    why: 'Applied definitions, runs, registered models and deployments are listed here, newest first.',
    command: 'fettle apply',
  },
  definitions: {
    title: 'No definitions are applied.',
    why: 'The catalog holds entities, sources, feature views, training sets, models and deployments. They are written as TypeScript and applied as a plan.',
    command: 'fettle plan',
  },
  lineage: {
    title: 'There is no lineage yet.',
    why: 'Applied definitions and what was made from them appear as a graph, from source to deployment.',
    command: 'fettle apply',
  },
  runs: {
    title: 'No runs yet.',
    why: 'A run walks one pipeline: training set, candidates, evaluation, registration. Every step is kept; equal steps are reused.',
    command: 'fettle run',
  },
  experiments: {
    title: 'No experiments yet.',
    why: 'Each trained candidate is a tracked run with its params, metrics and artifacts. Running a pipeline makes the first; MLflow’s clients log here too, with MLFLOW_TRACKING_URI set to this address.',
    command: 'fettle run',
  },
  experimentRuns: {
    title: 'This experiment has no runs.',
    why: 'Runs appear as soon as a trainer, Fettle’s Python client or an MLflow client logs one.',
    command: 'fettle run',
  },
  models: {
    title: 'No models are registered.',
    why: 'A pipeline run registers the better candidate with its signature, metrics, data hash and environment.',
    command: 'fettle run',
  },
  versions: {
    title: 'This model has no versions.',
    why: 'A version is registered by a pipeline run, or by a program with MLflow’s client. Deleted versions are not shown.',
  },
  prompts: {
    title: 'No prompts are registered.',
    why: 'Prompts are texts that MLflow’s prompt registry keeps; they are listed here, apart from models.',
  },
  deployments: {
    title: 'No deployments are defined.',
    why: 'A deployment serves one model: it looks features up by entity key, scores, logs the decision and answers.',
    command: 'fettle apply',
  },
  decisions: {
    title: 'No decisions yet.',
    why: 'Every prediction is written before it is answered. Send one with the form above, or from a terminal.',
    command: 'fettle predict DEPLOYMENT',
  },
  feedback: {
    title: 'No feedback has come.',
    why: 'Labels, yes or no, corrections and outcomes are sent to the data port and joined to the decisions they are about, however late they come.',
    command: 'fettle feedback send DEPLOYMENT --file items.jsonl',
  },
  feedbackKinds: {
    title: 'It takes no feedback.',
    why: 'What may be said of its predictions is part of the definition: feedback(name, { is: label }) and so on. Votes of the demo page are taken without.',
    command: 'fettle plan',
  },
  labels: {
    title: 'No label is declared.',
    why: 'How good it was can be told once labels come: what really happened, in the model’s terms. Declare a feedback kind that is a label, and make a release of it.',
    command: 'fettle plan',
  },
  realised: {
    title: 'No decision to measure yet.',
    why: 'Realised metrics join decisions with labels that came later. There are no decisions in this window.',
  },
  batchJobs: {
    title: 'No batch job has run.',
    why: 'A batch job scores a table with a release: in partitions, resumable, bad rows put aside, with the same code and bits as online.',
    command: 'fettle batch run DEPLOYMENT --rows FILE.parquet --out FOLDER',
  },
  releases: {
    title: 'Not deployed yet.',
    why: 'A release is the unit that ships: model bytes, signature, threshold, feature versions and fallback.',
    command: 'fettle deploy DEPLOYMENT',
  },
  rollouts: {
    title: 'No rollout yet.',
    why: 'A verified release scores beside the champion first, then answers a growing share of traffic, then all of it on probation. At any point it can be taken back.',
    command: 'fettle deploy DEPLOYMENT',
  },
  rolloutsOver: {
    title: 'No rollout is under way.',
    why: 'The champion answers what the bar shows. A verified release starts the next one; former rollouts are listed below.',
    command: 'fettle deploy DEPLOYMENT',
  },
  rolloutUndeclared: {
    title: 'No rollout is declared.',
    why: 'A deploy replaces what answers at once. With rollout() in its definition a new release would be shadowed, ramped and watched, and taken back when it does harm.',
    command: 'fettle plan',
  },
  looks: {
    title: 'Nothing has been looked at yet.',
    why: 'Once it shadows, what both releases did on the same rows is looked at every minute: pairs, flips, harm, errors. The first look comes with the first pairs.',
  },
  flips: {
    title: 'There is nothing to compare by action.',
    why: 'Flips are rows on which one release acts and the other does not. The deployment declares no action, or no pair has been scored yet.',
  },
  outcomes: {
    title: 'No business number was measured.',
    why: 'Outcomes sent as feedback are compared between the arms: new against old, and the model against a permanent holdback. Declare them with feedback() in the deployment.',
    command: 'fettle plan',
  },
  verdict: {
    title: 'No gate has judged this release yet.',
    why: 'The gate judges it on held-out rows and verifies it in an isolated copy: files, self-test, bad input, load, fallback, contracts. Nobody is served by it meanwhile.',
    command: 'fettle release verify DEPLOYMENT',
  },
  judgedRows: {
    title: 'There were no rows to judge it on.',
    why: 'A model that was only registered has no training set with held-out rows, and a release without a verdict was not judged at all. Nothing is said of it rather than something made up.',
    command: 'fettle release verify DEPLOYMENT',
  },
  contracts: {
    title: 'No contract is declared.',
    why: 'A contract is what the business expects of every release, on slices: the same false-positive rate, better recall, nowhere worse. It is part of the deployment’s definition.',
    command: 'fettle plan',
  },
  evaluation: {
    title: 'It was not evaluated.',
    why: 'An evaluation measures a release on held-out rows, by slice, with intervals.',
  },
  comparison: {
    title: 'There was nothing to compare it with.',
    why: 'No release answered when it was judged, or the champion takes columns that these rows have not.',
  },
  thresholds: {
    title: 'No thresholds were chosen.',
    why: 'The action has one declared threshold. With a threshold rule in its definition it gets one for each segment, with what each promises.',
  },
  fairness: {
    title: 'No sensitive column is declared.',
    why: 'Groups are compared by columns kept in the training set beside the features; nothing is inferred about anybody.',
  },
  importance: {
    title: 'Nothing says what moves the score.',
    why: 'The model could neither be explained exactly nor probed by permutation.',
  },
  purpose: {
    title: 'No purpose is declared.',
    why: 'A purpose says in the reader’s words what the deployment is for, and by which number the company judges it. Without one a production deployment may not take traffic from another.',
  },
  rowsShown: {
    title: 'There are no rows to show.',
    why: 'The source is empty, or nothing has been merged for these keys yet.',
  },
  materializations: {
    title: 'Never materialized.',
    why: 'Nothing of this view is in the online store yet: training sets can be built from it, deployments cannot read it.',
  },
  checks: {
    title: 'Nothing has been checked yet.',
    why: 'Checks declared on a source, view or training set run before it is read; each report is kept with counts, bad rows and the SQL that finds them.',
  },
  builds: {
    title: 'Never built.',
    why: 'A build joins every row with what was known at its time and is kept with its sources, counts and checksum.',
  },
  skew: {
    title: 'The skew of this deployment has not been measured.',
    why: 'Served features are computed again offline from the prediction log and compared to the bit. The log has to hold predictions first.',
  },
  columnLineage: {
    title: 'Nothing is known of its columns.',
    why: 'Column lineage follows copied columns, features and outputs; what cannot be followed is named with its reason.',
  },
  filtered: { title: 'Nothing matches.', why: 'The filters above leave nothing over.' },
} as const satisfies Record<string, EmptyText>

export const kindWords: Readonly<Record<string, readonly [one: string, many: string]>> = {
  entity: ['entity', 'Entities'],
  source: ['source', 'Sources'],
  featureView: ['feature view', 'Feature views'],
  onDemand: ['on-demand feature', 'On-demand features'],
  trainingSet: ['training set', 'Training sets'],
  model: ['model', 'Models'],
  deployment: ['deployment', 'Deployments'],
  batch: ['batch', 'Batches'],
  modelVersion: ['model version', 'Model versions'],
  release: ['release', 'Releases'],
  run: ['run', 'Runs'],
  project: ['project', 'Projects'],
}

export function kindWord(kind: string): string {
  return kindWords[kind]?.[0] ?? kind
}

export const metricWords: Readonly<Record<string, string>> = {
  roc_auc: 'ROC AUC',
  pr_auc: 'PR AUC',
  log_loss: 'Log loss',
  brier: 'Brier score',
  ece: 'Calibration error',
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  base_rate: 'Base rate',
  mean_score: 'Mean score',
  fpr: 'False positive rate',
  f1: 'F1',
  selection_rate: 'Acted on',
  action_rate: 'Acted on',
  score_mean: 'Mean score',
  cost: 'Cost of a row',
  error_rate: 'Error rate',
  slow_rate: 'Slow rate',
  degraded_share: 'Degraded share',
  tpr: 'Recall',
  fnr: 'Missed positives',
  specificity: 'Specificity',
  label_mean: 'Mean label',
  npv: 'Negatives left alone rightly',
  balanced_accuracy: 'Balanced accuracy',
  mcc: 'Matthews correlation',
  kappa: 'Cohen’s kappa',
  mae: 'Mean absolute error',
  rmse: 'Root mean squared error',
  r2: 'R²',
  equalized_odds: 'Equalised odds',
  absolute_error: 'Absolute error',
  error: 'Error rate',
}

const readingOrder = [
  'roc_auc',
  'recall',
  'precision',
  'fpr',
  'cost',
  'action_rate',
  'log_loss',
  'ece',
  'pr_auc',
  'brier',
  'rmse',
  'mae',
  'r2',
  'ndcg',
  'accuracy',
  'f1',
]

/** Names of metrics, those that most readers ask for first. */
export function inReadingOrder(names: readonly string[]): readonly string[] {
  const rank = (name: string) =>
    readingOrder.includes(name) ? readingOrder.indexOf(name) : readingOrder.length
  return names.toSorted((a, b) => rank(a) - rank(b))
}

/** Metrics that are better when lower; sorting starts with the best. */
export const lowerIsBetter: ReadonlySet<string> = new Set([
  'log_loss',
  'brier',
  'ece',
  'rmse',
  'mae',
  'mape',
  'median_ae',
  'fpr',
  'fnr',
  'cost',
])

export function metricWord(key: string): string {
  return metricWords[key] ?? key
}

/** How a feature value came about, as a sentence for the title and a word for the cell. */
export const featureStateWords: Readonly<Record<string, readonly [word: string, meaning: string]>> = {
  fresh: ['fresh', 'Read from the online store, within its maximum age.'],
  PRESENT: ['fresh', 'Read from the online store, within its maximum age.'],
  stale: ['stale', 'Older than its maximum age when it was read.'],
  OUTSIDE_MAX_AGE: ['too old', 'Older than its maximum age: served as missing.'],
  missing: ['missing', 'The online store has nothing for this key.'],
  NOT_FOUND: ['not found', 'The online store has nothing for this key.'],
  NULL_VALUE: ['null', 'The value exists and is null.'],
  request: ['from request', 'The caller sent it.'],
  computed: ['computed', 'Computed on demand from the request and other features.'],
  default: ['default', 'The declared default was used.'],
  timeout: ['timed out', 'The read took longer than its deadline.'],
  ERROR: ['error', 'The value could not be computed.'],
}
