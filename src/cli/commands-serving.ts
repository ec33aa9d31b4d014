import type { CommandSpec } from './commands.ts'

/** From a model version to answers: releases, their gate, predictions, and the switch that ends them. */
export const servingCommands: readonly CommandSpec[] = [
  {
    usage: 'deploy <deployment>',
    summary:
      'make a release of a model version, put it through the gate and serve it; exit 3 when it is refused, 6 when undecided',
    options: [
      {
        flags: '--model-version <version>',
        summary: 'the version to serve (default: the challenger, else the champion, else the newest)',
      },
      {
        flags: '--release <number>',
        summary: 'serve exactly this release, which the gate has passed already',
      },
      {
        flags: '--now',
        summary: 'replace what serves at once, though the deployment declares a rollout (not in production)',
      },
      { flags: '--reason <text>', summary: 'why; kept in the audit' },
    ],
    load: () => import('./commands/deploy.ts'),
  },
  {
    usage: 'rollout <action> <deployment> [more]',
    summary:
      'how a release takes over: list; show or watch one; start; step, or step back; promote to what comes next; approve; hold, resume, abort, rollback; incident close DEPLOYMENT lets rules start rollouts again',
    options: [
      { flags: '--rollout <id>', summary: 'which one (default: the newest)' },
      { flags: '--release <number>', summary: 'start: which release (default: as for deploy)' },
      { flags: '--model-version <version>', summary: 'start: the version' },
      { flags: '--to <percent>', summary: 'step: to which step; an earlier one goes back' },
      { flags: '--reason <text>', summary: 'why; kept in the log' },
      { flags: '--as <name>', summary: 'approve: in whose name' },
    ],
    load: () => import('./commands/rollout.ts'),
  },
  {
    usage: 'drill <deployment>',
    summary: 'rehearse a rollback in an isolated copy: how long it takes, and whether anything is lost',
    load: () => import('./commands/drill.ts'),
  },
  {
    usage: 'release <action> <deployment> [number]',
    summary:
      'releases and their verdicts: list; show one (default: the newest); create one without serving it; verify one (exit 3 when it fails, 6 when undecided); rollback: serve a former one again, whole',
    options: [
      { flags: '--model-version <version>', summary: 'create, verify: the version (default: as for deploy)' },
      {
        flags: '--thresholds <how>',
        summary: 'verify: choose them anew by the rule, or keep those that serve (default: choose)',
        choices: ['keep', 'choose'],
      },
      { flags: '--reason <text>', summary: 'create, rollback: why; kept in the audit' },
      { flags: '--to <number>', summary: 'rollback: which one (default: what served before)' },
      { flags: '--junit <file>', summary: 'show, verify: write the checks as a JUnit file' },
      { flags: '--html <file>', summary: 'show, verify: write the page as one HTML file' },
      { flags: '-d, --detach', summary: 'verify: start it and return; print its id' },
    ],
    load: () => import('./commands/release.ts'),
  },
  {
    usage: 'contracts <deployment>',
    summary:
      'show what a release may not do: rows each contract needs on every slice, whether they can come, and what it last came to',
    load: () => import('./commands/contracts.ts'),
  },
  {
    usage: 'purpose <action> <deployment> [value]',
    summary: 'show what a deployment is for, or record what its number came to',
    options: [{ flags: '--at <time>', summary: 'record: when it was so (RFC 3339; default: now)' }],
    load: () => import('./commands/purpose.ts'),
  },
  {
    usage: 'serve',
    summary:
      'run the data plane alone, over a local copy of releases: it needs no control plane to start, answer, log or be killed; SIGHUP replaces its processes one by one',
    options: [
      { flags: '--from <url>', summary: 'keep the copy as this control plane says, while it can be reached' },
      {
        flags: '--token-file <file>',
        summary: 'token of the control plane (default: FETTLE_TOKEN)',
      },
      {
        flags: '--data <folder>',
        summary: 'where the copy and the log are (default: .fettle of the project)',
      },
      { flags: '--host <address>', summary: 'address to listen on (default: this machine only)' },
      { flags: '--port <port>', summary: 'port of predictions (default: 8080; 0 is any free one)' },
      {
        flags: '--admin-port <port>',
        summary: 'first admin port, always on this machine only (default: 8081; 0 is any free one)',
      },
      {
        flags: '--grpc-port <port>',
        summary: 'the Open Inference Protocol over gRPC too, at this port (default: none; 0 is any free one)',
      },
      { flags: '--fronts <number>', summary: 'processes that share the port (default: 1)' },
      { flags: '--scorers <number>', summary: 'scorer processes of a release in each front (default: 1)' },
      { flags: '--tls-cert <file>', summary: 'PEM certificate of the data port' },
      { flags: '--tls-key <file>', summary: 'PEM key of the certificate' },
      { flags: '--client-ca <file>', summary: 'callers must show a certificate that one of these signed' },
      { flags: '--plain', summary: 'no TLS though others can reach it: something in front of it has that' },
      { flags: '--open', summary: 'no tokens though others can reach it: anybody may call' },
      { flags: '--access', summary: 'tokens also on this machine: serving/access.json says who may call' },
      { flags: '--default <deployment>', summary: 'who answers where a dialect names nobody' },
      { flags: '--max-connections <number>', summary: 'of each front (default: 10 000)' },
      { flags: '--max-body <MiB>', summary: 'largest body, decompressed (default: 64)' },
      { flags: '--max-held <MiB>', summary: 'bodies being read at once, of each front (default: 256)' },
      {
        flags: '--profile <name>',
        summary: 'serve as a container of that platform: 0.0.0.0, no TLS, no tokens, a longer drain',
        choices: ['sagemaker', 'vertex'],
      },
    ],
    common: ['json', 'folder'],
    load: () => import('./commands/serve.ts'),
  },
  {
    usage: 'kill-switch <deployment>',
    summary:
      'on the host that serves: switch a model off (its fallback answers), a deployment closed, or on again',
    options: [
      {
        flags: '--level <level>',
        summary: 'how far',
        choices: ['challengers', 'model', 'closed', 'lift'],
      },
      {
        flags: '--from <link>',
        summary:
          'with level model: the link of the fallback chain that answers first, by kind or by its name',
      },
    ],
    common: ['json', 'folder'],
    load: () => import('./commands/kill-switch.ts'),
  },
  {
    usage: 'predict <deployment> [values...]',
    summary: 'predict for one row given as name=value, and say why; without values, show which are wanted',
    options: [{ flags: '--explain', summary: 'show the whole decision with every input' }],
    load: () => import('./commands/predict.ts'),
  },
  {
    usage: 'batch <action> [what]',
    summary:
      'rows scored outside the endpoint, with the same bits: run a batch that is defined, or a file with a deployment; backfill: a release on the logged vectors of what was answered; list the jobs; show, cancel or resume one',
    options: [
      { flags: '--rows <file>', summary: 'run: a Parquet file with a column for each request field' },
      { flags: '--out <folder>', summary: 'run: the folder below which the job gets one of its own' },
      { flags: '--keep <columns>', summary: 'run: columns of the rows to have in the output, a,b' },
      { flags: '--time <column>', summary: 'run: features as known at each row’s own time, in this column' },
      {
        flags: '--as-of <time>',
        summary: 'run: features as known at one instant (RFC 3339; default: the run’s)',
      },
      {
        flags: '--release <number>',
        summary: 'run, backfill: which release scores (run: default the one that serves)',
      },
      { flags: '--over <duration>', summary: 'backfill: how far back (default: 28d)' },
      { flags: '--max-bad-rate <share>', summary: 'run: most rows that may be put aside (default: 0.001)' },
      { flags: '--workers <count>', summary: 'run: scoring processes (default: one fewer than cores)' },
      { flags: '--no-log', summary: 'run: record no decisions' },
      { flags: '--deployment <name>', summary: 'list: of one deployment' },
      { flags: '-d, --detach', summary: 'run, resume: start it and return' },
    ],
    load: () => import('./commands/batch.ts'),
  },
  {
    usage: 'feedback <action> <deployment>',
    summary:
      'what became of predictions: send an item or a file of them (exit 1 when one is refused), list what came, show how much of each kind found its decision',
    options: [
      {
        flags: '--file <file>',
        summary: 'send: items as JSON lines, as POST /feedback/DEPLOYMENT takes them',
      },
      { flags: '--prediction <id>', summary: 'send: which prediction it is about' },
      { flags: '--kind <kind>', summary: 'send: a kind that the deployment declares' },
      { flags: '--value <value>', summary: 'send: a number, or yes or no' },
      { flags: '--at <time>', summary: 'send: when it happened (RFC 3339; default: now)' },
      { flags: '--note <text>', summary: 'send: in your words' },
      { flags: '--source <name>', summary: 'send: who says it (default: cli)' },
      {
        flags: '--state <state>',
        summary: 'list: only those',
        choices: ['pending', 'joined', 'ambiguous', 'unmatched', 'quarantined'],
      },
      { flags: '--limit <count>', summary: 'list: how many at most (default: 50)' },
    ],
    load: () => import('./commands/feedback.ts'),
  },
  {
    usage: 'performance <deployment>',
    summary:
      'realised metrics by release, arm and slice, on labels that came back, with how many have matured',
    options: [
      { flags: '--as-known-at <time>', summary: 'only what was known by then (RFC 3339; default: now)' },
      { flags: '--since <time>', summary: 'decisions made since then (default: 28 days ago)' },
    ],
    load: () => import('./commands/performance.ts'),
  },
  {
    usage: 'decisions [deployment]',
    summary: 'find decisions, newest first, or say how many are in files and how many wait',
    options: [
      { flags: '--status', summary: 'how many were written, are in files, and wait' },
      { flags: '--release <number>', summary: 'of this release' },
      {
        flags: '--arm <arm>',
        summary: 'of this arm of a rollout',
        choices: ['champion', 'challenger', 'control', 'holdback', 'pinned'],
      },
      {
        flags: '--kind <kind>',
        summary: 'of this kind (default: online and demo)',
        choices: ['online', 'batch', 'shadow', 'reverse-shadow', 'exercise', 'demo'],
      },
      {
        flags: '--served-by <what>',
        summary: 'answered by this',
        choices: ['model', 'fallback', 'former', 'rule', 'value'],
      },
      { flags: '--action <name>', summary: 'on which this was done' },
      { flags: '--field <name=value...>', summary: 'whose request has this value; may be given again' },
      { flags: '--since <time>', summary: 'decided at or after (RFC 3339)' },
      { flags: '--until <time>', summary: 'decided before' },
      { flags: '--min-score <score>', summary: 'with at least this score' },
      { flags: '--max-score <score>', summary: 'with at most this score' },
      { flags: '--limit <count>', summary: 'how many at most (default: 50)' },
      { flags: '--cursor <cursor>', summary: 'go on where the last answer ended' },
    ],
    load: () => import('./commands/decisions.ts'),
  },
  {
    usage: 'explain <id>',
    summary:
      'show why a decision came out as it did: inputs, reasons, arm, parts of the release by hash, who approved it',
    load: () => import('./commands/explain.ts'),
  },
  {
    usage: 'debug <what> <id>',
    summary: 'debug predict ID: do a decision again and compare; exit 1 when something differs',
    load: () => import('./commands/debug.ts'),
  },
  {
    usage: 'decision <id>',
    summary: 'show a decision with its inputs and reasons',
    load: () => import('./commands/decision.ts'),
  },
]
