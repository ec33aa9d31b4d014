import type { CommandSpec } from './commands.ts'

/** Looking at what is applied, and at rows: catalog, lineage, samples, features, training sets. */
export const catalogCommands: readonly CommandSpec[] = [
  {
    usage: 'catalog [kind] [name]',
    summary: 'list what is applied, look for it, or show one definition: fettle catalog source flights',
    options: [
      {
        flags: '--search <words>',
        summary: 'all of these words in names, columns, tags, owners, descriptions',
      },
      { flags: '--owner <owner>', summary: 'only what this owner has' },
      { flags: '--tag <tag>', summary: 'only what has this tag' },
      {
        flags: '--is <state>',
        summary: 'unused: nothing is made from it; idle: nothing live; stale: too old; unsafe: may leak',
        choices: ['stale', 'unused', 'idle', 'unsafe'],
      },
    ],
    load: () => import('./commands/catalog.ts'),
  },
  {
    usage: 'lineage <what>',
    summary:
      'where a column, a feature or a definition comes from and goes: fettle lineage source:flights.delay',
    options: [
      { flags: '--up', summary: 'only what it comes from' },
      { flags: '--down', summary: 'only what comes from it' },
    ],
    load: () => import('./commands/lineage.ts'),
  },
  {
    usage: 'impact <what>',
    summary: 'what changing a definition, a column or a feature does, down to what answers now',
    options: [{ flags: '--remove', summary: 'what removing it would do, and whether it would be refused' }],
    load: () => import('./commands/impact.ts'),
  },
  {
    usage: 'preview <what> [keys...]',
    summary: 'a few rows of a source, a feature view (keys as name=value) or a training set, masked',
    options: [
      { flags: '--as-of <time>', summary: 'of a view: the instant (RFC 3339; default: now)' },
      { flags: '--limit <rows>', summary: 'how many, at most 20 (default: 20)' },
    ],
    load: () => import('./commands/preview.ts'),
  },
  {
    usage: 'explain-row <set> <row>',
    summary: 'which source rows gave each value of a training row, and why no later one did',
    load: () => import('./commands/explain-row.ts'),
  },
  {
    usage: 'features <action> <name> [values...]',
    summary:
      'read features (view:feature,… or a training set; keys as name=value), or write rows to a push source',
    options: [
      { flags: '--full-names', summary: 'read: name columns view__feature' },
      { flags: '--file <file>', summary: 'write: rows, one JSON object a line' },
      { flags: '--batch-id <id>', summary: 'write: the same id and rows are written once' },
      { flags: '--to <side>', summary: 'write: one side only', choices: ['online', 'offline', 'both'] },
      { flags: '--atomic', summary: 'write: all rows or none' },
    ],
    load: () => import('./commands/features.ts'),
  },
  {
    usage: 'training-sets [action] [set] [other]',
    summary: 'stored training sets: list, show, verify, read, diff or build',
    options: [
      { flags: '--columns <names>', summary: 'read: these columns, with commas between them' },
      { flags: '--split <name>', summary: 'read: the rows of this split' },
      { flags: '--from <row>', summary: 'read: from this row on, counted from 0' },
      { flags: '--to <row>', summary: 'read: up to but without this row' },
      {
        flags: '--format <format>',
        summary: 'read: how rows are written (default: by the ending of --out, else jsonl)',
        choices: ['jsonl', 'csv', 'arrow', 'parquet'],
      },
      { flags: '--out <file>', summary: 'read: the file to write (default: standard output)' },
      { flags: '--as-of <time>', summary: 'build: nothing known later than this is seen (RFC 3339)' },
      { flags: '--rebuild', summary: 'build: again, although it is stored; must come out equal' },
    ],
    load: () => import('./commands/training-sets.ts'),
  },
]
