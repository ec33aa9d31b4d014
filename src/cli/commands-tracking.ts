import type { CommandSpec } from './commands.ts'

/** Commands of experiments, their runs and what belongs to them. */
export const trackingCommands: readonly CommandSpec[] = [
  {
    usage: 'experiments [name]',
    summary: 'list the experiments, or the tracked runs of one; filter, order and compare them',
    options: [
      {
        flags: '--filter <text>',
        summary: "runs that match, such as: metrics.auc > 0.7 and tags.team = 'ops'",
      },
      { flags: '--order <field>', summary: 'such as: metrics.auc DESC, or metrics.loss.min' },
      {
        flags: '--columns <names>',
        summary: 'such as: metrics.auc,params.depth (default: the first metrics)',
      },
      { flags: '--limit <number>', summary: 'at most so many runs (default: 50)' },
      { flags: '--compare <runs>', summary: 'what differs between these runs: ids with commas between them' },
    ],
    load: () => import('./commands/experiments.ts'),
  },
  {
    usage: 'sync [folder]',
    summary:
      'send what Python clients have spooled, from one spool or a folder of them (default: the usual one); exit 1 when something was refused',
    load: () => import('./commands/sync.ts'),
  },
  {
    usage: 'purge [experiments...]',
    summary:
      'remove deleted experiments (default: all, and deleted runs of others) for good, and free their names; shows what goes and asks',
    options: [
      {
        flags: '--older-than <duration>',
        summary: 'only what was deleted at least so long ago, such as 30d',
      },
      { flags: '--dry-run', summary: 'say what would be removed, and remove nothing' },
      { flags: '-y, --yes', summary: 'do not ask' },
    ],
    load: () => import('./commands/purge.ts'),
  },
  {
    usage: 'artifacts <action>',
    summary: 'usage: who uses the stored objects; gc: remove those that nobody does',
    common: ['json', 'folder'],
    options: [
      { flags: '--dry-run', summary: 'gc: say what would be removed, and remove nothing' },
      { flags: '--grace <duration>', summary: 'gc: leave what is younger (default: 24h)' },
    ],
    load: () => import('./commands/artifacts.ts'),
  },
  {
    usage: 'alerts [action] [rule]',
    summary:
      'what alert rules found in runs; rules lists the rules, add makes one, mute RULE and remove RULE change one',
    options: [
      { flags: '--experiment <name>', summary: 'only of this experiment; add: watch its runs' },
      { flags: '--run <id>', summary: 'only of this run' },
      { flags: '--nan [metric]', summary: 'add: a metric became NaN (default: any)' },
      { flags: '--above <metric=value>', summary: 'add: a value above it' },
      { flags: '--below <metric=value>', summary: 'add: a value below it' },
      { flags: '--stalled <metric=steps>', summary: 'add: nothing lower in so many steps' },
      { flags: '--higher', summary: 'add: with --stalled, nothing higher' },
      { flags: '--failed', summary: 'add: the run failed' },
      { flags: '--artifacts <bytes>', summary: 'add: its files are larger together' },
      { flags: '--until <time>', summary: 'mute: until then (RFC 3339); without it, not any more' },
    ],
    load: () => import('./commands/alerts.ts'),
  },
]
