import { catalogCommands } from './commands-catalog.ts'
import { servingCommands } from './commands-serving.ts'
import { trackingCommands } from './commands-tracking.ts'
import type { CommandContext } from './context.ts'

interface OptionSpec {
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
  /** May be given several times. */
  readonly repeats?: boolean
}

/** Options that commands share. */
const commonOptions = {
  json: { flags: '--json', summary: 'print one JSON value' },
  folder: {
    flags: '--folder <folder>',
    summary: 'the project (default: the nearest folder upwards with a fettle.json)',
  },
  server: {
    flags: '--server <url>',
    summary: 'address of the server (default: the one that runs in the project)',
  },
} as const satisfies Record<string, OptionSpec>

type CommonOption = keyof typeof commonOptions

export interface CommandSpec {
  /** Name and arguments as commander reads them. */
  readonly usage: string
  readonly summary: string
  readonly options?: readonly OptionSpec[]
  /** Which of the common options it takes; all when left out. */
  readonly common?: readonly CommonOption[]
  load(): Promise<{ run(context: CommandContext, options: object, ...words: string[]): Promise<number> }>
}

const detach: OptionSpec = { flags: '-d, --detach', summary: 'start it and return; print its id' }

/** Every command: what it takes, and where it is when it is called. */
export const commands: readonly CommandSpec[] = [
  {
    usage: 'init [folder]',
    summary: 'write a small project to begin with',
    options: [{ flags: '--merge', summary: 'add to a folder that has files; none of them is changed' }],
    common: ['json'],
    load: () => import('./commands/init.ts'),
  },
  {
    usage: 'dev',
    summary: 'run everything for this project: API, web pages, worker, predictions',
    options: [
      { flags: '--port <port>', summary: 'port of the API and web pages (default: 4747; 0 is any free one)' },
      { flags: '--data-port <port>', summary: 'port of predictions (default: the one after --port)' },
      { flags: '--host <address>', summary: 'address to listen on (default: this machine only)' },
      { flags: '--fronts <number>', summary: 'processes that share the port of predictions (default: 1)' },
    ],
    common: ['json', 'folder'],
    load: () => import('./commands/dev.ts'),
  },
  {
    usage: 'server',
    summary: 'run the control plane alone: API and web pages; several may serve one Postgres database',
    options: [
      { flags: '--port <port>', summary: 'port of the API and web pages (default: 4747; 0 is any free one)' },
      { flags: '--host <address>', summary: 'address to listen on (default: this machine only)' },
      { flags: '--test-reset', summary: 'for tests: POST /fettle/test/reset empties the store' },
    ],
    common: ['json', 'folder'],
    load: () => import('./commands/server.ts'),
  },
  {
    usage: 'worker',
    summary: 'run the steps of pipelines, for any server of the project; give it FETTLE_TOKEN',
    options: [{ flags: '--slots <number>', summary: 'steps at a time (default: 2)' }],
    common: ['json', 'folder', 'server'],
    load: () => import('./commands/worker.ts'),
  },
  {
    usage: 'backup <to>',
    summary: 'copy objects and keys, and metadata that is a file, to a folder, while Fettle runs',
    common: ['json', 'folder'],
    load: () => import('./commands/backup.ts'),
  },
  {
    usage: 'restore <from>',
    summary: 'bring a backup into a project that has nothing yet',
    common: ['json', 'folder'],
    load: () => import('./commands/restore.ts'),
  },
  {
    usage: 'audit <action>',
    summary:
      'verify: read the audit from its first row on, compare it with its anchors, and say where it was altered; export: write it to --out',
    common: ['json', 'folder'],
    options: [
      { flags: '--anchors <file>', summary: 'verify: signed anchors (default: those of the project)' },
      { flags: '--export <file>', summary: 'verify: an export, instead of the metadata store' },
      { flags: '--key <file>', summary: 'verify: the public key of the anchors, as PEM' },
      { flags: '--out <file>', summary: 'export: where to' },
    ],
    load: () => import('./commands/audit.ts'),
  },
  {
    usage: 'import <kind> <from>',
    summary:
      'take over the runs and models of an MLflow store (mlflow), or write definitions from a Feast repository (feast) or a list by name and variant (featureform)',
    options: [
      { flags: '--plan', summary: 'mlflow: show what would be imported, and end' },
      {
        flags: '--artifacts <folder>',
        summary: "mlflow: where the old server's artifacts are, when <from> is its database",
      },
      { flags: '-y, --yes', summary: 'mlflow: do not ask' },
      {
        flags: '--verify',
        summary: 'mlflow: ask both for a sample afterwards; exit with 3 when they differ',
      },
    ],
    load: () => import('./commands/import.ts'),
  },
  {
    usage: 'export <kind> <to>',
    summary:
      'write experiments, runs, models and files as a folder that MLflow reads, or into an MLflow server at http://… (mlflow)',
    load: () => import('./commands/export.ts'),
  },
  {
    usage: 'plan',
    summary: 'show what applying the definitions would change',
    options: [{ flags: '--detailed-exitcode', summary: 'exit with 3 when there are changes' }],
    load: () => import('./commands/plan.ts'),
  },
  {
    usage: 'apply',
    summary: 'apply the definitions as planned',
    options: [
      { flags: '-y, --yes', summary: 'do not ask; never covers deletion' },
      { flags: '--allow-delete', summary: 'also delete what is no longer defined' },
    ],
    load: () => import('./commands/apply.ts'),
  },
  {
    usage: 'run [pipeline]',
    summary: 'start a pipeline and follow it to its end; without a name, list the pipelines',
    options: [
      { flags: '-p, --param <name=value>', summary: 'a parameter of the pipeline', repeats: true },
      {
        flags: '--reuse <what>',
        summary: 'which equal steps of earlier runs are reused',
        choices: ['lineage', 'unchanged', 'never'],
      },
      { flags: '--idempotency-key <key>', summary: 'the same key starts the run only once' },
      detach,
    ],
    load: () => import('./commands/run.ts'),
  },
  {
    usage: 'runs [id]',
    summary: 'list pipeline runs, or show one (latest is the newest)',
    options: [
      { flags: '--pipeline <name>', summary: 'only runs of this pipeline' },
      {
        flags: '--state <state>',
        summary: 'only runs in this state',
        choices: ['queued', 'running', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled'],
      },
      { flags: '--limit <count>', summary: 'how many, at most 500 (default: 20)' },
      { flags: '-f, --follow', summary: 'follow the run to its end' },
    ],
    load: () => import('./commands/runs.ts'),
  },
  {
    usage: 'cancel [id]',
    summary: 'cancel a run (default: the newest); finished steps are kept',
    load: () => import('./commands/cancel.ts'),
  },
  {
    usage: 'resume [id]',
    summary: 'go on with a failed or cancelled run (default: the newest)',
    options: [detach],
    load: () => import('./commands/resume.ts'),
  },
  {
    usage: 'logs [run] [step]',
    summary: 'print the log of a run (default: the newest), or of one of its steps',
    options: [{ flags: '-f, --follow', summary: 'go on until the run has ended' }],
    load: () => import('./commands/logs.ts'),
  },
  ...servingCommands,
  ...catalogCommands,
  {
    usage: 'suggestions [action] [words...]',
    summary:
      'what rules suggest, the riskiest first: list, show ID; accept ID or --below RISK, reject, edit or veto ID; accept-batch BATCH; levels; switch-on, raise, decline, lower or history SUBJECT RULE [CLASS]; pace',
    options: [
      {
        flags: '--subject <subject>',
        summary: 'list, levels, accept --below: only of this, such as deployment:late',
      },
      {
        flags: '--state <state>',
        summary: 'list: only in this state (default: open)',
        choices: ['open', 'accepted', 'applied', 'edited', 'rejected', 'vetoed', 'expired', 'superseded'],
      },
      { flags: '--limit <count>', summary: 'list: how many, at most 500 (default: 50)' },
      {
        flags: '--below <risk>',
        summary: 'accept: all with an upper bound below so many flips a week, after a sample of them',
      },
      {
        flags: '--reason <reason>',
        summary:
          'reject, edit, veto: wrong-value, bad-data, known-event, bad-timing, too-risky, not-needed, policy or other; raise, decline, lower: why',
      },
      { flags: '--note <text>', summary: 'more to the reason' },
      { flags: '--value <json>', summary: 'edit: the value instead' },
      { flags: '--batch <id>', summary: 'accept, reject: decides for the sample of this batch' },
      { flags: '--to <level>', summary: 'lower: observe or suggest (default: one that asks a person again)' },
      { flags: '--as <name>', summary: 'who acts, with the token of the server (default: local)' },
      { flags: '-y, --yes', summary: 'accept: do not show and ask; the decision is then no evidence' },
    ],
    load: () => import('./commands/suggestions.ts'),
  },
  {
    usage: 'erase <entity> [key...]',
    summary:
      'erase a key everywhere Fettle keeps it and print the receipt; list, show <id> and verify <file> look at receipts',
    options: [
      { flags: '--reason <text>', summary: 'why; kept in the audit, so never with the key in it' },
      { flags: '-y, --yes', summary: 'do not ask' },
      { flags: '--dry-run', summary: 'only count what there is' },
    ],
    load: () => import('./commands/erase.ts'),
  },
  {
    usage: 'skew <deployment>',
    summary: 'replay what was served and compare it with what the definitions give; exit 2 when they differ',
    options: [
      { flags: '--last', summary: 'show the last comparison instead of making one' },
      {
        flags: '--min-requests <count>',
        summary: 'fewer without a difference are inconclusive (default: 1000)',
      },
      { flags: '--share <share>', summary: 'share of entity keys to replay, chosen by hash (default: 1)' },
    ],
    load: () => import('./commands/skew.ts'),
  },
  {
    usage: 'evaluate <what>',
    summary:
      'judge a table of predictions (Parquet, CSV, JSON lines), or a registered version on a table, on this machine: metrics with intervals, by slice and group, against another, by contracts',
    options: [
      {
        flags: '--on <table>',
        summary: 'score MODEL@VERSION on this table, or on a split of a stored training set: ds-…:SPLIT',
      },
      { flags: '--label <column>', summary: 'what came; empty where it has not come yet' },
      { flags: '--score <column>', summary: 'what was predicted: a probability, a number, or the class' },
      {
        flags: '--task <task>',
        summary: 'what is predicted (default: binary)',
        choices: ['binary', 'multiclass', 'regression', 'ranking'],
      },
      { flags: '--class-score <class=column>', summary: 'multiclass: probability of a class', repeats: true },
      { flags: '--threshold <score>', summary: 'binary: a row is acted on when its score is greater' },
      { flags: '--cost <fp,fn>', summary: 'binary: what a false positive and a false negative cost' },
      {
        flags: '--slice <column>',
        summary: 'a column to look at by value; month with --time',
        repeats: true,
      },
      { flags: '--time <column>', summary: 'when a row was decided' },
      { flags: '--weight <column>', summary: 'how much a row weighs' },
      { flags: '--entity <column>', summary: 'who a row belongs to, where the same come again' },
      { flags: '--query <column>', summary: 'ranking: the query a row answers' },
      { flags: '--id <column>', summary: 'what names a row, once each' },
      { flags: '--name <column>', summary: 'a column shown with rows that flip', repeats: true },
      {
        flags: '--against <champion>',
        summary:
          'compare with another table of the same ids, or another score column of this one; a version with another, or with the release that serves: release',
      },
      {
        flags: '--against-score <column>',
        summary: 'score column of the other table (default: the same name)',
      },
      {
        flags: '--against-threshold <score>',
        summary: 'at which the champion acts (default: that of --threshold)',
      },
      {
        flags: '--fairness <column>',
        summary: 'a column whose values are groups of people; needs no labels',
        repeats: true,
      },
      {
        flags: '--acting <kind>',
        summary: 'what being acted on is to whom it happens (default: benefit)',
        choices: ['benefit', 'burden'],
      },
      {
        flags: '--contracts <contracts>',
        summary: 'judge these: a JSON file or an applied deployment; exit 3 when broken, 6 when undecided',
      },
      { flags: '--junit <file>', summary: 'write the verdict of every contract as JUnit' },
      { flags: '--out <file>', summary: 'write the report: .html is a page, .json is data', repeats: true },
      { flags: '--keep', summary: 'keep the report with the version, on its page and in its card' },
    ],
    load: () => import('./commands/evaluate.ts'),
  },
  {
    usage: 'checks <what> [name]',
    summary:
      'data checks: run [name] runs them here, show <table> the last report, suggest <source> drafts some',
    options: [
      { flags: '--by <column>', summary: 'suggest: time column that cuts the past' },
      {
        flags: '--partitions <size>',
        summary: 'suggest: how long a part of the past is (default: week)',
        choices: ['day', 'week', 'month'],
      },
    ],
    load: () => import('./commands/checks.ts'),
  },
  ...trackingCommands,
  {
    usage: 'models [name] [words...]',
    summary:
      'list the registered models, or show one with its versions, or an alias of it; verify, sign or card MODEL@VERSION; protect or unprotect MODEL ALIAS; request-alias MODEL ALIAS VERSION; approve, decline or withdraw REQUEST; requests [MODEL]',
    options: [
      { flags: '--alias <alias>', summary: 'the versions an alias pointed to, newest first' },
      { flags: '--as-of <time>', summary: 'what --alias pointed to then: a date (UTC) or RFC 3339' },
      {
        flags: '--format <format>',
        summary: 'card: md, html or json (default: md)',
        choices: ['md', 'html', 'json'],
      },
      { flags: '--approvals <count>', summary: 'protect: how many others must agree (default: 1)' },
      {
        flags: '--check <check>',
        summary: 'protect: what a version must have',
        choices: ['signature', 'signed-files', 'evaluation'],
        repeats: true,
      },
      { flags: '--reason <text>', summary: 'request-alias, approve, decline, withdraw: why' },
      { flags: '--as <name>', summary: 'who acts, with the token of the server (default: local)' },
      { flags: '-y, --yes', summary: 'approve, decline: do not ask' },
    ],
    load: () => import('./commands/models.ts'),
  },
  {
    usage: 'reproduce <version> [file]',
    summary:
      'make a model version again from its manifest and compare: exit 0 reproduced, 3 not, 6 inconclusive; verify <file> checks a report',
    options: [
      { flags: '--explain', summary: 'only say what it would be made from and how long it may take' },
      detach,
    ],
    load: () => import('./commands/reproduce.ts'),
  },
  {
    usage: 'doctor',
    summary: 'check this machine and this project',
    options: [
      {
        flags: '--reproducibility',
        summary: 'look for every ingredient of every model version, hashing what is kept',
      },
    ],
    load: () => import('./commands/doctor.ts'),
  },
]

/** All options of a command, the common ones last. */
export function optionsOf({ options = [], common }: CommandSpec): readonly OptionSpec[] {
  const shared = common ?? (Object.keys(commonOptions) as CommonOption[])
  return [...options, ...shared.map(name => commonOptions[name])]
}
