import type { ErrorEntry } from './index.ts'

/** Contracts, thresholds, suggestions, releases and their gate (releases.md §18). */
export const releaseErrors = {
  CONTRACT_FAILED: {
    status: 409,
    title: 'The release breaks a contract',
    hint: 'fettle release show DEPLOYMENT names the rows it breaks and what would change the verdict.',
  },
  CONTRACT_INCONCLUSIVE: {
    status: 409,
    title: 'A contract could not be decided',
    hint: 'fettle release show DEPLOYMENT says how many rows are missing. No release ships undecided.',
  },
  GATE_FAILED: {
    status: 409,
    title: 'The release did not pass the gate',
    hint: 'fettle release show DEPLOYMENT lists every check and what would change it.',
  },
  RELEASE_UNKNOWN: {
    status: 404,
    title: 'No such release',
    hint: 'fettle release list DEPLOYMENT lists them.',
  },
  UNKNOWN_SLICE: {
    status: 400,
    title: 'No such slice',
    hint: 'Declare it in `slices` of the deployment, or use `all`.',
  },
  UNKNOWN_METRIC: { status: 400, title: 'No such metric', hint: 'docs/contracts.md lists the metrics.' },
  NEGATIVE_MARGIN: {
    status: 400,
    title: 'A margin is not negative',
    hint: 'Give how much worse is still the same.',
  },
  RELATIVE_WITHOUT_FLOOR: {
    status: 400,
    title: 'A relative margin needs a floor',
    hint: 'Add floor: { rate } or floor: { events }: a share of almost nothing is no margin.',
  },
  SLICE_TOO_SMALL: {
    status: 409,
    title: 'The contract can never be decided on this slice',
    hint: 'Take one of the offers: the parent slice, more rows held out, a wider margin, or watch it.',
  },
  JUDGED_ON_CHOSEN_ROWS: {
    status: 409,
    title: 'Rows that chose a threshold cannot judge it',
    hint: 'Judge on the other half, or on later rows.',
  },
  LABELS_UNOBSERVABLE: {
    status: 409,
    title: 'The labels of acted rows are never seen',
    hint: 'Declare an exploration arm, or contracts on action rates only.',
  },
  NO_CHAMPION: {
    status: 409,
    title: 'There is nothing to compare with yet',
    hint: 'Use atMost or atLeast for a first release.',
  },
  CONTRADICTORY_CONTRACTS: {
    status: 400,
    title: 'No release can satisfy both contracts',
    hint: 'Loosen or remove one of the two.',
  },
  UNDEFINED_METRIC: {
    status: 409,
    title: 'The metric has no value here',
    hint: 'The reason says which rows are missing.',
  },
  MISSING_PAIRS: {
    status: 400,
    title: 'The two models did not score the same rows',
    hint: 'Compare predictions that hold the same ids once each.',
  },
  DUPLICATE_IDS: {
    status: 400,
    title: 'An id occurs more than once',
    hint: 'Every row of paired data needs an id of its own.',
  },
  THRESHOLD_INFEASIBLE: {
    status: 409,
    title: 'Too few rows for the threshold that is asked for',
    hint: 'Let the segment inherit, or ask for less.',
  },
  STALE_VERIFY: {
    status: 409,
    title: 'The verification is too old',
    hint: 'fettle release verify DEPLOYMENT.',
  },
  SIGNATURE_VOID: {
    status: 409,
    title: 'What was signed has changed since',
    hint: 'fettle release verify DEPLOYMENT makes a new verdict.',
  },
  ILLEGAL_TRANSITION: {
    status: 409,
    title: 'Not from this state',
    hint: 'The message names what is allowed.',
  },
  ACTOR_NOT_ALLOWED: { status: 403, title: 'Not for this actor', hint: 'The message names who may.' },
  ILLEGAL_WEIGHT: { status: 400, title: 'No such step', hint: 'The message names the steps.' },
  LEASE_TAKEN: {
    status: 409,
    title: 'Another release is being ramped',
    hint: 'Finish or abort that one first.',
  },
  STALE_CANDIDATE: {
    status: 409,
    title: 'It was made for another release than the one that serves, or too long ago',
    hint: 'Make it again from what serves now, or verify it again.',
  },
  DIGEST_ROLLED_BACK: {
    status: 409,
    title: 'This release was taken back before',
    hint: 'A person may try it again, with a reason.',
  },
  NO_PURPOSE: {
    status: 409,
    title: 'The deployment does not say what it is for',
    hint: 'Add a purpose: audience, story, and the number it is judged by.',
  },
  FALLBACK_INCOMPLETE: {
    status: 409,
    title: 'A fallback does not answer everything',
    hint: 'Every link gives every output of the signature.',
  },
  UNMAPPED_FEATURE: {
    status: 409,
    title: 'A feature has no reason in plain words',
    hint: 'Add it to the reason table of the deployment.',
  },
  SUGGESTION_UNKNOWN: { status: 404, title: 'No such suggestion', hint: 'fettle suggestions lists them.' },
  SUGGESTION_CLOSED: {
    status: 409,
    title: 'The suggestion has been decided or has expired',
    hint: 'fettle suggestions lists the open ones.',
  },
  SUGGESTION_INVALID: {
    status: 400,
    title: 'Not a suggestion',
    hint: 'The message names the field that is wrong.',
  },
  BATCH_UNKNOWN: {
    status: 404,
    title: 'No such batch',
    hint: 'fettle suggestions accept --below RISK starts one.',
  },
  BATCH_NOT_READY: {
    status: 409,
    title: 'The batch cannot be accepted',
    hint: 'Decide its audit sample one by one first; what was refused there is no safe tail.',
  },
  LADDER_NOT_EARNED: {
    status: 409,
    title: 'The rule has not earned this level',
    hint: 'fettle suggestions levels shows the evidence it needs.',
  },
} as const satisfies Record<string, ErrorEntry>
