import type { ErrorEntry } from './index.ts'

export const definitionErrors = {
  DEFINITIONS_INVALID: {
    status: 400,
    title: 'The definitions have problems',
    hint: 'Mend each listed problem, then plan again.',
  },
  DEFINITIONS_NOT_FOUND: {
    status: 400,
    title: 'No definitions found',
    hint: 'Run the command in a project folder, or name one with --folder.',
  },
  DEFINITIONS_UNLOADABLE: {
    status: 400,
    title: 'A definitions file does not load',
    hint: 'Definitions must be pure: no files, network, clock or randomness.',
  },
  NO_SUCH_TARGET: {
    status: 400,
    title: 'A check cannot be said in one of the ways it is needed',
    hint: 'Use another check or another severity; nothing is approximated.',
  },
  STALE_BASE: {
    status: 409,
    title: 'Something was applied since this plan was made',
    hint: 'Plan again and look at what changed.',
  },
  VERSION_EXISTS: {
    status: 409,
    title: 'This version exists with other content',
    hint: 'Versions are immutable: leave out the version and a new one is made.',
  },
  HAS_LIVE_DEPENDANTS: {
    status: 409,
    title: 'Something live depends on it',
    hint: 'Look at what rests on it: fettle impact … --remove. A deployment that may stop answering is deleted by itself first.',
  },
  DELETION_REFUSED: {
    status: 409,
    title: 'The plan would delete definitions',
    hint: 'Add --allow-delete if that is what you want; data go by retention, not by apply.',
  },
  REFERENCE_UNKNOWN: {
    status: 400,
    title: 'A definition refers to something that is not there',
    hint: 'Export the definition it names, or mend the name.',
  },
  COLUMN_UNKNOWN: {
    status: 400,
    title: 'A definition names a column that the source does not declare',
    hint: 'Declare the column in the source, or mend the name.',
  },
  EVENT_TIME_MISSING: {
    status: 400,
    title: 'The source has no event time',
    hint: 'Give the source an eventTime: a timestamp column that says when the row happened.',
  },
  DUPLICATE_DEFINITION: {
    status: 400,
    title: 'Two definitions have the same kind and name',
    hint: 'Rename one of them; names are unique per kind.',
  },
  CYCLE: {
    status: 400,
    title: 'Definitions depend on each other in a circle',
    hint: 'Break the circle at one of the named definitions.',
  },
  COLUMN_TYPE: {
    status: 400,
    title: 'A column does not have the type that is needed here',
    hint: 'Declare the needed type, or use another column.',
  },
  SPLIT_INVALID: {
    status: 400,
    title: 'A split is not a half-open interval of time',
    hint: 'Write days or RFC 3339 instants with from before to.',
  },
  DEFINITION_EMPTY: {
    status: 400,
    title: 'A definition lacks what makes it one',
    hint: 'Add what the message names.',
  },
} as const satisfies Record<string, ErrorEntry>
