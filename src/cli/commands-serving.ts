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
      { flags: '--reason <text>', summary: 'why; kept in the audit' },
    ],
    load: () => import('./commands/deploy.ts'),
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
    usage: 'kill-switch <deployment>',
    summary:
      'on the host that serves: switch a model off (its fallback answers), a deployment closed, or on again',
    options: [{ flags: '--level <level>', summary: 'how far', choices: ['model', 'closed', 'lift'] }],
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
    usage: 'decision <id>',
    summary: 'show a decision with its inputs and reasons',
    load: () => import('./commands/decision.ts'),
  },
]
